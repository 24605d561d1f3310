"""Ways to decide and to pay, and when each brings the money."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from nenkin.calendar.business import next_or_same
from nenkin.payments.first_pay import extra_days, first_paid_after
from nenkin.rhythm.arrivals import Arrival

__all__ = ["WAYS", "Spread", "Way", "paid_days", "spread"]

_WEEKDAY = 3  # Thursday: which day awards were decided on is not in the sources
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Way:
    """When an award is decided that is ready on a day, and on which days of a month it can be paid besides the 15th."""

    name: str
    decided: Callable[[date], date]
    extra: Callable[[date], tuple[int, ...]]


def weekly(ready: date) -> date:
    """The next day of the week's award run, or the first business day after it."""
    return next_or_same(ready + timedelta(days=(_WEEKDAY - ready.weekday()) % _WEEK))


def daily(ready: date) -> date:
    """The same day, or the first business day after it."""
    return next_or_same(ready)


def _none(day: date) -> tuple[int, ...]:
    return ()


WAYS = (
    Way("weekly_and_monthly", weekly, _none),
    Way("daily_and_monthly", daily, _none),
    Way("daily_and_extra", daily, extra_days),
)


@dataclass(frozen=True, slots=True)
class Spread:
    """Days from claim to money: the middle, the 95th of a hundred, the mean, the most, and of how many claims."""

    count: int
    median: int
    p95: int
    mean: float
    most: int


def paid_days(way: Way, claims: Sequence[Arrival]) -> list[date]:
    """The first pay date of each claim, as its award would choose it; raises OutsideCalendar, NoRule."""

    @cache
    def paid(begun: int, decided: date) -> date:
        return first_paid_after(begun, decided, None, way.extra(decided))

    return [paid(one.begun, way.decided(one.ready)) for one in claims]


def spread(days: Sequence[int]) -> Spread:
    """What so many days come to; by the nearest rank, so that each figure is one claim's. ValueError for none."""
    ordered = sorted(days)
    count = len(ordered)
    if not count:
        raise ValueError("days: at least one claim")
    mean = round(sum(ordered) / count, 1)
    return Spread(
        count, ordered[-(-count // 2) - 1], ordered[-(-count * 95 // 100) - 1], mean, ordered[-1]
    )

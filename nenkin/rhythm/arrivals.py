"""Claims that arrive over a year: kind, day, first month of the right, and the day on which the work on each is done."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from nenkin.benefits.ages import month_of
from nenkin.calendar.business import is_business_day
from nenkin.dated import rows

__all__ = ["Arrival", "arrivals"]

_MONTH_DAYS = Fraction(365, 12)
# 1.2816 standard deviations above the middle lie nine tenths of a normal distribution.
_NINE_TENTHS = 1.2816
_SPREAD = 0.5


@dataclass(frozen=True, slots=True)
class Arrival:
    """One claim; `begun`: the first month of its right; `ready`: the day on which it can be decided."""

    kind: str
    claimed: date
    begun: int
    ready: date


@dataclass(frozen=True, slots=True)
class _Kind:
    name: str
    share: int
    standard_days: float
    early_days: int
    late_percent: int
    late_months: int


def arrivals(year: int, seed: int, count: int) -> Iterator[Arrival]:
    """So many claims on the business days of a year, the same for the same seed; nine of ten are ready within the standard.

    The right begins the month after the claim, or some months before where the claim is late. Raises OutsideCalendar.
    """
    chance = random.Random(f"{year} {seed}")
    days = [
        day
        for day in (date(year, 1, 1) + timedelta(days=place) for place in range(366))
        if day.year == year and is_business_day(day)
    ]
    kinds = list(_kinds())
    weights = [kind.share for kind in kinds]
    for _ in range(count):
        [kind] = chance.choices(kinds, weights)
        claimed = chance.choice(days)
        begun = month_of(claimed - timedelta(days=kind.early_days)) + 1
        if chance.randrange(100) < kind.late_percent:
            begun -= chance.randint(1, 2 * kind.late_months)
        middle = math.log(kind.standard_days) - _NINE_TENTHS * _SPREAD
        worked = math.ceil(chance.lognormvariate(middle, _SPREAD))
        yield Arrival(kind.name, claimed, begun, claimed + timedelta(days=worked))


def _kinds() -> Iterator[_Kind]:
    for row in rows("rhythm_kinds"):
        yield _Kind(
            row["kind"],
            int(row["share"]),
            float(Fraction(row["standard_months"]) * _MONTH_DAYS),
            int(row["early_days"]),
            int(row["late_percent"]),
            int(row["late_months"]),
        )

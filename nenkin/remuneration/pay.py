"""Pay that an employer reports for a month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache

from nenkin.dated import Dated
from nenkin.remuneration.choice import choice
from nenkin.remuneration.rounding import rounded

FULL_TIME, PART_TIME, SHORT_TIME = "full_time", "part_time", "short_time"
WORKERS = (FULL_TIME, PART_TIME, SHORT_TIME)


class InvalidReport(ValueError):
    """A report does not say what a decision needs; the message names the field, its value and the rule."""


@dataclass(frozen=True, slots=True)
class PayMonth:
    """A month (its first day) with the pay in yen and the base days (支払基礎日数) that it is for."""

    month: date
    pay: int
    days: int


def check(months: Sequence[PayMonth], first: date) -> None:
    """Raises InvalidReport unless the report is of the three months from `first` on."""
    wanted = [first, following(first), following(following(first))]
    if [one.month for one in months] != wanted:
        given = ", ".join(f"{one.month:%Y-%m}" for one in months)
        raise InvalidReport(
            f"months {given}: the report is of the three months from {first:%Y-%m} on"
        )
    for one in months:
        if one.pay < 0:
            raise InvalidReport(f"pay of {one.month:%Y-%m}: {one.pay}: it is 0 yen or more")
        if not 0 <= one.days <= (following(one.month) - one.month).days:
            raise InvalidReport(f"days of {one.month:%Y-%m}: {one.days}: the month has not so many")


def base_days(worker: str, day: date) -> int:
    """The base days from which on a month counts, by the rule of a day; raises InvalidReport, NoRule."""
    if worker not in WORKERS:
        raise InvalidReport(f"worker {worker!r}: it is one of {', '.join(WORKERS)}")
    return _base_days(worker).at(day)


def average(months: Sequence[PayMonth]) -> int:
    """The average pay of months in yen, its fraction by the choice that holds in the last."""
    exact = Fraction(sum(one.pay for one in months), len(months))
    return rounded(exact, choice("average", months[-1].month))


def following(month: date) -> date:
    """The first day of the next month."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


@cache
def _base_days(worker: str) -> Dated[int]:
    return Dated.read("base_days", lambda row: int(row[worker]))

"""Enrolment promotion (適用勧奨): who must be insured and is in no category: pure.

Insured are those from the day on which they attain 20 until the day before they attain 60, in category 1 where they
are in neither 2 nor 3 (National Pension Act, articles 7 to 9). Who works under 20 or beyond 60 is in 2 by that alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from nenkin.benefits.ages import attained

FIRST_AGE, END_AGE = 20, 60
# Who died or went abroad is not to be enrolled; nor who lost category 1, which other causes than these do not end.
CAUSES = ("death", "abroad")


class Period(NamedTuple):
    """A qualification period: the category 1 to 3, the day it was acquired, and the day and cause of its loss, if any."""

    number: str
    category: int
    acquired: date
    lost: date | None
    cause: str = ""


class Holder(NamedTuple):
    """A number in force, the birth date of its holder, and the periods of all numbers that stand under it."""

    number: str
    birth: date
    periods: tuple[Period, ...]


@dataclass(frozen=True, slots=True)
class Promotion:
    """Somebody to be enrolled: the number in force, why, and the first day without a category."""

    number: str
    reason: str
    since: date


def promotions(holders: Iterable[Holder], day: date) -> Iterator[Promotion]:
    """Who has no category at the end of `day` and must have one, in the order of `holders`.

    `reason` is `turned_20`, or `lost_2` or `lost_3` for the category lost last. One that is lost on a day does not hold
    on it, one that is acquired does.
    """
    for holder in holders:
        if attained(holder.birth, FIRST_AGE) <= day < attained(holder.birth, END_AGE):
            begun = [period for period in holder.periods if period.acquired <= day]
            found = _promotion(holder, begun, day)
            if found is not None:
                yield found


def _promotion(holder: Holder, begun: list[Period], day: date) -> Promotion | None:
    ended = [(period.lost, period) for period in begun if period.lost and period.lost <= day]
    if len(ended) < len(begun):
        return None
    first = attained(holder.birth, FIRST_AGE)
    if not ended:
        return Promotion(holder.number, "turned_20", first)
    last, period = max(ended)
    if period.cause in CAUSES or period.category == 1:
        return None
    # Work before 20 made nobody insured from 20 on.
    reason = "turned_20" if last < first else f"lost_{period.category}"
    return Promotion(holder.number, reason, max(last, first))

"""Who has months enough for an old-age pension (受給資格期間)."""

from __future__ import annotations

from datetime import date

from nenkin.benefits.credits import Credits
from nenkin.benefits.refusals import NotCovered
from nenkin.benefits.rules import Rules

__all__ = ["is_eligible"]

# Older births with so many employees' months were let off with less than 25 years.
_LEAST_SPECIAL = 180
_LAST_SPECIAL_BIRTH = date(1956, 4, 1)


def is_eligible(
    rules: Rules, day: date, birth: date, credit: Credits, employees_months: int = 0
) -> bool:
    """Whether the months are enough on a day: 300, and 120 from 2017-08; deemed months of a divorce split do not count.

    NotCovered where only the shorter terms of older births could make them enough.
    """
    needed = rules.eligibility.at(day)
    if credit.eligible >= needed:
        return True
    if (
        needed > _LEAST_SPECIAL
        and employees_months >= _LEAST_SPECIAL
        and birth <= _LAST_SPECIAL_BIRTH
    ):
        raise NotCovered("short_eligibility", "birth", birth)
    return False

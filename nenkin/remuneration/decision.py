"""Fixed-time decision (定時決定) and revision (随時改定) of the standard monthly remuneration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from nenkin.remuneration.choice import choice
from nenkin.remuneration.grades import grades_at
from nenkin.remuneration.pay import (
    FULL_TIME,
    PART_TIME,
    InvalidReport,
    PayMonth,
    average,
    base_days,
    check,
    following,
)

_GRADES_APART = 2
_SEPTEMBER, _JULY = 9, 7


class Unruled(ValueError):
    """The known rules do not say what becomes of this case; the message says which, for a person to decide."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A standard in yen a month with its grade, the average it comes from and the months that it holds for."""

    standard: int
    grade: int
    average: int
    first: date
    last: date


def decide(year: int, months: Sequence[PayMonth], worker: str = FULL_TIME) -> Decision:
    """The standard for September to next August from the pay of April to June; raises InvalidReport, Unruled, NoRule.

    Months of fewer base days than the rule of 1 July asks are left out; of a part-timer, who may have none of as
    many, the months of as many as part-timers need count instead.
    """
    check(months, date(year, 4, 1))
    filed = date(year, 7, 1)
    counted = _with_days(months, base_days(FULL_TIME if worker == PART_TIME else worker, filed))
    if worker == PART_TIME and not counted:
        counted = _with_days(months, base_days(PART_TIME, filed))
    if not counted:
        days = ", ".join(str(one.days) for one in months)
        raise Unruled(
            f"days of {year}-04 to {year}-06: {days}: no month has the base days of {worker}, and no rule known "
            "here says what the standard then is"
        )
    return _decision(average(counted), date(year, _SEPTEMBER, 1))


def revise(
    current: int, is_rise: bool, months: Sequence[PayMonth], worker: str = FULL_TIME
) -> Decision | None:
    """The standard from the fourth month on after a change of the fixed pay in the first of three; None if it stays.

    `current` is the standard until then, `is_rise` whether the fixed pay rose. Raises InvalidReport, InvalidStandard,
    Unruled, NoRule.
    """
    if not months:
        raise InvalidReport("months: none: the report is of three months")
    check(months, months[0].month)
    first = following(months[-1].month)
    needed = base_days(FULL_TIME if worker == PART_TIME else worker, first)
    if len(_with_days(months, needed)) < len(months):
        return None
    grades = grades_at(first)
    before = grades.number(current)
    made = _decision(average(months), first)
    apart = made.grade - before
    if choice("revision_direction", first) == "must_agree" and (apart > 0) is not is_rise:
        return None
    if abs(apart) >= _GRADES_APART:
        return made
    if apart and (grades.is_end(before) or grades.is_end(made.grade)):
        raise Unruled(
            f"standard {current}, average {made.average}: grades {before} and {made.grade} are one apart at the end "
            "of the table, and no rule known here says whether that is a revision"
        )
    return None


def _decision(average_pay: int, first: date) -> Decision:
    grade = grades_at(first).of(average_pay)
    # What begins before July holds until the coming August: September begins what that year's July report decides.
    year = first.year + (first.month >= _JULY)
    return Decision(grade.standard, grade.number, average_pay, first, date(year, _SEPTEMBER - 1, 1))


def _with_days(months: Sequence[PayMonth], needed: int) -> list[PayMonth]:
    return [one for one in months if one.days >= needed]

"""Disability pensions: basic (障害基礎年金), employees' (障害厚生年金) and the lump sum (障害手当金)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fractions import Fraction

from nenkin.benefits.ages import month_of
from nenkin.benefits.earnings import Earnings, floored
from nenkin.benefits.figures import Figures
from nenkin.benefits.refusals import InvalidCase
from nenkin.benefits.revaluation import Pay
from nenkin.benefits.rounding import Exact, half_up

__all__ = [
    "counted_pays",
    "disability_basic",
    "disability_employees",
    "disability_lump",
    "disability_proportional",
    "is_counted_dependant",
]


def disability_basic(
    figures: Figures, birth: date, grade: int, children: int = 0, awarded: date | None = None
) -> int:
    """Yen a year: the full basic pension, at grade 1 × 125/100, with additions for children (国年法33, 33の2)."""
    if grade not in (1, 2):
        raise InvalidCase("grade", grade, "1 or 2 for the basic pension")
    value: Exact = figures.full(birth)
    if grade == 1:
        value = Fraction(value * 5, 4)
    return half_up(value, unit=figures.unit(awarded)) + figures.children(children)


def disability_proportional(figures: Figures, earnings: Earnings) -> Exact:
    """A + B by the multipliers of the youngest, as if of at least 300 months; grades 2 and 3 before rounding.

    `earnings`: of the months up to that of the recognition day (厚年法51).
    """
    return figures.amount(floored(figures, earnings, figures.births.latest))


def disability_employees(
    figures: Figures,
    birth: date,
    grade: int,
    earnings: Earnings,
    *,
    has_basic: bool,
    has_spouse: bool = False,
    awarded: date | None = None,
) -> int:
    """Yen a year: grade 1 × 125/100; without a basic pension at least the 3/4 amount; the spouse's addition at 1 and 2.

    InvalidCase for another grade, a spouse at grade 3 or no month as an employee.
    """
    if grade not in (1, 2, 3):
        raise InvalidCase("grade", grade, "1, 2 or 3 for the employees' pension")
    if has_spouse and grade == 3:
        raise InvalidCase("has_spouse", has_spouse, "grade 3 has no addition for a spouse")
    value = disability_proportional(figures, earnings)
    if grade == 1:
        value = Fraction(value * 5, 4)
    yen = half_up(value, unit=figures.unit(awarded))
    if not has_basic:
        yen = max(yen, figures.band(birth).three_quarters)
    return yen + (figures.spouse() if has_spouse else 0)


def disability_lump(
    figures: Figures, birth: date, earnings: Earnings, awarded: date | None = None
) -> int:
    """Yen, once: twice the pension of grade 3, at least twice the 3/4 amount (厚年法57)."""
    value = 2 * disability_proportional(figures, earnings)
    return max(half_up(value, unit=figures.unit(awarded)), 2 * figures.band(birth).three_quarters)


def counted_pays(pays: Iterable[Pay], recognised: date) -> list[Pay]:
    """The months that count: none after that of the recognition day (厚年法51)."""
    last = month_of(recognised)
    return [pay for pay in pays if pay.month <= last]


def is_counted_dependant(figures: Figures, awarded: date, gained: date) -> bool:
    """Whether a spouse or child gained on a day counts today: those at the award, since 2011-04 later ones too.

    They count from the month after they are gained.
    """
    if gained <= awarded:
        return True
    is_any = figures.choices.at("gained_dependants", figures.day) == "any_time"
    return is_any and (gained.year, gained.month) < (figures.day.year, figures.day.month)

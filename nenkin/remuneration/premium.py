"""Premiums of the employees' pension (厚生年金保険料): by month, in halves of employee and employer."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from functools import cache, lru_cache

from nenkin.dated import Dated
from nenkin.remuneration.choice import choice
from nenkin.remuneration.rounding import rounded


def premium_rate(month: date) -> Fraction:
    """The rate of a month on standard remuneration and bonus; raises NoRule."""
    return _rates().at(month)


def premium(standard: int, month: date) -> Fraction:
    """The whole premium of a month on a standard in yen, exact to its fraction; raises NoRule."""
    return standard * premium_rate(month)


@lru_cache(maxsize=1 << 16)  # a month has few standards and many insured
def employee_share(standard: int, month: date) -> int:
    """The half in yen that is withheld from pay: 50 sen and less is cut, by the choice that holds; raises NoRule."""
    return rounded(premium(standard, month) / 2, choice("employee_share", month))


def bill_total(exact: Fraction, month: date) -> int:
    """A bill's sum in yen of the exact premiums of an establishment; raises NoRule."""
    return rounded(exact, choice("bill", month))


@cache
def _rates() -> Dated[Fraction]:
    return Dated.read("employees_rates", lambda row: Fraction(row["permille"]) / 1000)

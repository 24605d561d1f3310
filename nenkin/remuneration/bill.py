"""The monthly bill (納入告知) of an establishment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from nenkin.remuneration.bonus import check_standard_bonus
from nenkin.remuneration.grades import grades_at
from nenkin.remuneration.premium import bill_total, employee_share, premium


@dataclass(frozen=True, slots=True)
class Insured:
    """A person insured in a month with the standard of the month and of the bonuses paid in it, in yen; 0 for none."""

    key: str
    standard: int
    bonus: int = 0


@dataclass(frozen=True, slots=True)
class Share:
    """What is withheld from a person's pay and bonus, in yen."""

    key: str
    pay: int
    bonus: int


@dataclass(frozen=True, slots=True)
class Bill:
    """What an establishment owes for a month in yen, and whose it is.

    Invariant: total = employees + employer, and total is less than a yen below the exact premiums. The employer
    bears what the employees' rounded halves leave over, be it more or less than his own half.
    """

    month: date
    total: int
    employees: int
    employer: int
    shares: tuple[Share, ...]


def bill(month: date, insured: Iterable[Insured]) -> Bill:
    """The bill of a month; raises InvalidStandard, ValueError, NoRule."""
    grades = grades_at(month)
    bases = 0
    shares = []
    for one in insured:
        if one.standard:
            grades.number(one.standard)
        check_standard_bonus(one.bonus, month)
        bases += one.standard + one.bonus
        pay, bonus = employee_share(one.standard, month), employee_share(one.bonus, month)
        shares.append(Share(one.key, pay, bonus))
    total = bill_total(premium(bases, month), month)
    employees = sum(share.pay + share.bonus for share in shares)
    return Bill(month, total, employees, total - employees, tuple(shares))

"""A year's pension in six instalments: cut to the yen, and what was cut added in February."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from nenkin.benefits.ages import first_day, month_number
from nenkin.benefits.refusals import InvalidCase
from nenkin.benefits.rules import Rules

__all__ = [
    "Instalment",
    "adds_back",
    "instalments",
    "is_added_back",
    "paid_months",
    "pay_month",
]

_TWELFTHS = 12
_FIRST_ADD_BACK = month_number(2015, 10)


@dataclass(frozen=True, slots=True)
class Instalment:
    """What is paid in an even month for the two months before: yen with `added`, and the twelfths of a yen cut off."""

    month: int
    amount: int
    cut: int
    added: int = 0


def pay_month(month: int) -> int:
    """The even month in which a month's pension is paid: February and March in April."""
    # An even month of the calendar has an odd number: February is 1 in its year.
    return month + 2 if month % 2 else month + 1


def paid_months(month: int) -> tuple[int, int]:
    """The two months that an even month pays."""
    return month - 2, month - 1


def instalments(
    rules: Rules, year: int, changes: Sequence[tuple[int, int]]
) -> tuple[Instalment, ...]:
    """Those paid from April of `year` to the next February, of one kind of pension (基礎 and 厚生 each for itself).

    `changes`: month from which a yearly amount holds, ascending, 0 where the right ended; April still pays the amount
    of the fiscal year before. Each is cut below 1 yen (国年法18の2, 厚年法36の2); since 2015-10 the cuts of March to
    February are summed, cut, and paid with February's instalment, where one is due. InvalidCase for amounts below 0.
    """
    months = [month for month, _ in changes]
    if months != sorted(set(months)):
        raise InvalidCase("changes", months, "each month once, ascending")
    if any(amount < 0 for _, amount in changes):
        raise InvalidCase("changes", min(amount for _, amount in changes), "yen not below 0")
    april = month_number(year, 4)
    paid = []
    for month in range(april, april + 12, 2):
        due = sum(_at(months, changes, each) for each in paid_months(month))
        paid.append(Instalment(month, due // _TWELFTHS, due % _TWELFTHS))
    last = paid[-1]
    if (last.amount or last.cut) and adds_back(rules, last.month):
        added = sum(each.cut for each in paid if is_added_back(rules, each.month)) // _TWELFTHS
        paid[-1] = Instalment(last.month, last.amount + added, last.cut, added)
    return tuple(paid)


def adds_back(rules: Rules, month: int) -> bool:
    """Whether February's payment, due in that month, brings back what was cut since April."""
    return rules.choices.at("february_add_back", first_day(month)) == "sum"


def is_added_back(rules: Rules, month: int) -> bool:
    """Whether a cut of that payment comes back: those before 2015-10 as the choice has it."""
    if month >= _FIRST_ADD_BACK:
        return True
    return rules.choices.at("first_add_back", first_day(month)) == "march_2015"


def _at(months: list[int], changes: Sequence[tuple[int, int]], month: int) -> int:
    place = bisect_right(months, month)
    return changes[place - 1][1] if place else 0

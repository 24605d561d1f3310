"""Instalments a second time: what a period pays of one pension, from its yearly amounts month by month."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from nenkin.recalculation.book import Book
from nenkin.recalculation.facts import month_of

__all__ = ["instalment"]

_FIRST_KEPT = date(2015, 10, 1)


def instalment(book: Book, due: date, yearly: Callable[[int], int]) -> int:
    """Yen paid in an even month, given by its first day; `yearly`: the amount that holds in a month, by its number.

    In February what was cut since April comes back, where the choice of the day has it so.
    """
    number = due.year * 12 + due.month - 1
    twelfths = yearly(number - 1) + yearly(number - 2)
    whole = twelfths // 12
    if due.month != 2 or not twelfths or book.choice("february_add_back", due) != "sum":
        return whole
    cut = 0
    for back in range(0, 12, 2):
        month = month_of(number - back)
        if month < _FIRST_KEPT and book.choice("first_add_back", month) != "march_2015":
            continue
        cut += (yearly(number - back - 1) + yearly(number - back - 2)) % 12
    return whole + cut // 12

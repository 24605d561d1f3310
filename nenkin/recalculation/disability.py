"""Disability pensions a second time."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from nenkin.recalculation.book import Book, yen
from nenkin.recalculation.proportional import Remuneration, proportional, step

__all__ = ["disability_basic", "disability_employees"]

_GRADE_1 = Fraction("1.25")


def disability_basic(
    book: Book, day: date, birth: date, grade: int, children: int, awarded: date | None = None
) -> int:
    """Yen a year at grade 1 or 2, children added one by one."""
    factor = _GRADE_1 if grade == 1 else Fraction(1)
    return book.children(day, children) + yen(
        factor * book.full(day, birth), book.unit(day, awarded)
    )


def disability_employees(
    book: Book,
    day: date,
    birth: date,
    grade: int,
    pay: Remuneration,
    *,
    has_basic: bool,
    has_spouse: bool = False,
    awarded: date | None = None,
) -> int:
    """Yen a year at grade 1 to 3."""
    own = step(book, day, proportional(book, day, pay, is_floored=True))
    own = own * _GRADE_1 if grade == 1 else own
    total = yen(own, book.unit(day, awarded))
    if not has_basic and total < book.three_quarters(day, birth):
        total = book.three_quarters(day, birth)
    return total + (book.addition(day, "child") if has_spouse else 0)

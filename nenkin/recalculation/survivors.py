"""Survivors' pensions a second time."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from nenkin.recalculation.book import Book, birth_band, yen
from nenkin.recalculation.proportional import Remuneration, proportional, step

__all__ = ["survivors_basic", "survivors_employees", "widows_addition"]


def survivors_basic(
    book: Book, day: date, children: int, *, spouse: date | None, awarded: date | None = None
) -> int:
    """Yen a year to a spouse of a birth with all children, or (None) to each child."""
    unit = book.unit(day, awarded)
    if spouse is not None:
        if not children:
            return 0
        return yen(book.full(day, spouse), unit) + book.children(day, children)
    others = children - 1
    total = book.full(day)
    for number in range(others):
        total += book.addition(day, "child" if number == 0 else "later_child")
    return yen(Fraction(total, children), unit)


def survivors_employees(
    book: Book,
    day: date,
    pay: Remuneration,
    *,
    long_term_birth: date | None,
    heads: int = 1,
    addition: int = 0,
    own: int | None = None,
    has_basic: bool = False,
    awarded: date | None = None,
) -> int:
    """Yen a year of one recipient: long-term by a deceased's birth or (None) short-term; beside `own` the rest."""
    unit = book.unit(day, awarded)
    if long_term_birth is None:
        whole = step(book, day, proportional(book, day, pay, is_floored=True))
    else:
        whole = step(book, day, proportional(book, day, pay, birth=long_term_birth))
    first = yen(step(book, day, whole * Fraction("0.75")) / heads + addition, unit)
    if own is None:
        return first
    mixed = step(book, day, Fraction(2 * first, 3)) + step(book, day, Fraction(own, 2))
    best = first if has_basic else max(first, yen(mixed, unit))
    return best - own if best > own else 0


def widows_addition(
    book: Book, day: date, birth: date, *, is_65: bool, awarded: date | None = None
) -> int:
    """Yen a year of the addition of middle age, or of the transitional one from 65 on."""
    top = book.three_quarters(day, birth)
    if not is_65:
        return top
    if birth > date(1956, 4, 1):
        return 0
    years = 0 if birth < date(1926, 4, 2) else birth_band(birth)
    taken = yen(Fraction(years, min(40, 25 + years)) * book.full(day, birth))
    return yen(max(0, top - taken), book.unit(day, awarded))

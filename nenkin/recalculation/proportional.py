"""The proportional pension from monthly sums, and steps on its way into an award."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from nenkin.recalculation.book import Book, birth_band, yen

__all__ = ["Remuneration", "proportional", "step"]


@dataclass(frozen=True)
class Remuneration:
    """Revalued yen and months to 2003-03 and from 2003-04 on."""

    early_yen: Fraction | int = 0
    early_months: int = 0
    late_yen: Fraction | int = 0
    late_months: int = 0


def proportional(
    book: Book,
    day: date,
    pay: Remuneration,
    *,
    birth: date | None = None,
    is_floored: bool = False,
) -> Fraction:
    """A year's, by the multipliers of a birth or (None) of the youngest, as of 300 months where that is more."""
    if birth is None:
        row = max(book.table("multipliers"), key=lambda each: each["born_from"])
    else:
        birth_band(birth)
        row = book.row("multipliers", birth, "born_from")
    halves = (
        (pay.early_yen, pay.early_months, row["before"]),
        (pay.late_yen, pay.late_months, row["after"]),
    )
    total = Fraction(0)
    for earned, months, multiplier in halves:
        if not months:
            continue
        average = Fraction(earned) / months
        if book.choice("average", day) == "yen":
            average = Fraction(yen(average))
        part = average * months * Fraction(multiplier) / 1000
        total += yen(part) if book.choice("steps", day) == "parts" else part
    months = pay.early_months + pay.late_months
    if is_floored and months < 300:
        total = total / months * 300
    return total


def step(book: Book, day: date, value: Fraction | int) -> Fraction:
    """A named amount on its way, rounded unless only the award is."""
    return Fraction(value) if book.choice("steps", day) == "once" else Fraction(yen(value))

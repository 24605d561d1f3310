"""Exact numbers and how they become yen: half up, to 1 yen or to 100."""

from __future__ import annotations

from fractions import Fraction

__all__ = ["Exact", "half_up", "thousandths"]

Exact = int | Fraction


def half_up(value: Exact, over: int = 1, unit: int = 1) -> int:
    """`value / over` rounded to whole units, a half up (国年法17, 厚年法35: 50 sen to 1 yen, 50 yen to 100)."""
    # Whole numbers alone: exact numbers that are added up and divided cost a revision a fifth of its time.
    whole = over * unit * value.denominator
    return (2 * value.numerator + whole) // (2 * whole) * unit


def thousandths(text: str) -> int:
    """A figure of at most three decimals times 1000; ValueError where it has more."""
    value = Fraction(text) * 1000
    if value.denominator != 1:
        raise ValueError(f"{text} has more than three decimals")
    return value.numerator

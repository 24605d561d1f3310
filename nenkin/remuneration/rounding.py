"""Fractions to whole numbers by the name of a rule."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

_HALF = Fraction(1, 2)


def rounded(value: Fraction, rule: str, unit: int = 1) -> int:
    """A value from 0 on as a multiple of `unit`: `cut`, `half_up` (`nearest`) or `half_down`, which cuts a half."""
    units = value / unit
    if rule == "cut":
        return floor(units) * unit
    if rule in {"half_up", "nearest"}:
        return floor(units + _HALF) * unit
    if rule == "half_down":
        return ceil(units - _HALF) * unit
    raise ValueError(f"rule {rule!r}: it is cut, half_up, nearest or half_down")

"""The standard bonus (標準賞与額)."""

from __future__ import annotations

from datetime import date
from functools import cache

from nenkin.dated import Dated


def standard_bonus(pay: int, month: date, earlier: int = 0) -> int:
    """The standard in yen of a bonus of a month in which `earlier` (standards) was paid before; ValueError, NoRule.

    Below 1,000 yen is cut, and what a month's bonuses are more than its cap bears no premium.
    """
    if pay < 0:
        raise ValueError(f"bonus {pay}: it is 0 yen or more")
    unit, cap = bonus_rule(month)
    check_standard_bonus(earlier, month)
    return min(pay // unit * unit, cap - earlier)


def check_standard_bonus(standard: int, month: date) -> None:
    """ValueError where an amount is no standard bonus of a month; NoRule."""
    unit, cap = bonus_rule(month)
    if standard % unit or not 0 <= standard <= cap:
        raise ValueError(
            f"standard bonus {standard}: it is a multiple of {unit} from 0 to {cap} in {month:%Y-%m}"
        )


def bonus_rule(month: date) -> tuple[int, int]:
    """The unit that standards of a month are multiples of, and the most that they come to, in yen; raises NoRule."""
    return _rules().at(month)


@cache
def _rules() -> Dated[tuple[int, int]]:
    return Dated.read("bonus_caps", lambda row: (int(row["unit"]), int(row["cap"])))

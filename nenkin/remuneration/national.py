"""The premium of the national pension (国民年金保険料): of a year, of an exempt month, additional; until when it is due."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from functools import cache

from nenkin.dated import Dated, rows
from nenkin.remuneration.choice import choice
from nenkin.remuneration.pay import following
from nenkin.remuneration.rounding import rounded

_UNIT = (
    10  # yen; the law rounds the product of base and rate, and what an exemption leaves, to tens
)
_BAR_YEARS = 2


class InvalidExemption(ValueError):
    """An exemption is of no known kind, not yet in force, or goes with no additional premium; the message says which."""


def national_premium(month: date) -> int:
    """The full premium of a month in yen: the law's base times the year's rate; raises NoRule."""
    return rounded(_premiums().at(month), "half_up", _UNIT)


def payable(month: date, exemption: str | None = None, additional: bool = False) -> int:
    """What is to be paid for a month in yen; raises InvalidExemption, NoRule.

    An exemption is `full`, `three_quarters`, `half`, `quarter`, `student` or `deferment`; `additional` (付加) adds its own.
    """
    premium = national_premium(month)
    if exemption is None:
        return premium + (additional_premium(month) if additional else 0)
    if additional:
        raise InvalidExemption(
            f"exemption {exemption}, {month:%Y-%m}: no rule known here lets an exempt month bear the additional premium"
        )
    if exemption not in _quarters():
        raise InvalidExemption(f"exemption {exemption!r}: it is one of {', '.join(_quarters())}")
    table = _quarters()[exemption]
    if month < table.days[0]:
        raise InvalidExemption(
            f"exemption {exemption}, {month:%Y-%m}: there is none before {table.days[0]:%Y-%m}"
        )
    left = Fraction(premium * table.at(month), 4)
    return rounded(left, choice("exempt_rounding", month), _UNIT)


def additional_premium(month: date) -> int:
    """The additional premium (付加保険料) of a month in yen; raises NoRule."""
    return _additional().at(month)


def due(month: date) -> date:
    """The last day on which a month's premium is in time: the end of the next month."""
    return following(following(month)) - timedelta(days=1)


def payable_until(month: date) -> date:
    """The last day on which a month's premium can be paid at all: two years after it was due."""
    day = following(following(month))
    return day.replace(year=day.year + _BAR_YEARS) - timedelta(days=1)


@cache
def _premiums() -> Dated[Fraction]:
    return Dated.read("national_premiums", lambda row: int(row["base"]) * Fraction(row["rate"]))


@cache
def _additional() -> Dated[int]:
    return Dated.read("additional_premiums", lambda row: int(row["amount"]))


@cache
def _quarters() -> dict[str, Dated[int]]:
    pairs: dict[str, list[tuple[date, int]]] = {}
    for row in rows("exemption_payables"):
        entry = date.fromisoformat(row["from"]), int(row["payable_quarters"])
        pairs.setdefault(row["kind"], []).append(entry)
    return {
        kind: Dated.of(f"exemption_payables: {kind}", of_kind) for kind, of_kind in pairs.items()
    }

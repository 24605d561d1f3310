"""The shipped rules, read once, and short ways to name months and records in tests."""

from __future__ import annotations

from datetime import date

from nenkin.benefits.ages import month_number
from nenkin.benefits.credits import Credits, Kind, Run
from nenkin.benefits.figures import Figures
from nenkin.benefits.rules import Rules

RULES = Rules.read()
YOUNG = date(1960, 5, 1)
OLD = date(1955, 6, 1)


def year(number: int, month: int = 4) -> Figures:
    """The amounts of a fiscal year."""
    return RULES.on(date(number, month, 1))


def month(text: str) -> int:
    """The number of a month written 2025-04."""
    return month_number(*map(int, text.split("-")))


def record(*runs: tuple[str, str, int]) -> Credits:
    """What runs of kind, first month and length are worth."""
    return RULES.exemptions.credits(
        Run(Kind(kind), month(first), months) for kind, first, months in runs
    )

"""What is not computed, and why: each refusal names field, value and rule, and the list of them is a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from nenkin.dated import NoRule, rows

__all__ = ["Gap", "InvalidCase", "NotCovered", "gaps"]


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that the rules leave out: the field that is refused (empty: there is nothing to ask), sentence, source."""

    name: str
    field: str
    rule: str
    source: str


class NotCovered(NoRule):
    """What is asked for lies outside the rules; `gap` is its name in the list of gaps."""

    def __init__(self, gap: str, field: str, value: object) -> None:
        super().__init__(f"{field} {value}: {_by_name()[gap].rule}")
        self.gap = gap
        self.field = field


class InvalidCase(ValueError):
    """What was handed in contradicts itself or the rules; the message names field, value and rule."""

    def __init__(self, field: str, value: object, rule: str) -> None:
        super().__init__(f"{field} {value}: {rule}")
        self.field = field


def gaps() -> tuple[Gap, ...]:
    """All that is refused because the rules leave it out."""
    return tuple(_by_name().values())


@cache
def _by_name() -> Mapping[str, Gap]:
    return {
        row["gap"]: Gap(row["gap"], row["field"], row["rule"], row["source"])
        for row in rows("benefit_gaps")
    }

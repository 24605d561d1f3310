"""What an award leaves out beside the gaps of the formulas: each refusal names field, value and rule, from a table."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from nenkin.benefits.refusals import Gap, NotCovered
from nenkin.benefits.refusals import gaps as gaps_of_formulas
from nenkin.dated import NoRule, rows

__all__ = ["NotAwarded", "gap_of", "gaps"]


class NotAwarded(NoRule):
    """What is asked for lies outside what awards can do; `gap` is its name in the list."""

    def __init__(self, gap: str, value: object) -> None:
        found = _by_name()[gap]
        super().__init__(f"{found.field} {value}: {found.rule}")
        self.gap = gap


def gaps() -> tuple[Gap, ...]:
    """All that is refused because formulas or awards leave it out."""
    return (*gaps_of_formulas(), *_by_name().values())


def gap_of(error: Exception) -> str | None:
    """The name of the gap that a refusal is about, None where the input is at fault."""
    return error.gap if isinstance(error, NotAwarded | NotCovered) else None


@cache
def _by_name() -> Mapping[str, Gap]:
    return {
        row["gap"]: Gap(row["gap"], row["field"], row["rule"], row["source"])
        for row in rows("award_gaps")
    }

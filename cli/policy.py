"""docs/policy.md as data: one row for each demand of the policy of 2005-06-21."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

POLICY_FILE = Path(__file__).resolve().parent.parent / "docs" / "policy.md"
STATES = ("shown", "partly", "not yet", "out")

_ROW = re.compile(r"^\| *(\d+) *\| *(.*?) *\| *(.*?) *\| *(.*?) *\|$")
_NAMED = re.compile(r"`([^`]+)`")


class InvalidPolicyFile(Exception):
    """docs/policy.md does not have the form that its first lines describe."""


@dataclass(frozen=True, slots=True)
class Row:
    """A demand: its number, what it asks, its state, and what shows it or why nothing does."""

    number: int
    asks: str
    state: str
    by: str

    @property
    def named(self) -> tuple[str, ...]:
        """Verbs, files and tests that the row names (all that stands in backticks)."""
        return tuple(_NAMED.findall(self.by))

    def facts(self) -> dict[str, object]:
        """Give the row as plain text, without code marks."""
        by = self.by.replace("`", "")
        return {"number": self.number, "asks": self.asks, "state": self.state, "by": by}


def read_policy(path: Path = POLICY_FILE) -> tuple[Row, ...]:
    """Read all rows; raises InvalidPolicyFile for an unknown state or a number out of order."""
    rows: list[Row] = []
    for line_number, line in enumerate(path.read_text().splitlines(), start=1):
        match = _ROW.match(line)
        if match is None:
            continue
        number, asks, state, by = match.groups()
        where = f"{path.name}:{line_number}: row {number}"
        if state not in STATES:
            raise InvalidPolicyFile(
                f"{where}: state '{state}' is unknown; use {', '.join(STATES)}."
            )
        if int(number) != len(rows) + 1:
            raise InvalidPolicyFile(f"{where}: row {len(rows) + 1} was expected here.")
        rows.append(Row(int(number), asks, state, by))
    return tuple(rows)

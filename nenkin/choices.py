"""Rules that no source confirms or on which sources disagree: settings with a day and named alternatives.

A table of choices is a CSV file with the columns `choice`, `from`, `value`, `alternatives` (divided by `|`, the value
among them), `rule`, `source` and `confidence`. A later row, or a table in the folder of one's own, chooses otherwise
without a release.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from nenkin.dated import Dated, NoRule, rows

__all__ = ["Choices", "InvalidChoice"]


class InvalidChoice(ValueError):
    """A row chooses what is none of its alternatives; the message names table, name, value and alternatives."""


@dataclass(frozen=True, slots=True)
class Choices:
    """The choices of one table."""

    table: str
    by_name: dict[str, Dated[str]]

    @classmethod
    def read(cls, table: str) -> Choices:
        """From the CSV file of that name; raises FileNotFoundError, InvalidChoice, ValueError."""
        pairs: dict[str, list[tuple[date, str]]] = {}
        for row in rows(table):
            name, value, alternatives = row["choice"], row["value"], row["alternatives"].split("|")
            if value not in alternatives:
                raise InvalidChoice(
                    f"table {table}: {name} is {value!r}, which is none of {', '.join(alternatives)}"
                )
            pairs.setdefault(name, []).append((date.fromisoformat(row["from"]), value))
        by_name = {name: Dated.of(f"{table}: {name}", of_name) for name, of_name in pairs.items()}
        return cls(table, by_name)

    def at(self, name: str, day: date) -> str:
        """The value chosen for a day; raises NoRule where the table has no such name or none yet."""
        if name not in self.by_name:
            raise NoRule(f"the table {self.table} makes no choice named {name}")
        return self.by_name[name].at(day)

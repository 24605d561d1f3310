"""Rules that no source confirms, on which sources disagree, or that a reform changed in kind: dated, with alternatives.

A table of choices is a CSV file with the columns `choice`, `from`, `value`, `alternatives` (divided by `|`, the value
among them), `rule`, `source` and `confidence` (`G`: a guess). A later row, or a table in the folder of one's own, chooses
otherwise without a release.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from nenkin.dated import Dated, NoRule, rows

__all__ = ["Choice", "Choices", "InvalidChoice"]


class InvalidChoice(ValueError):
    """A value is none of the alternatives; the message names table, name, value and alternatives."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What holds from a day on, what could hold instead, and how sure the source is."""

    name: str
    start: date
    value: str
    alternatives: tuple[str, ...]
    rule: str
    source: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Choices:
    """The choices of one table."""

    table: str
    by_name: Mapping[str, Dated[Choice]]

    @classmethod
    def read(cls, table: str) -> Choices:
        """From the CSV file of that name; raises FileNotFoundError, InvalidChoice, ValueError."""
        found: dict[str, list[Choice]] = {}
        for row in rows(table):
            choice = Choice(
                row["choice"],
                date.fromisoformat(row["from"]),
                row["value"],
                tuple(row["alternatives"].split("|")),
                row["rule"],
                row["source"],
                row["confidence"],
            )
            found.setdefault(choice.name, []).append(_sound(table, choice))
        return cls(table, {name: _dated(table, name, listed) for name, listed in found.items()})

    def at(self, name: str, day: date) -> str:
        """The value chosen for a day; raises NoRule where the table has no such name or none yet."""
        return self._named(name).at(day).value

    def having(self, **values: str) -> Choices:
        """The same with some values holding on every day, to try an alternative; InvalidChoice where it is none."""
        changed = dict(self.by_name)
        for name, value in values.items():
            choice = replace(self._named(name).values[0], start=date.min, value=value)
            changed[name] = _dated(self.table, name, [_sound(self.table, choice)])
        return Choices(self.table, changed)

    def listed(self) -> tuple[Choice, ...]:
        """Every row, by name and day; those of confidence `G` are to be settled by who knows."""
        return tuple(each for name in sorted(self.by_name) for each in self.by_name[name].values)

    def _named(self, name: str) -> Dated[Choice]:
        if name not in self.by_name:
            raise NoRule(f"the table {self.table} makes no choice named {name}")
        return self.by_name[name]


def _dated(table: str, name: str, listed: list[Choice]) -> Dated[Choice]:
    return Dated.of(f"{table}: {name}", ((each.start, each) for each in listed))


def _sound(table: str, choice: Choice) -> Choice:
    if choice.value not in choice.alternatives:
        known = ", ".join(choice.alternatives)
        raise InvalidChoice(
            f"table {table}: {choice.name} is {choice.value!r}, which is none of {known}"
        )
    return choice

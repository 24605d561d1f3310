"""Rules with alternatives, dated: what the sources leave uncertain, and what a reform changed in kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from nenkin.benefits.refusals import InvalidCase
from nenkin.dated import Dated, rows

__all__ = ["Choice", "Choices"]

_TABLE = "benefit_choices"


@dataclass(frozen=True, slots=True)
class Choice:
    """What holds from a day on, what could hold instead, and how sure the source is (`G`: a guess)."""

    name: str
    start: date
    value: str
    alternatives: tuple[str, ...]
    rule: str
    source: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Choices:
    """All choices by name."""

    by_name: Mapping[str, Dated[Choice]]

    @classmethod
    def read(cls) -> Choices:
        """From the table; ValueError where a value is none of its alternatives."""
        found: dict[str, list[Choice]] = {}
        for row in rows(_TABLE):
            choice = Choice(
                row["choice"],
                date.fromisoformat(row["from"]),
                row["value"],
                tuple(row["alternatives"].split("|")),
                row["rule"],
                row["source"],
                row["confidence"],
            )
            _require(choice)
            found.setdefault(choice.name, []).append(choice)
        return cls(
            {
                name: Dated.of(f"{_TABLE} {name}", ((each.start, each) for each in listed))
                for name, listed in found.items()
            }
        )

    def at(self, name: str, day: date) -> str:
        """The value that holds on a day; NoRule before the first, KeyError for no such choice."""
        return self.by_name[name].at(day).value

    def having(self, **values: str) -> Choices:
        """The same with some values holding on every day, to try an alternative; InvalidCase if it is none."""
        changed = dict(self.by_name)
        for name, value in values.items():
            old = changed[name].values[0]
            choice = Choice(
                name, date.min, value, old.alternatives, old.rule, old.source, old.confidence
            )
            _require(choice)
            changed[name] = Dated.of(f"{_TABLE} {name}", [(date.min, choice)])
        return Choices(changed)

    def listed(self) -> tuple[Choice, ...]:
        """Every row, by name and day; those of confidence `G` are to be settled by who knows."""
        return tuple(each for name in sorted(self.by_name) for each in self.by_name[name].values)


def _require(choice: Choice) -> None:
    if choice.value not in choice.alternatives:
        raise InvalidCase(
            choice.name, repr(choice.value), f"is one of {', '.join(choice.alternatives)}"
        )

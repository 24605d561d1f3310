"""Tables whose rows hold from a day on: a rule for a future month is a row, not a release.

Each table is a CSV file: the column `from` (YYYY-MM-DD, the first day on which a row holds) and its own; `source`
says where a figure comes from. The folder that NENKIN_TABLES names is looked in first: rows come without a release.
"""

from __future__ import annotations

import csv
import os
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Generic, TypeVar

__all__ = ["Dated", "NoRule", "rows"]

T = TypeVar("T")
_SHIPPED = Path(__file__).parent / "tables"


class NoRule(LookupError):
    """No row of a table holds on the day asked for; the message names table, day and the first day that has one."""


@dataclass(frozen=True, slots=True)
class Dated(Generic[T]):
    """Values in the order of the days from which they hold; each holds until the next."""

    name: str
    days: tuple[date, ...]
    values: tuple[T, ...]

    @classmethod
    def of(cls, name: str, pairs: Iterable[tuple[date, T]]) -> Dated[T]:
        """From pairs of first day and value, in any order; ValueError where a day stands twice."""
        ordered = sorted(pairs, key=lambda pair: pair[0])
        days = tuple(day for day, _ in ordered)
        if len(set(days)) != len(days):
            raise ValueError(f"table {name}: two rows hold from the same day")
        return cls(name, days, tuple(value for _, value in ordered))

    @classmethod
    def read(cls, name: str, parse: Callable[[Mapping[str, str]], T]) -> Dated[T]:
        """From the CSV file of that name, a value parsed of each row; FileNotFoundError, ValueError."""
        return cls.of(name, ((date.fromisoformat(row["from"]), parse(row)) for row in rows(name)))

    def at(self, day: date) -> T:
        """The value that holds on a day; NoRule before the first."""
        place = bisect_right(self.days, day)
        if place == 0:
            first = self.days[0].isoformat() if self.days else "no day"
            raise NoRule(f"no rule of {self.name} holds on {day.isoformat()}: it begins on {first}")
        return self.values[place - 1]


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a table as text, in the file's order; FileNotFoundError where it is nowhere."""
    own = os.environ.get("NENKIN_TABLES")
    folders = [Path(own), _SHIPPED] if own else [_SHIPPED]
    for folder in folders:
        path = folder / f"{name}.csv"
        if path.is_file():
            with path.open(encoding="utf-8", newline="") as file:
                return list(csv.DictReader(file))
    raise FileNotFoundError(f"the table {name}.csv is in none of {', '.join(map(str, folders))}")

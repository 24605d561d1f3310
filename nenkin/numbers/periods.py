"""Qualification periods from a file of the record system: CSV with the columns number, category, acquired, lost, cause."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from nenkin.number import InvalidNumber, PensionNumber
from nenkin.numbers.promotion import CAUSES, Period

COLUMNS = ("number", "category", "acquired", "lost", "cause")


class InvalidPeriods(ValueError):
    """Rows that are no periods; the message names file, line, column and value of each, as far as twenty."""


def read_periods(path: Path) -> Iterator[Period]:
    """The periods of a file, in its order; raises InvalidPeriods at its end or after twenty faults, OSError."""
    faults: list[str] = []
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        if tuple(next(rows, ())) != COLUMNS:
            raise InvalidPeriods(f"{path}:1: the first line is {','.join(COLUMNS)}")
        for row in rows:
            try:
                yield _period(row)
            except ValueError as error:
                faults.append(f"{path}:{rows.line_num}: {error}")
                if len(faults) == 20:
                    break
    if faults:
        raise InvalidPeriods("\n".join(faults))


def _period(row: list[str]) -> Period:
    if len(row) != len(COLUMNS):
        raise ValueError(f"{len(row)} columns where there are {len(COLUMNS)}")
    number, category, acquired, lost, cause = row
    try:
        PensionNumber.parse(number)
    except InvalidNumber as error:
        raise ValueError(f"number {number!r}: {error}") from error
    if category not in ("1", "2", "3"):
        raise ValueError(f"category {category!r}: 1, 2 or 3")
    begins = _day("acquired", acquired)
    ends = _day("lost", lost) if lost else None
    if ends is not None and ends < begins:
        raise ValueError(f"lost {lost!r}: it lies before {acquired}, when it was acquired")
    if cause and (cause not in CAUSES or ends is None):
        raise ValueError(f"cause {cause!r}: {' or '.join(CAUSES)}, of what was lost; or nothing")
    return Period(number, int(category), begins, ends, cause)


def _day(column: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{column} {text!r}: a day is written YYYY-MM-DD") from error

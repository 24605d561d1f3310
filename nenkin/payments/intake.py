"""Files that are taken in whole or not at all: CSV with a header line, every fault named, the same file only once."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from nenkin.payments.connection import Connection

__all__ = ["Column", "Intake", "InvalidIntake", "is_known", "note", "read_intake"]

_MANY = 100  # faults after which a pass gives up


class InvalidIntake(ValueError):
    """What is wrong with a file, a sentence a line: file, line, field, value and rule."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Column:
    """A field by name: `parse` gives its value of the text or raises ValueError with the rule."""

    name: str
    parse: Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Intake:
    """A file's rows with their line numbers (from 2), and the checksum that tells it from others."""

    name: str
    sha256: str
    rows: tuple[tuple[int, tuple[Any, ...]], ...]

    def fault(self, line: int, field: str, value: object, rule: str) -> str:
        """The sentence of a fault."""
        return f"{self.name}:{line}: {field} {value}: {rule}"


def read_intake(path: Path, columns: Sequence[Column]) -> Intake:
    """The rows of a file with exactly these columns; raises InvalidIntake, OSError."""
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidIntake([f"{path.name}: byte {error.start} is not UTF-8"]) from error
    lines = csv.DictReader(StringIO(text, newline=""), strict=True)
    names = [column.name for column in columns]
    if lines.fieldnames is None or list(lines.fieldnames) != names:
        wanted = ", ".join(names)
        raise InvalidIntake(
            [f"{path.name}:1: the columns are {lines.fieldnames}: they must be {wanted}"]
        )
    intake = Intake(path.name, hashlib.sha256(data).hexdigest(), ())
    faults: list[str] = []
    rows = []
    try:
        for row in lines:
            found = list(_faults(intake, lines.line_num, row, columns))
            faults += found
            if not found:
                values = tuple(column.parse(row[column.name]) for column in columns)
                rows.append((lines.line_num, values))
            if len(faults) >= _MANY:
                break
    except csv.Error as error:
        faults.append(f"{path.name}:{lines.line_num}: {error}")
    if faults:
        raise InvalidIntake(faults)
    return Intake(intake.name, intake.sha256, tuple(rows))


def is_known(connection: Connection, intake: Intake) -> bool:
    """Whether the same bytes were taken in before; locks out another intake until the transaction ends."""
    connection.execute("LOCK TABLE nenkin.intakes IN SHARE ROW EXCLUSIVE MODE")
    query = "SELECT 1 FROM nenkin.intakes WHERE sha256 = %s"
    return connection.execute(query, (intake.sha256,)).fetchone() is not None


def note(connection: Connection, intake: Intake, kind: str, who: str, why: str) -> None:
    """Remembers a file that was taken in."""
    values = (intake.sha256, kind, intake.name, len(intake.rows), who, why)
    connection.execute(
        "INSERT INTO nenkin.intakes (sha256, kind, name, rows, who, why) VALUES (%s, %s, %s, %s, %s, %s)",
        values,
    )


def _faults(
    intake: Intake, line: int, row: Mapping[str | None, Any], columns: Sequence[Column]
) -> Iterator[str]:
    if None in row or None in row.values():
        yield f"{intake.name}:{line}: the line has not {len(columns)} fields"
        return
    for column in columns:
        try:
            column.parse(row[column.name])
        except ValueError as error:
            yield intake.fault(line, column.name, repr(row[column.name]), str(error))

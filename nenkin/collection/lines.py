"""Files taken in line by line: each line is accepted or refused with a sentence, part by part, and a file only once.

A part is a transaction: a run that is killed goes on behind the last part done. The same bytes again do nothing and
give the same answers.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from nenkin.collection.act import Who, enter_act
from nenkin.payments.connection import Connection
from nenkin.payments.intake import Column, InvalidIntake
from nenkin.whole import write_rows

__all__ = ["PART", "Kind", "Taken", "refuse", "refuse_where", "take_file", "write_answers"]

PART = 5000  # lines of a transaction
_BLOCK = 1 << 20
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: its columns, their types in the table `incoming`, and what takes those that are not refused.

    `take` gets connection and act; it refuses lines by `refuse` and `refuse_where` and enters the others.
    """

    name: str
    columns: tuple[Column, ...]
    types: tuple[str, ...]
    take: Callable[[Connection, int], None]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a file: whether this run did something, its lines, those refused, its checksum and its act."""

    is_new: bool
    lines: int
    refused: int
    sha256: str
    act: int


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    kind: Kind
    sha256: str
    lines: int


def take_file(
    connection: Connection, path: Path, kind: Kind, who: Who, say: Say, part: int = PART
) -> Taken:
    """Takes a file in, or what is left of it; raises InvalidIntake where it is no such file at all, OSError."""
    file = _examine(path, kind)
    with connection.transaction():
        act, _ = enter_act(connection, who, "file", kind.name, file.sha256)
        number = _enter(connection, file, act)
    is_new = False
    for place, lines in enumerate(_parts(file, part)):
        with connection.transaction():
            done = _take_part(connection, file, number, act, lines)
        is_new = is_new or done
        say(f"{path.name}: part {place + 1}: {'done' if done else 'was done before'}")
    query = "SELECT coalesce(sum(refused), 0)::integer FROM nenkin.batch_file_parts WHERE file = %s"
    [refused] = connection.execute(query, (number,)).fetchone() or (0,)
    return Taken(is_new, file.lines, refused, file.sha256, act)


def refuse(connection: Connection, refusals: Sequence[tuple[int, str]]) -> None:
    """Refuses lines of the part, each with its sentence; of a line that is refused already the first sentence stays."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO refused (line, sentence) VALUES (%s, %s) ON CONFLICT DO NOTHING", refusals
        )
    connection.execute("DELETE FROM incoming USING refused WHERE incoming.line = refused.line")


def refuse_where(connection: Connection, *queries: str) -> None:
    """Refuses the lines that queries find: each gives line and sentence, and sees what those before left."""
    for query in queries:
        connection.execute(
            f"INSERT INTO refused (line, sentence) {query} ON CONFLICT DO NOTHING".encode()
        )
        connection.execute("DELETE FROM incoming USING refused WHERE incoming.line = refused.line")


def write_answers(connection: Connection, taken: Taken, path: Path, source: Path) -> None:
    """Writes what became of each line: CSV with the line, its first field, `accepted`, `refused` or `noted`, a sentence."""
    query = """
        SELECT line, outcome, sentence FROM nenkin.batch_file_notes JOIN nenkin.batch_files f ON f.id = file
        WHERE f.act = %s"""
    notes = {line: note for line, *note in connection.execute(query, (taken.act,))}
    with source.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.reader(lines, strict=True)
        next(reader)
        answers = (
            (reader.line_num, row[0] if row else "", *notes.get(reader.line_num, ("accepted", "")))
            for row in reader
        )
        write_rows(path, ("line", "first", "outcome", "sentence"), answers)


def _examine(path: Path, kind: Kind) -> _File:
    digest, decoder = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")()
    place = 0
    with path.open("rb") as file:
        try:
            while block := file.read(_BLOCK):
                digest.update(block)
                decoder.decode(block)
                place += len(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            raise InvalidIntake(
                [f"{path.name}: byte {place + error.start} is not UTF-8"]
            ) from error
    wanted = [column.name for column in kind.columns]
    with path.open(encoding="utf-8-sig", newline="") as text:
        reader = csv.reader(text, strict=True)
        try:
            names = next(reader, [])
            if names != wanted:
                raise InvalidIntake(
                    [f"{path.name}:1: the columns are {names}: they must be {', '.join(wanted)}"]
                )
            lines = sum(1 for _ in reader)
        except csv.Error as error:
            raise InvalidIntake([f"{path.name}:{reader.line_num}: {error}"]) from error
    return _File(path, kind, digest.hexdigest(), lines)


def _enter(connection: Connection, file: _File, act: int) -> int:
    values = (file.kind.name, file.sha256, file.path.name, file.lines, act)
    connection.execute(
        """INSERT INTO nenkin.batch_files (kind, sha256, name, lines, act) VALUES (%s, %s, %s, %s, %s)
           ON CONFLICT DO NOTHING""",
        values,
    )
    query = "SELECT id FROM nenkin.batch_files WHERE kind = %s AND sha256 = %s"
    [number] = connection.execute(query, values[:2]).fetchone() or (0,)
    return int(number)


_Lines = list[tuple[int, list[str]]]


def _parts(file: _File, size: int) -> Iterator[_Lines]:
    with file.path.open(encoding="utf-8-sig", newline="") as text:
        reader = csv.reader(text, strict=True)
        next(reader)
        numbered = ((reader.line_num, row) for row in reader)
        while lines := list(islice(numbered, size)):
            yield lines


def _take_part(connection: Connection, file: _File, number: int, act: int, lines: _Lines) -> bool:
    # A killed run may have left its transaction under way: its end is waited for.
    connection.execute("SELECT pg_advisory_xact_lock(1651663683, %s)", (number,))
    last = lines[-1][0]
    query = "SELECT coalesce(max(part), 0) FROM nenkin.batch_file_parts WHERE file = %s"
    [done] = connection.execute(query, (number,)).fetchone() or (0,)
    if done >= last:
        return False
    lines = [line for line in lines if line[0] > done]
    types = ", ".join(
        f"{column.name} {kind}"
        for column, kind in zip(file.kind.columns, file.kind.types, strict=True)
    )
    for table in (
        f"incoming (line integer, {types})",
        "refused (line integer PRIMARY KEY, sentence text NOT NULL)",
        "noted (line integer PRIMARY KEY, sentence text NOT NULL)",
    ):
        connection.execute(f"CREATE TEMPORARY TABLE {table} ON COMMIT DROP".encode())
    refusals = _lay_beside(connection, file, lines)
    refuse(connection, refusals)
    connection.execute("ANALYZE incoming")
    file.kind.take(connection, act)
    connection.execute(
        """INSERT INTO nenkin.batch_file_notes (file, line, outcome, sentence)
           SELECT %s, line, 'refused', sentence FROM refused UNION ALL SELECT %s, line, 'noted', sentence FROM noted""",
        (number, number),
    )
    [refused] = connection.execute("SELECT count(*) FROM refused").fetchone() or (0,)
    connection.execute(
        # A part is known by its last line, so that a run with parts of another size goes on rightly too.
        "INSERT INTO nenkin.batch_file_parts (file, part, accepted, refused) VALUES (%s, %s, %s, %s)",
        (number, last, len(lines) - refused, refused),
    )
    for table in ("incoming", "refused", "noted"):
        connection.execute(f"DROP TABLE {table}".encode())
    return True


def _lay_beside(connection: Connection, file: _File, lines: _Lines) -> list[tuple[int, str]]:
    columns = file.kind.columns
    refusals = []
    with connection.cursor() as cursor, cursor.copy("COPY incoming FROM STDIN") as copy:
        for line, row in lines:
            if len(row) != len(columns):
                refusals.append(
                    (line, f"the line has {len(row)} fields: it must have {len(columns)}")
                )
                continue
            values, faults = _parsed(columns, row)
            if faults:
                refusals.append((line, "; ".join(faults)))
            else:
                copy.write_row((line, *values))
    return refusals


def _parsed(columns: Sequence[Column], row: Sequence[str]) -> tuple[list[Any], list[str]]:
    values, faults = [], []
    for column, text in zip(columns, row, strict=True):
        try:
            values.append(column.parse(text))
        except ValueError as error:
            faults.append(f"{column.name} {text!r}: {error}")
    return values, faults

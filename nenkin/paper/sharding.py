"""Making one file of a statement run: read, computed, drawn, counted again in part, put in place whole."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from psycopg.types.json import Jsonb

from nenkin.benefits.rules import Rules
from nenkin.paper.level import Levels
from nenkin.paper.opening import CHOSEN, Run, Shard
from nenkin.paper.pdf.font import GETA
from nenkin.paper.pdf.sheaf import Sheaf
from nenkin.paper.pdf.sheet import Text
from nenkin.paper.record import SELECT, Record, of_row
from nenkin.paper.recount import differences, is_sampled
from nenkin.paper.statement import Statement, statement
from nenkin.paper.statement_sheet import prepared, written
from nenkin.paper.usage import UPSERT
from nenkin.payments.connection import Connection, open_connection

__all__ = ["Made", "ShardFailed", "file_name", "make_shard"]

_CHUNK = 500
_NUMBERS = f"""
    SELECT person.number FROM nenkin.persons person
    WHERE person.number BETWEEN %(first)s AND %(last)s AND {CHOSEN} ORDER BY person.number"""
_DONE = """
    INSERT INTO nenkin.statement_shards_done (birth_month, day, shard, statements, sums, sha256)
    VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING sha256"""
# The batch reads everybody of a file for one purpose: one event of all of them.
_EVENT = """
    INSERT INTO nenkin.access_events (operator, terminal, office, purpose, kind, outcome, fields, detail)
    VALUES (%s, 'batch', %s, 'statement', 'statements', 'done', 'record', %s)"""
_SUMS = (
    "unpaid_months",
    "paid_yen",
    "basic_yen",
    "employees_yen",
    "untold",
    "replaced",
    "recounted",
)


class ShardFailed(Exception):
    """A file was not put in place: its pages do not agree with the recount, or with the file made before."""


@dataclass(frozen=True, slots=True)
class Made:
    """A file that is in place; `is_new` where it was made now, and not found."""

    name: str
    statements: int
    sums: dict[str, int]
    bytes: int
    sha256: str
    is_new: bool


def file_name(run: Run, shard: Shard) -> str:
    """The name of a run's file."""
    return f"{run.name}-{shard.number:05d}.pdf"


def make_shard(
    dsn: str, run: Run, shard: Shard, folder: Path, one_in: int, by: tuple[str, str]
) -> Made:
    """Makes a file, or finds it in place as it was made before; `by`: operator and office.

    Raises ShardFailed, psycopg.Error, OSError.
    """
    path = folder / file_name(run, shard)
    if shard.sha256 is not None and path.is_file() and _sha256(path) == shard.sha256:
        assert shard.statements is not None
        assert shard.sums is not None
        size = path.stat().st_size
        return Made(path.name, shard.statements, shard.sums, size, shard.sha256, is_new=False)
    part = path.with_name(f".{path.name}.part")
    with open_connection(dsn) as connection:
        with part.open("wb") as file:
            made = Sheaf(file, prepared(run.day))
            sums = _fill(connection, run, shard, made, one_in)
            made.finish()
            file.flush()
            os.fsync(file.fileno())
        sha256 = _sha256(part)
        if shard.sha256 is not None and shard.sha256 != sha256:
            raise ShardFailed(f"{path.name}: {sha256} instead of {shard.sha256}, made before")
        part.replace(path)
        with connection.transaction():
            values = (run.birth_month, run.day, shard.number, made.pages, Jsonb(sums), sha256)
            is_first = connection.execute(_DONE, values).fetchone() is not None
            connection.execute(_EVENT, (*by, f"{path.name} {shard.first} {shard.last}"))
            if is_first and made.pages:
                # In the same transaction: a file made again is not used again.
                uses = (["statement_sheet"], ["batch"], [run.day], [made.pages])
                connection.execute(UPSERT, uses)
    return Made(path.name, made.pages, sums, path.stat().st_size, sha256, is_new=True)


def _fill(
    connection: Connection, run: Run, shard: Shard, made: Sheaf, one_in: int
) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for records in _records(connection, run, shard):
        drawn: dict[str, Sequence[Text]] = {}
        for record in records:
            if record.birth.month != run.birth_month or not is_addressed(record, run.day):
                continue
            one = statement(_levels(), record, run.day)
            texts = written(one, is_masked=True).texts
            # The first of each file in any case.
            if made.pages == 0 or is_sampled(record.number, one_in):
                drawn[record.number] = texts
            made.add(texts)
            _count(sums, one, texts)
        if drawn:
            faults = differences(connection, run, drawn)
            if faults:
                raise ShardFailed("; ".join(faults[:5]))
            sums["recounted"] += len(drawn)
    return {name: sums[name] for name in _SUMS}


def is_addressed(record: Record, day: date) -> bool:
    """Whether a person gets a statement: who is insured on the day."""
    return any(
        period.acquired <= day and (period.lost is None or day < period.lost)
        for period in record.periods
    )


def _records(connection: Connection, run: Run, shard: Shard) -> Iterator[list[Record]]:
    values: dict[str, Any] = {
        "birth_month": run.birth_month,
        "opened": run.opened,
        "first": shard.first,
        "last": shard.last,
    }
    numbers = [row[0] for row in connection.execute(_NUMBERS.encode(), values).fetchall()]
    for start in range(0, len(numbers), _CHUNK):
        chunk = numbers[start : start + _CHUNK]
        rows = connection.execute(SELECT.encode(), run.mark.parameters(chunk)).fetchall()
        yield [of_row(row) for row in rows]


def _count(sums: Counter[str], one: Statement, texts: Sequence[Text]) -> None:
    sums["unpaid_months"] += one.held.unpaid_months
    sums["paid_yen"] += one.held.paid_yen
    sums["basic_yen"] += one.basic or 0
    sums["employees_yen"] += one.employees or 0
    sums["untold"] += one.employees is None
    sums["replaced"] += any(GETA in text.text for text in texts)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def _levels() -> Levels:
    return Levels(Rules.read())

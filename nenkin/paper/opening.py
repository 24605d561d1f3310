"""Opening a yearly statement run: from then on its persons, its entries and its files are fixed."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, datetime

import psycopg

from nenkin.paper.record import Mark
from nenkin.payments.connection import Connection

__all__ = ["InvalidRun", "OpeningFailed", "Run", "Shard", "open_run", "shards"]

_PATIENCE_S = 20.0
_LOCK_MS = 250
_KNOWN = """
    SELECT act, contribution, shard, opened_at FROM nenkin.statement_runs WHERE birth_month = %s AND day = %s"""
_OPEN = """
    INSERT INTO nenkin.statement_runs (birth_month, day, act, contribution, shard, operator)
    SELECT %s, %s, coalesce((SELECT max(id) FROM nenkin.acts), 0),
           coalesce((SELECT max(id) FROM nenkin.contributions), 0), %s, %s"""
# Who had a birth date of the month at any time; which one holds is seen when the record is read.
CHOSEN = """
    (extract(month FROM person.birth_date) = %(birth_month)s
     OR EXISTS (
        SELECT FROM nenkin.identities one
        WHERE one.number = person.number AND extract(month FROM one.birth_date) = %(birth_month)s))
    AND person.registered_at <= %(opened)s"""
_SHARDS = f"""
    INSERT INTO nenkin.statement_shards (birth_month, day, shard, first, last)
    SELECT %(birth_month)s, %(day)s, part + 1, min(number), max(number)
    FROM (
        SELECT number, (row_number() OVER (ORDER BY number) - 1) / %(shard)s AS part
        FROM nenkin.persons person WHERE {CHOSEN}
    ) numbered GROUP BY part"""
_LISTED = """
    SELECT all_of.shard, first, last, statements, sums, sha256
    FROM nenkin.statement_shards all_of
    LEFT JOIN nenkin.statement_shards_done done USING (birth_month, day, shard)
    WHERE birth_month = %s AND day = %s ORDER BY all_of.shard"""


class InvalidRun(ValueError):
    """What is asked for contradicts the run that was opened; the message names value and rule."""


class OpeningFailed(Exception):
    """Others enter without a pause; nothing was opened."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run: whose birthdays, the day of ages and due days, up to which entries, how many persons a file at most."""

    birth_month: int
    day: date
    act: int
    contribution: int
    shard: int
    opened: datetime

    @property
    def mark(self) -> Mark:
        """What counts of each record."""
        return Mark(self.act, self.contribution, self.day)

    @property
    def name(self) -> str:
        """How its files begin."""
        return f"statements-{self.day:%Y%m%d}-{self.birth_month:02d}"


@dataclass(frozen=True, slots=True)
class Shard:
    """A file of a run: its numbers from first to last; statements, sums and sha256 that it was made with, if it was."""

    number: int
    first: str
    last: str
    statements: int | None
    sums: dict[str, int] | None
    sha256: str | None


def open_run(connection: Connection, birth_month: int, day: date, shard: int, operator: str) -> Run:
    """The run of a birth month and day, opened or found; raises InvalidRun, OpeningFailed."""
    until = time.monotonic() + _PATIENCE_S
    while True:
        try:
            with connection.transaction():
                return _open(connection, birth_month, day, shard, operator)
        except psycopg.errors.LockNotAvailable as error:
            # Writers queue behind a lock that waits: it is tried for a moment only, and again later.
            if time.monotonic() > until:
                raise OpeningFailed(
                    "entries are being made without a pause, run it again"
                ) from error
            time.sleep(1.0)


def shards(connection: Connection, run: Run) -> list[Shard]:
    """The files of a run in their order."""
    return [
        Shard(*row) for row in connection.execute(_LISTED, (run.birth_month, run.day)).fetchall()
    ]


def _open(connection: Connection, birth_month: int, day: date, shard: int, operator: str) -> Run:
    found = _find(connection, birth_month, day)
    if found is None:
        connection.execute(f"SET LOCAL lock_timeout = '{_LOCK_MS}ms'".encode())
        # No entry is under way below this line: what is there counts, what comes later does not.
        connection.execute(
            "LOCK TABLE nenkin.persons, nenkin.acts, nenkin.contributions IN SHARE MODE"
        )
        found = _find(connection, birth_month, day)
    if found is None:
        connection.execute(_OPEN, (birth_month, day, shard, operator))
        found = _find(connection, birth_month, day)
        assert found is not None
        values = {"birth_month": birth_month, "day": day, "shard": shard, "opened": found.opened}
        connection.execute(_SHARDS.encode(), values)
    if found.shard != shard:
        raise InvalidRun(f"--shard {shard}: this run was opened with {found.shard}")
    return found


def _find(connection: Connection, birth_month: int, day: date) -> Run | None:
    row = connection.execute(_KNOWN, (birth_month, day)).fetchone()
    return None if row is None else Run(birth_month, day, *row)

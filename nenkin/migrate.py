"""Bringing a database's schema to the state that this code expects, by numbered SQL files."""

from __future__ import annotations

import asyncio
import hashlib
import re
from dataclasses import dataclass
from importlib.resources import files

import psycopg

from nenkin.connection import Connection, connect, connection_string

# Any constant will do: it is the name of the lock that keeps two migrations apart.
_LOCK = 0x6E656E6B696E
_FILE = re.compile(r"([0-9]{4})_[a-z0-9_]+\.sql")
_BOOTSTRAP = """
    CREATE SCHEMA IF NOT EXISTS nenkin;
    CREATE TABLE nenkin.migrations (
        number     integer PRIMARY KEY,
        name       text NOT NULL,
        sha256     text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
    )"""


class InvalidMigrations(Exception):
    """The files and the database contradict each other; the text says where and what to do."""


class MigrateFailed(Exception):
    """The database did not do what a file says; nothing was changed."""


class Unreachable(Exception):
    """The database could not be reached, or was lost before COMMIT; nothing was changed."""


class MigrateUnknown(Exception):
    """COMMIT was not answered: run the command again, it finds out and completes."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered step; files are applied in order and never edited once applied anywhere."""

    number: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """Checksum of the file's text, recorded with its application."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Applied:
    """A row of nenkin.migrations."""

    number: int
    name: str
    sha256: str


def load_migrations(database: str) -> tuple[Migration, ...]:
    """The steps for `database` shipped with this code, in order; raises InvalidMigrations."""
    folder = files("nenkin") / "migrations" / database
    steps = []
    for file in sorted(folder.iterdir(), key=lambda item: item.name):
        match = _FILE.fullmatch(file.name)
        if match is None:
            raise InvalidMigrations(f"{database}/{file.name}: not named NNNN_words.sql; rename it")
        steps.append(Migration(int(match[1]), file.name, file.read_text(encoding="utf-8")))
    if [step.number for step in steps] != list(range(1, len(steps) + 1)):
        raise InvalidMigrations(f"{database}: the files are not numbered 0001, 0002, … without gap")
    return tuple(steps)


def pending(steps: tuple[Migration, ...], applied: tuple[Applied, ...]) -> tuple[Migration, ...]:
    """The steps still to apply; raises InvalidMigrations.

    Invariant: what was applied is a prefix of the steps, with the same names and checksums.
    """
    for step, row in zip(steps, applied, strict=False):
        if (step.number, step.name, step.sha256) != (row.number, row.name, row.sha256):
            raise InvalidMigrations(
                f"{step.name}: applied as {row.name} with checksum {row.sha256[:12]}, now "
                f"{step.sha256[:12]}; restore the file and put the change into a new one"
            )
    if len(applied) > len(steps):
        raise InvalidMigrations(
            f"the database is at {applied[-1].name}, newer than this code; install its release"
        )
    return steps[len(applied) :]


async def migrate(database: str, dsn: str, deadline_s: float = 60.0) -> tuple[str, ...]:
    """Applies the pending steps in one transaction and returns their names.

    Raises InvalidMigrations, MigrateFailed, Unreachable or MigrateUnknown; it is all or nothing.
    """
    steps = load_migrations(database)
    loop = asyncio.get_running_loop()
    ends = loop.time() + deadline_s
    connection = await _reach(connection_string(dsn, "nenkin-migrate"), ends)
    timer = loop.call_at(ends, connection.drop)
    try:
        return await _apply(connection, steps, deadline_s)
    finally:
        timer.cancel()
        connection.discard()


async def _reach(conninfo: str, ends: float) -> Connection:
    while True:
        try:
            return await connect(conninfo)
        except psycopg.Error as error:
            if asyncio.get_running_loop().time() + 1 > ends:
                raise Unreachable(f"cannot be reached: {error}") from error
            await asyncio.sleep(0.5)


async def _apply(
    connection: Connection, steps: tuple[Migration, ...], deadline_s: float
) -> tuple[str, ...]:
    try:
        # Another migration may be under way: waiting for it is the point of the lock.
        await connection.execute(f"SET lock_timeout = '{int(deadline_s)}s'")
        await connection.execute("BEGIN")
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        todo = pending(steps, await _read_applied(connection))
        for step in todo:
            await connection.execute(step.sql.encode())
            await connection.execute(
                "INSERT INTO nenkin.migrations (number, name, sha256) VALUES (%s, %s, %s)",
                (step.number, step.name, step.sha256),
            )
    except psycopg.OperationalError as error:
        raise Unreachable(f"nothing was changed, the database was lost: {error}") from error
    except psycopg.Error as error:
        raise MigrateFailed(f"nothing was changed: {error}") from error
    connection.has_warned = False
    try:
        await connection.execute("COMMIT")
    except psycopg.Error as error:
        raise MigrateUnknown(f"COMMIT was not answered, run it again: {error}") from error
    if connection.has_warned:
        raise MigrateUnknown("committed, but no second copy is vouched for: run it again")
    return tuple(step.name for step in todo)


async def _read_applied(connection: Connection) -> tuple[Applied, ...]:
    cursor = await connection.execute("SELECT to_regclass('nenkin.migrations') IS NULL")
    if await cursor.fetchone() == (True,):
        await connection.execute(_BOOTSTRAP)
    cursor = await connection.execute(
        "SELECT number, name, sha256 FROM nenkin.migrations ORDER BY number"
    )
    return tuple(Applied(*row) for row in await cursor.fetchall())

"""The night's own schema in the database, brought up to date by numbered SQL files."""

from __future__ import annotations

import hashlib
import re
from importlib.resources import files

import psycopg

__all__ = ["InvalidSchema", "migrate"]

# Any constant will do: it is the name of the lock that keeps two migrations apart.
_LOCK = 0x6E69676874
_FILE = re.compile(r"([0-9]{4})_[a-z0-9_]+\.sql")
_BOOTSTRAP = """
    CREATE SCHEMA IF NOT EXISTS night;
    CREATE TABLE IF NOT EXISTS night.migrations (
        number     integer PRIMARY KEY,
        name       text NOT NULL,
        sha256     text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
    )"""


class InvalidSchema(Exception):
    """The files and the database contradict each other; the text says where and what to do."""


def migrate(dsn: str) -> tuple[str, ...]:
    """Apply what is pending in one transaction, the engine's own schema first; the names of what was applied.

    Raises InvalidSchema or psycopg.Error, and nothing was changed.
    """
    steps = _steps()
    with psycopg.connect(dsn) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        connection.execute(_BOOTSTRAP)
        applied = connection.execute(
            "SELECT number, name, sha256 FROM night.migrations ORDER BY number"
        ).fetchall()
        for step, row in zip(steps, applied, strict=False):
            if step[:3] != row:
                raise InvalidSchema(
                    f"{step[1]}: applied as {row[1]} with another checksum; restore the file, make a new one"
                )
        if len(applied) > len(steps):
            raise InvalidSchema(
                f"the database is at {applied[-1][1]}, newer than this code; install its release"
            )
        for number, name, sha256, sql in steps[len(applied) :]:
            connection.execute(sql.encode())
            connection.execute(
                "INSERT INTO night.migrations (number, name, sha256) VALUES (%s, %s, %s)",
                (number, name, sha256),
            )
    return tuple(step[1] for step in steps[len(applied) :])


def _steps() -> list[tuple[int, str, str, str]]:
    found = []
    for file in sorted(files("monitors.dispatch").joinpath("migrations").iterdir(), key=str):
        if match := _FILE.fullmatch(file.name):
            sql = file.read_text(encoding="utf-8")
            found.append((int(match[1]), file.name, hashlib.sha256(sql.encode()).hexdigest(), sql))
    return found

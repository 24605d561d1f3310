"""A database of its own for a measurement, beside the one that a setting names, and dropped at the end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from nenkin.migrate import migrate

PREFIX = "nenkin_bench"


@contextmanager
def scratch(dsn: str, database: str = "records") -> Iterator[str]:
    """The connection string of a new database with the schema of `database`; psycopg.Error, what migrate raises."""
    name = f"{PREFIX}_{os.getpid()}_{time.time_ns()}"
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        try:
            own = make_conninfo(dsn, dbname=name)
            asyncio.run(migrate(database, own))
            # Nobody but a superuser may; without it, the first of two runs pays for what was before.
            with contextlib.suppress(psycopg.errors.InsufficientPrivilege):
                connection.execute("CHECKPOINT")
            yield own
        finally:
            connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@contextmanager
def kept(dsn: str, name: str, database: str) -> Iterator[str]:
    """As `scratch`, by name: one that is there is used, and only what ends well drops it."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        there = "SELECT 1 FROM pg_database WHERE datname = %s"
        if connection.execute(there, (name,)).fetchone() is None:
            connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    own = make_conninfo(dsn, dbname=name)
    asyncio.run(migrate(database, own))
    yield own
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def data_folder(dsn: str) -> Path | None:
    """Where the server keeps its data, if that is on this machine and the role may know."""
    try:
        with psycopg.connect(dsn) as connection:
            [folder] = connection.execute("SHOW data_directory").fetchone() or ("",)
    except psycopg.errors.InsufficientPrivilege:
        return None
    return Path(folder) if Path(folder).is_dir() else None


def require_room(dsn: str, needed: int, what: str) -> None:
    """OSError where the server's disk, if it is one of this machine, has no room for so many bytes."""
    folder = data_folder(dsn)
    if folder is not None and shutil.disk_usage(folder).free < needed:
        raise OSError(28, f"{needed / 1e9:.1f} GB are needed for {what}", str(folder))


def server_cpu_s(connection: psycopg.Connection[tuple[object, ...]]) -> float | None:
    """Processor seconds of the server's processes that have ended; None where it is not on this machine."""
    row = connection.execute("SELECT pg_backend_pid()").fetchone()
    try:
        backend = _stat(int(str(row[0]))) if row else []
        if not backend or "postgres" not in backend[0]:
            return None
        # The postmaster has waited for all of them: what they took is told as its children's.
        postmaster = _stat(int(backend[2]))
    except (OSError, ValueError, IndexError):
        return None
    return (int(postmaster[14]) + int(postmaster[15])) / os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str]:
    """Name, state, parent and so on of a process, as /proc has them behind its id."""
    _, _, rest = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").partition(" (")
    name, _, fields = rest.rpartition(") ")
    return [name, *fields.split()]

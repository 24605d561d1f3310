"""A migrated database for a measurement, made beside the one that a DSN names and dropped at the end."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from nenkin.migrate import migrate


@contextmanager
def scratch(dsn: str, database: str = "records") -> Iterator[str]:
    """The DSN of an empty database with the schema of `database`; raises psycopg.Error and what migrate raises."""
    name = f"nenkin_bench_{database}_{os.getpid()}"
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

"""A batch's connections to its database."""

from __future__ import annotations

from typing import Any

import psycopg

from nenkin.connection import connection_string

__all__ = ["Connection", "open_connection"]

Connection = psycopg.Connection[tuple[Any, ...]]

# A batch may wait: for the part that a killed run of the same day still has under way, above all.
_SESSION = """
    SET lock_timeout = '600s';
    SET work_mem = '128MB';
    SET jit = off"""


def open_connection(dsn: str, application: str = "nenkin-pay") -> Connection:
    """A connection in autocommit mode whose statements may take their time; raises psycopg.OperationalError."""
    connection = psycopg.connect(connection_string(dsn, application), autocommit=True)
    try:
        connection.execute(_SESSION)
    except psycopg.Error:
        connection.close()
        raise
    return connection

"""Connections of a worker: one for each question, so that none is found dead when it matters."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg

__all__ = ["LINE", "connected"]

# A dead line is noticed within seconds, as everywhere.
LINE: dict[str, Any] = {
    "connect_timeout": 2,
    "tcp_user_timeout": 3000,
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "keepalives_count": 3,
}


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    """A connection that commits each statement by itself; psycopg.Error."""
    made = await psycopg.AsyncConnection.connect(
        dsn, autocommit=True, application_name="hikae-worker", **LINE
    )
    async with made:
        yield made

"""Answers, and what makes repeating a first answer as safe as the first time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nenkin.connection import Connection


@dataclass(frozen=True, slots=True)
class Answer:
    """A fulfilled request: HTTP status and JSON body."""

    status: int
    body: dict[str, Any]


async def vouch(connection: Connection, subject: str) -> None:
    """Makes the COMMIT of this transaction wait for the synchronous replicas.

    A row that is visible may exist in one copy only (its own commit's wait was cut short), and a
    transaction that merely reads does not wait for anything: repeating the first answer would
    acknowledge what a failover can still lose. A message in the log is a write of its own, behind
    the row, so its acknowledgement covers the row.
    """
    await connection.execute(
        "SELECT pg_logical_emit_message(true, 'nenkin.replay', %s::text)", (subject,)
    )

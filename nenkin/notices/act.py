"""The act that a notice is entered by."""

from __future__ import annotations

from uuid import UUID

from nenkin.access.caller import Caller
from nenkin.connection import Connection
from nenkin.outcome import Rejected

__all__ = ["act_of_key", "begin"]

_BEGIN = """
    INSERT INTO nenkin.acts (key, operator, terminal, office, purpose) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (key) DO NOTHING RETURNING id"""
_KNOWN = "SELECT id FROM nenkin.acts WHERE key = %s"
# Two who change one person's record at the same time wait for one another.
_LOCK = "SELECT FROM nenkin.persons WHERE number = %s FOR NO KEY UPDATE"


async def begin(connection: Connection, caller: Caller, key: UUID, number: str) -> int | None:
    """A new act on a person's record; None where the key's act is done already. Rejected with 404 for nobody's number."""
    cursor = await connection.execute(_LOCK, (number,))
    if await cursor.fetchone() is None:
        raise Rejected(404, f"number {number} is not on record")
    who = (key, caller.operator, caller.terminal, caller.office, caller.purpose)
    cursor = await connection.execute(_BEGIN, who)
    row = await cursor.fetchone()
    return None if row is None else int(row[0])


async def act_of_key(connection: Connection, key: UUID) -> int:
    """The act that was done under a key; Rejected with 409 where it is not to be seen yet."""
    cursor = await connection.execute(_KNOWN, (key,))
    row = await cursor.fetchone()
    if row is None:
        raise Rejected(409, f"key {key} is being used elsewhere; ask again")
    return int(row[0])

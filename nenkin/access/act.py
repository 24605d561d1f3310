"""Acts: what somebody did to the records under a key, so that the same again is the same act."""

from __future__ import annotations

from uuid import UUID

from psycopg.errors import LockNotAvailable

from nenkin.access.caller import Caller
from nenkin.connection import Connection
from nenkin.outcome import Unknown

_FIND = "SELECT id FROM nenkin.acts WHERE key = %s"
_ENTER = """
    INSERT INTO nenkin.acts (key, operator, terminal, office, purpose) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (key) DO NOTHING RETURNING id"""


async def enter(connection: Connection, key: UUID, caller: Caller) -> tuple[int, bool]:
    """The act of a key, and whether it is new; raises Unknown while the same is under way elsewhere."""
    values = (key, caller.operator, caller.terminal, caller.office, caller.purpose)
    try:
        row = await (await connection.execute(_ENTER, values)).fetchone()
    except LockNotAvailable as error:
        raise Unknown("another request with this key is still under way") from error
    if row is not None:
        return int(row[0]), True
    row = await (await connection.execute(_FIND, (key,))).fetchone()
    assert row is not None
    return int(row[0]), False

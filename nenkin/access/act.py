"""Acts: what somebody did to the records under a key, so that the same again is the same act."""

from __future__ import annotations

from uuid import UUID

from psycopg.errors import LockNotAvailable

from nenkin.access.caller import Caller
from nenkin.connection import Connection
from nenkin.outcome import Rejected, Unknown

_FIND = "SELECT id FROM nenkin.acts WHERE key = %s"
_ENTER = """
    INSERT INTO nenkin.acts (key, operator, terminal, office, purpose) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (key) DO NOTHING RETURNING id"""

_KEEP = "INSERT INTO nenkin.posted_forms (act, sha256) VALUES (%s, %s)"
_KEPT = "SELECT sha256 FROM nenkin.posted_forms WHERE act = %s"


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


async def keep(connection: Connection, act: int, content: bytes) -> None:
    """Keeps the checksum of the form that an act posted."""
    await connection.execute(_KEEP, (act, content))


async def require_same(connection: Connection, act: int, key: UUID, content: bytes) -> None:
    """Raises Rejected with 409 where an act posted another form, or none."""
    row = await (await connection.execute(_KEPT, (act,))).fetchone()
    if row is None or row[0] != content:
        raise Rejected(409, f"key {key} was used for something else; take a new key")

"""A change of address (住所変更): a row from the day of the change on; one for the same day supersedes it."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from nenkin.access.caller import Caller
from nenkin.connection import Connection
from nenkin.notices.act import act_of_key, begin
from nenkin.outcome import Rejected
from nenkin.replay import Answer, vouch

__all__ = ["change"]

_STANDING = """
    SELECT since, revision, postcode, address FROM nenkin.current_addresses
    WHERE number = %s AND since <= %s ORDER BY since DESC LIMIT 1"""
_REVISION = (
    "SELECT coalesce(max(revision), 0) FROM nenkin.addresses WHERE number = %s AND since = %s"
)
_SUPERSEDE = """
    INSERT INTO nenkin.superseded_addresses (number, since, revision, act) VALUES (%s, %s, %s, %s)"""
_INSERT = """
    INSERT INTO nenkin.addresses (number, since, revision, postcode, address, act)
    VALUES (%s, %s, %s, %s, %s, %s)"""
_ENTERED = """
    SELECT since, postcode, address FROM nenkin.addresses WHERE number = %s AND act = %s"""


async def change(
    connection: Connection,
    caller: Caller,
    key: UUID,
    number: str,
    since: date,
    postcode: str,
    address: str,
) -> Answer:
    """Enters the address; the same key and values again get the first answer.

    Raises Rejected: 404 for nobody's number, 409 for the key with other values or an address that stands already.
    """
    body = {"number": number, "since": str(since), "postcode": postcode, "address": address}
    act = await begin(connection, caller, key, number)
    if act is None:
        await _require_same(connection, key, number, (since, postcode, address))
        return Answer(200, body)
    cursor = await connection.execute(_STANDING, (number, since))
    standing = await cursor.fetchone()
    if standing is not None and standing[2:] == (postcode, address):
        raise Rejected(409, f"address: it stands already since {standing[0]}")
    if standing is not None and standing[0] == since:
        await connection.execute(_SUPERSEDE, (number, since, standing[1], act))
    cursor = await connection.execute(_REVISION, (number, since))
    [last] = await cursor.fetchone() or (0,)
    await connection.execute(_INSERT, (number, since, last + 1, postcode, address, act))
    return Answer(201, body)


async def _require_same(
    connection: Connection, key: UUID, number: str, wanted: tuple[date, str, str]
) -> None:
    act = await act_of_key(connection, key)
    cursor = await connection.execute(_ENTERED, (number, act))
    if await cursor.fetchone() != wanted:
        raise Rejected(409, f"key {key} was used for something else; take a new key")
    await vouch(connection, str(key))

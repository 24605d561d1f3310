"""A basic number for the holder of a provisional one who was found to be nobody else on record."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from nenkin.connection import Connection
from nenkin.number import PensionNumber
from nenkin.numbers import act, serial
from nenkin.numbers.forms import BasicForm
from nenkin.numbers.issue import lock
from nenkin.numbers.lookup import COLUMNS, body
from nenkin.outcome import Rejected
from nenkin.replay import Answer, vouch

_BY_KEY = f"SELECT asked_office, {COLUMNS} FROM nenkin.numbers WHERE key = %s"
_HOLDER = """
    SELECT nenkin.number_in_force(number, 'infinity'), name_kana, name_key, birth_date, sex, address, address_key
    FROM nenkin.numbers WHERE number = %s"""
_OPEN = """
    SELECT id FROM nenkin.open_candidates WHERE one = %(number)s OR other = %(number)s
    ORDER BY id LIMIT 1"""
# What was decided of the provisional number is so of the basic one: nobody is asked again.
_PASS_ON = """
    WITH decided AS (
        SELECT CASE WHEN one = %(old)s THEN other ELSE one END AS stranger, level
        FROM nenkin.candidates WHERE one = %(old)s OR other = %(old)s
    ), entered AS (
        INSERT INTO nenkin.candidates (one, other, level, found_by)
        SELECT least(stranger, %(new)s), greatest(stranger, %(new)s), level, 'issue' FROM decided
        ON CONFLICT DO NOTHING RETURNING id
    )
    INSERT INTO nenkin.reviews (key, candidate, decision, drafter, approver, reason)
    SELECT gen_random_uuid(), id, 'different', %(drafter)s, %(approver)s, %(reason)s FROM entered"""


async def issue_basic(
    connection: Connection, key: UUID, number: str, form: BasicForm, office: str
) -> Answer:
    """Issues a basic number and puts the provisional one under it, once for each key.

    Raises Rejected: 404 for a number that is not on record, 422 for one that is not provisional, 409 for one that
    stands under another or has a candidate to be decided, for the same key with another body, and at the limit of the
    serials; Unknown.
    """
    await lock(connection, key, number.encode())
    await act.lock(connection)
    asked_office = form.office or office
    row = await (await connection.execute(_BY_KEY, (key,))).fetchone()
    if row is not None:
        return await _repeat(connection, key, number, form, (asked_office, row))
    if await act.find(connection, key) is not None:
        raise Rejected(409, f"key {key} was used for another act; take a new key")
    row = await (await connection.execute(_HOLDER, (number,))).fetchone()
    if row is None:
        raise Rejected(404, f"number {number} is not on record")
    if not PensionNumber.parse(number).is_provisional:
        raise Rejected(422, f"number: {number} is a basic number already")
    if row[0] != number:
        raise Rejected(409, f"number {number} stands under {row[0]}")
    waiting = await (await connection.execute(_OPEN, {"number": number})).fetchone()
    if waiting is not None:
        raise Rejected(409, f"candidate {waiting[0]} of {number} is to be decided first")
    names = ("name_kana", "name_key", "birth_date", "sex", "address", "address_key")
    values = dict(zip(names, row[1:], strict=True)) | {"key": key, "asked_office": asked_office}
    made = await serial.take(connection, values, (asked_office,))
    entered = await act.enter(connection, key, form, head=made[0], members=(number,))
    await connection.execute(_PASS_ON, form.model_dump() | {"old": number, "new": made[0]})
    return Answer(201, body(made) | {"act": entered["act"]})


async def _repeat(
    connection: Connection,
    key: UUID,
    number: str,
    form: BasicForm,
    known: tuple[str, tuple[Any, ...]],
) -> Answer:
    asked_office, row = known
    entered = await act.find(connection, key)
    said = form.model_dump(exclude={"office"}) | {"members": [number]}
    if entered is None or not entered.items() >= said.items() or row[0] != asked_office:
        raise Rejected(409, f"key {key} was used for another number; take a new key")
    await vouch(connection, str(key))
    return Answer(200, body(row[1:]) | {"act": entered["act"]})

"""Registering persons and issuing their numbers."""

from __future__ import annotations

from typing import Any

from nenkin.connection import Connection
from nenkin.forms import PersonForm
from nenkin.number import LAST_SERIAL, PensionNumber
from nenkin.outcome import Rejected
from nenkin.replay import Answer, vouch

_COLUMNS = "number, name_kana, birth_date, sex, registered_at"
_INSERT = f"""
    INSERT INTO nenkin.persons (number, name_kana, birth_date, sex, act)
    VALUES (%s, %s, %s, %s, %s) ON CONFLICT (number) DO NOTHING RETURNING {_COLUMNS}"""
_SELECT = f"SELECT {_COLUMNS} FROM nenkin.persons WHERE number = %s"
_BY_ACT = f"SELECT {_COLUMNS} FROM nenkin.persons WHERE act = %s"
_ISSUE = """
    INSERT INTO nenkin.issued_serials AS issued (office, last_serial) VALUES (%s, 1)
    ON CONFLICT (office) DO UPDATE SET last_serial = issued.last_serial + 1
    WHERE issued.last_serial < %s RETURNING last_serial"""


async def register(
    connection: Connection, form: PersonForm, office: str, act: int | None = None
) -> Answer:
    """Registers a person; without a number, `form.office` or else `office` issues the next one.

    The same person under the same number again gets the first answer; raises Rejected with 409
    for another person under that number, or when the office has issued its last serial.
    """
    if form.number is None:
        return await _register_new(connection, form, form.office or office, act)
    row = await _insert(connection, form.number, form, act)
    if row is not None:
        return Answer(201, row)
    cursor = await connection.execute(_SELECT, (form.number,))
    found = _body(await cursor.fetchone())
    if found is None:
        raise Rejected(409, f"number {form.number} was being registered elsewhere; ask again")
    if not _is_same(found, form):
        raise Rejected(409, f"number {form.number} belongs to another person")
    await vouch(connection, form.number)
    return Answer(200, found)


async def registered_by(connection: Connection, act: int, form: PersonForm) -> Answer | None:
    """The person whom an act registered, None where it registered none; Rejected with 409 for another than `form`."""
    found = _body(await (await connection.execute(_BY_ACT, (act,))).fetchone())
    if found is None:
        return None
    if not _is_same(found, form) or form.number not in (None, found["number"]):
        raise Rejected(409, "this key was used for another person; take a new key")
    await vouch(connection, found["number"])
    return Answer(200, found)


def _is_same(found: dict[str, Any], form: PersonForm) -> bool:
    said = (form.name_kana, str(form.birth_date), form.sex)
    return (found["name_kana"], found["birth_date"], found["sex"]) == said


async def _register_new(
    connection: Connection, form: PersonForm, office: str, act: int | None
) -> Answer:
    while True:
        # The lock on the office's row is held to the end: two transactions never issue one serial.
        cursor = await connection.execute(_ISSUE, (office, LAST_SERIAL))
        issued = await cursor.fetchone()
        if issued is None:
            raise Rejected(409, f"office {office} has issued its last serial; name another office")
        row = await _insert(connection, str(PensionNumber(office, issued[0])), form, act)
        # No row: the number came in with a person who held it already, so the next one is due.
        if row is not None:
            return Answer(201, row)


async def _insert(
    connection: Connection, number: str, form: PersonForm, act: int | None
) -> dict[str, Any] | None:
    values = (number, form.name_kana, form.birth_date, form.sex, act)
    cursor = await connection.execute(_INSERT, values)
    return _body(await cursor.fetchone())


def _body(row: tuple[Any, ...] | None) -> dict[str, Any] | None:
    if row is None:
        return None
    number, name_kana, birth_date, sex, registered_at = row
    return {
        "number": number,
        "name_kana": name_kana,
        "birth_date": str(birth_date),
        "sex": sex,
        "registered_at": registered_at.isoformat(),
    }

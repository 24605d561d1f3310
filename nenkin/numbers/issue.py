"""Issuing numbers: once for each key, per office without hole or repeat, provisional where one may exist.

Locks are taken in one order: key, person, office. The office's is held from its last statements to the end of COMMIT, so
that no serial is left out or given twice; a transaction that is lost takes its serial back with it.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID
from zlib import crc32

from psycopg.errors import LockNotAvailable

from nenkin.connection import Connection
from nenkin.matching.name import keys
from nenkin.matching.person import address_key
from nenkin.number import PROVISIONAL
from nenkin.numbers import serial
from nenkin.numbers.forms import IssueForm
from nenkin.numbers.lookup import COLUMNS, body
from nenkin.outcome import Rejected, Unknown
from nenkin.replay import Answer, vouch

# Kinds of advisory locks in the numbers database; 3 is that of acts.
_KEY_LOCK, _PERSON_LOCK = 1, 2

_LOCK = "SELECT pg_advisory_xact_lock(%s, %s), pg_advisory_xact_lock(%s, %s)"
_BY_KEY = f"SELECT asked_office, {COLUMNS} FROM nenkin.numbers WHERE key = %s"
_BY_NUMBER = f"SELECT name_key, {COLUMNS} FROM nenkin.numbers WHERE number = %s"
_ALIKE = """
    SELECT number FROM nenkin.numbers
    WHERE birth_date = %(birth_date)s AND sex = %(sex)s AND name_key = %(name_key)s
    ORDER BY number"""
_CANDIDATES = """
    INSERT INTO nenkin.candidates (one, other, level, found_by)
    SELECT one, %s, 'duplicate', 'issue' FROM unnest(%s::text[]) AS one"""
# A provisional number stands behind all that were there before it, by its series and serial.
_FOUND = "SELECT one FROM nenkin.candidates WHERE other = %s AND found_by = 'issue' ORDER BY one"


async def issue(connection: Connection, key: UUID, form: IssueForm, office: str) -> Answer:
    """Issues a number of `form.office` or else `office`; the same key and body again get the first answer.

    Where name, birth date and sex are those of a number on record it is a provisional one, with a candidate for each.
    A number that the person holds is confirmed instead. Raises Rejected: 409 for the same key with another body, for a
    number of another person, and at the limit of the serials, 404 for a number that is not on record; Unknown while
    another request with this key or for this person is under way.
    """
    asked_office, name_key = form.office or office, keys(form.name_kana).match
    values = {
        "key": key,
        "asked_office": asked_office,
        "name_kana": form.name_kana,
        "name_key": name_key,
        "birth_date": form.birth_date,
        "sex": form.sex,
        "address": form.address,
        "address_key": address_key(form.address),
    }
    if form.number is not None:
        return await _confirm(connection, form.number, values)
    person = b"|".join((str(form.birth_date).encode(), form.sex.encode(), name_key))
    await lock(connection, key, person)
    row = await (await connection.execute(_BY_KEY, (key,))).fetchone()
    if row is not None:
        return await _repeat(connection, key, values, row)
    alike = await _alike(connection, values)
    row = await serial.take(connection, values, PROVISIONAL if alike else (asked_office,))
    number = row[0]
    if alike:
        await connection.execute(_CANDIDATES, (number, alike))
    return Answer(201, body(row) | {"candidates": alike})


async def lock(connection: Connection, key: UUID, person: bytes) -> None:
    """Waits until no other request with this key or for this person is under way; raises Unknown."""
    try:
        locks = (_KEY_LOCK, _signed(key.bytes), _PERSON_LOCK, _signed(person))
        await connection.execute(_LOCK, locks)
    except LockNotAvailable as error:
        raise Unknown(
            "another request with this key or for this person is still under way"
        ) from error


async def _confirm(connection: Connection, number: str, values: dict[str, Any]) -> Answer:
    row = await (await connection.execute(_BY_NUMBER, (number,))).fetchone()
    if row is None:
        raise Rejected(404, f"number {number} is not on record")
    found = (row[0], row[3], row[4])
    if found != (values["name_key"], values["birth_date"], values["sex"]):
        raise Rejected(409, f"number {number} belongs to another person")
    await vouch(connection, number)
    return Answer(200, body(row[1:]) | {"candidates": []})


async def _repeat(
    connection: Connection, key: UUID, values: dict[str, Any], row: tuple[Any, ...]
) -> Answer:
    asked_office, number, *person, _ = row
    wanted = [values[name] for name in ("name_kana", "birth_date", "sex", "address")]
    if [asked_office, *person] != [values["asked_office"], *wanted]:
        raise Rejected(409, f"key {key} was used for another person or office; take a new key")
    found = await (await connection.execute(_FOUND, (number,))).fetchall()
    await vouch(connection, str(key))
    return Answer(200, body(row[1:]) | {"candidates": [one for (one,) in found]})


async def _alike(connection: Connection, values: dict[str, Any]) -> list[str]:
    if not values["name_key"]:
        # A name of nothing but blanks and long vowels is like no other.
        return []
    rows = await (await connection.execute(_ALIKE, values)).fetchall()
    return [number for (number,) in rows]


def _signed(data: bytes) -> int:
    """A checksum in the range of PostgreSQL's integer; two that meet by chance wait for one another, no more."""
    return crc32(data) - 2**31

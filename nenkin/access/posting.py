"""Entering rows into a person's record and superseding wrong ones, once for each key."""

from __future__ import annotations

import hashlib
from uuid import UUID

import psycopg
from psycopg import sql

from nenkin.access import act
from nenkin.access.caller import Caller
from nenkin.access.entries import BEGINS, EntryForm, Row, Wrong, WrongPosting, begins
from nenkin.connection import Connection
from nenkin.outcome import Rejected
from nenkin.replay import Answer, vouch

_KNOWN = "SELECT FROM nenkin.persons WHERE number = %s"
_GONE = """
    INSERT INTO nenkin.superseded_contributions (id, act)
    SELECT id, %s FROM nenkin.contributions WHERE id = %s AND number = %s RETURNING id"""


async def post(connection: Connection, key: UUID, form: EntryForm, caller: Caller) -> Answer:
    """Enters a form's rows in one act; the same key and form again get the first answer.

    Raises Rejected: 404 for a number that is not on record or a row that is not there, 409 for the same key with another
    form and for rows that contradict what stands, 422 for what breaks a rule of the table. Nothing is half entered.
    """
    done, is_new = await act.enter(connection, key, caller)
    content = hashlib.sha256(form.model_dump_json().encode()).digest()
    if not is_new:
        await act.require_same(connection, done, key, content)
        await vouch(connection, str(key))
        return Answer(200, _body(form, done))
    if await (await connection.execute(_KNOWN, (form.number,))).fetchone() is None:
        raise Rejected(404, f"number {form.number} is not on record")
    await act.keep(connection, done, content)
    for wrong in form.supersede:
        await _supersede(connection, form.number, wrong, done)
    for row in form.enter:
        await _enter(connection, form.number, row, done)
    return Answer(201, _body(form, done))


async def _supersede(
    connection: Connection, number: str, wrong: Wrong | WrongPosting, done: int
) -> None:
    try:
        if isinstance(wrong, WrongPosting):
            cursor = await connection.execute(_GONE, (done, wrong.id, number))
            if await cursor.fetchone() is None:
                raise Rejected(404, f"contributions: {number} has no posting {wrong.id}")
            return
        query = sql.SQL(
            "INSERT INTO nenkin.{} (number, {}, revision, act) VALUES (%s, %s, %s, %s)"
        ).format(sql.Identifier(f"superseded_{wrong.of}"), sql.Identifier(BEGINS[wrong.of]))
        await connection.execute(query, (number, wrong.begins, wrong.revision, done))
    except psycopg.errors.ForeignKeyViolation as error:
        raise Rejected(
            404,
            f"{wrong.of}: {number} has no row that begins {_when(wrong)}",
        ) from error
    except psycopg.errors.UniqueViolation as error:
        raise Rejected(
            409, f"{wrong.of}: the row of {_when(wrong)} is superseded already"
        ) from error


def _when(wrong: Wrong | WrongPosting) -> str:
    if isinstance(wrong, WrongPosting):
        return f"posting {wrong.id}"
    return f"{wrong.begins} as revision {wrong.revision}"


async def _enter(connection: Connection, number: str, row: Row, done: int) -> None:
    values = row.model_dump(exclude={"of"}) | {"number": number, "act": done}
    table, start = sql.Identifier(row.of), sql.Identifier(BEGINS[row.of])
    query = sql.SQL(
        """INSERT INTO nenkin.{table} ({names}, revision) SELECT {values}, coalesce(max(revision), 0) + 1
           FROM nenkin.{table} WHERE number = %(number)s AND {start} = {begins}"""
    ).format(
        table=table,
        names=sql.SQL(", ").join(map(sql.Identifier, values)),
        values=sql.SQL(", ").join(map(sql.Placeholder, values)),
        start=start,
        begins=sql.Placeholder(BEGINS[row.of]),
    )
    where = f"{row.of} of {begins(row)}"
    try:
        await connection.execute(query, values)
    except (psycopg.errors.RestrictViolation, psycopg.errors.UniqueViolation) as error:
        raise Rejected(
            409, f"{where}: a row stands there; supersede it in the same form"
        ) from error
    except psycopg.errors.ExclusionViolation as error:
        raise Rejected(
            409, f"{where}: it overlaps with what stands; supersede that in the same form"
        ) from error
    except psycopg.errors.ForeignKeyViolation as error:
        raise Rejected(404, f"{where}: {error.diag.message_primary}") from error
    except psycopg.errors.CheckViolation as error:
        raise Rejected(422, f"{where}: breaks the rule {error.diag.constraint_name}") from error


def _body(form: EntryForm, done: int) -> dict[str, object]:
    return {
        "act": done,
        "number": form.number,
        "superseded": len(form.supersede),
        "entered": len(form.enter),
    }

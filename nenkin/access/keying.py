"""Keying in bulk by two who do not see each other's: equal is posted once, different waits for a supervisor.

Invariant: a sheet has at most two keyings, of two operators, and at most one end. What is asked for again by the same
operator with the same content changes nothing. Nobody who keys is told what anybody else keyed, nor whether it agrees.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal
from uuid import UUID, uuid5

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from nenkin.access import postable
from nenkin.access.caller import Caller
from nenkin.access.postable import InvalidContent
from nenkin.connection import Connection
from nenkin.outcome import Refused, Rejected
from nenkin.replay import Answer

# Sheets of a request: all are posted in one transaction of about a second at most.
MOST = 50
_SPACE = UUID("1c0dbb3a-92a5-55a1-9b5e-3a3a9a0e1d55")

Batch = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Serial = Annotated[int, Field(strict=True, ge=1, le=999_999)]
Content = dict[str, Any]

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
_KEYED = """
    SELECT sheet, keying, form, content, operator FROM nenkin.keyed_sheets
    WHERE batch = %s AND sheet = ANY(%s)"""
_KEY = """
    INSERT INTO nenkin.keyed_sheets (batch, sheet, keying, form, content, operator, terminal, office)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"""
_END = """
    INSERT INTO nenkin.keyed_ends (batch, sheet, taken, content, operator, refused)
    VALUES (%s, %s, %s, %s, %s, %s)"""
_DIFFERENT = """
    SELECT sheet, form, first, second, first_operator, second_operator, keyed_at
    FROM nenkin.keyed_differences WHERE batch = %s ORDER BY sheet LIMIT 200"""
_ONE = """
    SELECT form, first, second, first_operator, second_operator FROM nenkin.keyed_differences
    WHERE batch = %s AND sheet = %s"""
_ENDED = "SELECT taken, content, operator, refused FROM nenkin.keyed_ends WHERE batch = %s AND sheet = %s"


class Sheet(BaseModel):
    """One sheet as somebody keyed it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sheet: Serial
    content: Content


class KeyingForm(BaseModel):
    """Sheets of a batch, all of one form."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    batch: Batch
    form: Literal["contribution", "entries"]
    sheets: Annotated[tuple[Sheet, ...], Field(min_length=1, max_length=MOST)]

    @model_validator(mode="after")
    def _each_once(self) -> KeyingForm:
        if len({one.sheet for one in self.sheets}) < len(self.sheets):
            raise ValueError("sheets: a sheet stands there twice")
        return self


class EndForm(BaseModel):
    """How a difference ends: the first or the second keying is taken, or a content of its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    take: Literal[1, 2] | None = None
    content: Content | None = None

    @model_validator(mode="after")
    def _one_way(self) -> EndForm:
        if (self.take is None) == (self.content is None):
            raise ValueError("take: give which keying is taken, or a content, not both")
        return self


async def key(connection: Connection, form: KeyingForm, caller: Caller) -> Answer:
    """Takes sheets in; 201, or 200 when all were there already.

    Raises Rejected: 422 for a content that breaks the form's rules, 409 for a sheet that this operator keyed otherwise
    or two others keyed already. Nothing of the request is taken in then.
    """
    parsed = {one.sheet: _parse(form.form, one.content, one.sheet) for one in form.sheets}
    await connection.execute(_LOCK, (form.batch,))
    cursor = await connection.execute(_KEYED, (form.batch, list(parsed)))
    keyed: dict[int, list[tuple[Any, ...]]] = {}
    for sheet, *rest in await cursor.fetchall():
        keyed.setdefault(sheet, []).append(tuple(rest))
    added = 0
    for sheet, typed in parsed.items():
        content, before = postable.canonical(typed), keyed.get(sheet, [])
        mine = [one for one in before if one[3] == caller.operator]
        if mine:
            if mine[0][1:3] != (form.form, content):
                raise Rejected(409, f"sheet {sheet}: you keyed it otherwise; that stays")
            continue
        if len(before) == 2:
            raise Rejected(409, f"sheet {sheet}: it was keyed twice already")
        who = (caller.operator, caller.terminal, caller.office)
        values = (form.batch, sheet, len(before) + 1, form.form, json.dumps(content), *who)
        await connection.execute(_KEY, values)
        added += 1
        if before and before[0][1:3] == (form.form, content):
            await _end(connection, form.batch, sheet, 1, typed, caller)
    body = {"batch": form.batch, "sheets": len(parsed)}
    return Answer(201 if added else 200, body)


async def differences(connection: Connection, batch: str) -> Answer:
    """Sheets of a batch whose two keyings differ, with the fields that do."""
    found = []
    rows = await (await connection.execute(_DIFFERENT, (batch,))).fetchall()
    for sheet, form, first, second, one, two, keyed_at in rows:
        fields = sorted(k for k in {*first, *second} if first.get(k) != second.get(k))
        found.append(
            {
                "sheet": sheet,
                "form": form,
                "first": first,
                "second": second,
                "differs": fields,
                "operators": [one, two],
                "keyed_at": keyed_at.isoformat(),
            }
        )
    return Answer(200, {"batch": batch, "differences": found})


async def end(
    connection: Connection, batch: str, sheet: int, form: EndForm, caller: Caller
) -> Answer:
    """Ends a difference and posts what was decided; the same again gets the same answer.

    Raises Rejected: 404 where nothing differs, 403 for one of the two who keyed, 409 where it ended otherwise.
    """
    await connection.execute(_LOCK, (batch,))
    row = await (await connection.execute(_ONE, (batch, sheet))).fetchone()
    if row is None:
        return await _ended(connection, batch, sheet, form)
    kind, first, second, *operators = row
    if caller.operator in operators:
        raise Rejected(403, f"sheet {sheet}: {caller.operator} keyed it; somebody else decides")
    content = form.content if form.take is None else (first, second)[form.take - 1]
    typed = _parse(kind, content, sheet)
    refused = await _end(connection, batch, sheet, form.take, typed, caller)
    return Answer(201, {"batch": batch, "sheet": sheet, "refused": refused})


async def _ended(connection: Connection, batch: str, sheet: int, form: EndForm) -> Answer:
    row = await (await connection.execute(_ENDED, (batch, sheet))).fetchone()
    if row is None:
        raise Rejected(404, f"sheet {sheet} of batch {batch}: no two keyings of it differ")
    if row[0] != form.take:
        raise Rejected(409, f"sheet {sheet}: it ended otherwise, by {row[2]}")
    return Answer(200, {"batch": batch, "sheet": sheet, "refused": row[3]})


async def _end(
    connection: Connection,
    batch: str,
    sheet: int,
    taken: int | None,
    typed: postable.Form,
    caller: Caller,
) -> str | None:
    """Posts a sheet and notes its end; why it could not be posted, or None."""
    refused = None
    await connection.execute("SAVEPOINT sheet")
    try:
        await postable.post(connection, uuid5(_SPACE, f"{batch}/{sheet}"), typed, caller)
    except (Rejected, Refused) as error:
        if connection.is_dropped or connection.closed:
            raise
        await connection.execute("ROLLBACK TO sheet")
        refused = str(error)
    values = (batch, sheet, taken, json.dumps(postable.canonical(typed)), caller.operator, refused)
    await connection.execute(_END, values)
    return refused


def _parse(form: str, content: object, sheet: int) -> postable.Form:
    try:
        return postable.parse(form, content)
    except InvalidContent as error:
        raise Rejected(422, f"sheet {sheet}: {error}") from error

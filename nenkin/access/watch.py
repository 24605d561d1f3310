"""Questions of security officers: who viewed this person, what did this operator view."""

from __future__ import annotations

from nenkin.connection import Connection
from nenkin.replay import Answer

PAGE = 200

_SELECT = """
    SELECT id, at, operator, terminal, office, purpose, kind, subject, outcome, fields, detail
    FROM nenkin.access_events WHERE {column} = %s AND id < %s ORDER BY id DESC LIMIT %s"""
_NAMES = (
    "id",
    "at",
    "operator",
    "terminal",
    "office",
    "purpose",
    "kind",
    "subject",
    "outcome",
    "fields",
    "detail",
)
LAST = 2**63 - 1


async def of_subject(connection: Connection, subject: str, before: int = LAST) -> Answer:
    """Events of a number's or an establishment's record, the latest first, from before an id on."""
    return await _events(connection, "subject", subject, before)


async def of_operator(connection: Connection, operator: str, before: int = LAST) -> Answer:
    """Events of what an operator did, the latest first, from before an id on."""
    return await _events(connection, "operator", operator, before)


async def _events(connection: Connection, column: str, value: str, before: int) -> Answer:
    query = _SELECT.format(column=column).encode()
    rows = await (await connection.execute(query, (value, before, PAGE + 1))).fetchall()
    events = [dict(zip(_NAMES, row, strict=True)) for row in rows[:PAGE]]
    for event in events:
        event["at"] = event["at"].isoformat()
        event["fields"] = event["fields"].split(",") if event["fields"] else []
    following = events[-1]["id"] if len(rows) > PAGE else None
    return Answer(200, {"events": events, "next": following})

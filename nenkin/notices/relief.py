"""Relief from premiums (免除・猶予) that was granted: unpaid months become exempt, the runs around them are cut."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple
from uuid import UUID

from nenkin.access.caller import Caller
from nenkin.benefits.ages import first_day, month_of
from nenkin.connection import Connection
from nenkin.notices.act import act_of_key, begin
from nenkin.outcome import Rejected
from nenkin.replay import Answer, vouch

__all__ = ["WHOLE", "grant"]

# Kinds of which nothing is left to pay. What is left of the partial ones has to be paid first, or the month stays unpaid.
WHOLE = ("full", "student", "deferment")
_STANDING = """
    SELECT first, last, revision, kind, amount, is_additional FROM nenkin.current_contribution_runs
    WHERE number = %s AND last >= %s AND first <= %s ORDER BY first"""
_POSTED = """
    SELECT min(month) FROM nenkin.current_contributions WHERE number = %s AND month BETWEEN %s AND %s"""
_SUPERSEDE = """
    INSERT INTO nenkin.superseded_contribution_runs (number, first, revision, act) VALUES (%s, %s, %s, %s)"""
_INSERT = """
    INSERT INTO nenkin.contribution_runs (number, first, revision, is_additional, last, kind, amount, act)
    SELECT %(number)s, %(first)s, 1 + coalesce(max(revision), 0), false, %(last)s, %(kind)s, 0, %(act)s
    FROM nenkin.contribution_runs WHERE number = %(number)s AND first = %(first)s"""
_ENTERED = """
    SELECT min(first), max(last) FROM nenkin.contribution_runs WHERE number = %s AND act = %s AND kind = %s"""


class _Run(NamedTuple):
    first: date
    last: date
    revision: int
    kind: str
    amount: int | None
    is_additional: bool


async def grant(
    connection: Connection, caller: Caller, key: UUID, number: str, kind: str, first: int, last: int
) -> Answer:
    """Enters the relief of the months from `first` to `last` (`ages.month_number`); the same again gets the first answer.

    Raises Rejected: 404 for nobody's number, 422 for a partial kind or a month that is not unpaid, 409 for the key with
    other values.
    """
    if kind not in WHOLE:
        raise Rejected(422, f"kind: {kind} is entered when the rest of the premium is paid")
    start, end = first_day(first), first_day(last)
    body = {"number": number, "kind": kind, "first": f"{start:%Y-%m}", "last": f"{end:%Y-%m}"}
    act = await begin(connection, caller, key, number)
    if act is None:
        done = await act_of_key(connection, key)
        cursor = await connection.execute(_ENTERED, (number, done, kind))
        if await cursor.fetchone() != (start, end):
            raise Rejected(409, f"key {key} was used for something else; take a new key")
        await vouch(connection, str(key))
        return Answer(200, body)
    cursor = await connection.execute(_STANDING, (number, start, end))
    runs = [_Run(*row) for row in await cursor.fetchall()]
    await _require_unpaid(connection, number, runs, first, last)
    for run in runs:
        await connection.execute(_SUPERSEDE, (number, run.first, run.revision, act))
    pieces = [(start, end, kind)]
    if runs[0].first < start:
        pieces.append((runs[0].first, first_day(first - 1), "unpaid"))
    if runs[-1].last > end:
        pieces.append((first_day(last + 1), runs[-1].last, "unpaid"))
    for begins, ends, what in sorted(pieces):
        values = {"number": number, "first": begins, "last": ends, "kind": what, "act": act}
        await connection.execute(_INSERT, values)
    return Answer(201, body)


async def _require_unpaid(
    connection: Connection, number: str, runs: list[_Run], first: int, last: int
) -> None:
    at = first
    for run in runs:
        if run.kind != "unpaid":
            month = max(run.first, first_day(first))
            raise Rejected(
                422, f"first: {month:%Y-%m} is {run.kind}, and only unpaid months can be relieved"
            )
        if month_of(run.first) > at:
            break
        at = month_of(run.last) + 1
    if at <= last:
        raise Rejected(422, f"first: nothing is on record for {first_day(at):%Y-%m}")
    cursor = await connection.execute(_POSTED, (number, first_day(first), first_day(last)))
    [posted] = await cursor.fetchone() or (None,)
    if posted is not None:
        raise Rejected(
            422, f"first: {posted:%Y-%m} is paid, and only unpaid months can be relieved"
        )

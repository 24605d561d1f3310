"""A whole record for a paper, read through the gate that leaves an event of it."""

from __future__ import annotations

from nenkin.access.caller import Caller
from nenkin.access.desk import Desk
from nenkin.access.event import Event
from nenkin.batch import today
from nenkin.connection import Connection
from nenkin.outcome import Rejected
from nenkin.paper.record import LATEST, SELECT, Mark, Record, of_row
from nenkin.replay import Answer

__all__ = ["read_record"]

_FIELDS = "accounts,addresses,birth_date,bonuses,contribution_runs,contributions,decisions,name,periods,sex"


async def read_record(
    desk: Desk, caller: Caller, number: str, kind: str, detail: str = ""
) -> Record:
    """The record as it stands, for a paper of a kind; raises Rejected with 404, Refused."""
    mark = Mark(LATEST, LATEST, today())

    async def work(connection: Connection) -> Answer:
        cursor = await connection.execute(SELECT.encode(), mark.parameters([number]))
        row = await cursor.fetchone()
        if row is None:
            raise Rejected(404, f"number {number} is not on record")
        return Answer(200, {"record": of_row(row)})

    answer = await desk.gate.read(
        caller,
        kind,
        work,
        number,
        events=lambda _: [Event.of(caller, kind, number, fields=_FIELDS, detail=detail)],
    )
    record = answer.body["record"]
    assert isinstance(record, Record)
    return record

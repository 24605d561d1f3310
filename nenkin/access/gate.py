"""The gate that every read and write of personal data goes through: the right looked at, the event left behind."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Any

from nenkin.access.caller import Caller
from nenkin.access.event import Event, enter, plain
from nenkin.access.journal import Journal
from nenkin.access.roles import Roles
from nenkin.connection import Connection
from nenkin.database import DEADLINE_S, Database, Work
from nenkin.outcome import Refused, Rejected, Unknown
from nenkin.replay import Answer

Events = Callable[[Answer], Sequence[Event]]


class Gate:
    """The records database behind rights and events."""

    def __init__(self, records: Database) -> None:
        self.records = records
        self.journal = Journal(records)
        self._roles = Roles()

    async def read(
        self,
        caller: Caller,
        kind: str,
        work: Work[Answer],
        subject: str | None = None,
        *,
        right: str = "read",
        events: Events | None = None,
    ) -> Answer:
        """What `work` reads, given once its event is committed; raises Rejected or Refused, both without data.

        The event names the parts of the answer; `events` gives others.
        """
        loop = asyncio.get_running_loop()
        started = loop.time()

        async def permitted(connection: Connection) -> Answer:
            await self._roles.require(connection, caller, right)
            return await work(connection)

        try:
            answer = await self.records.read(permitted)
        except Rejected as error:
            await self.refuse(caller, kind, subject, error)
            raise
        left = DEADLINE_S - (loop.time() - started)
        await self.journal.log(*_events(caller, kind, subject, answer, events), wait_s=left)
        return answer

    async def write(
        self,
        caller: Caller,
        kind: str,
        work: Work[Answer],
        subject: str | None = None,
        *,
        right: str = "write",
        events: Events | None = None,
    ) -> Answer:
        """What `work` writes, its event in the same transaction; raises what Database.write does."""

        async def permitted(connection: Connection) -> Answer:
            await self._roles.require(connection, caller, right)
            answer = await work(connection)
            await enter(connection, _events(caller, kind, subject, answer, events))
            return answer

        try:
            return await self.records.write(permitted)
        except Rejected as error:
            await self.refuse(caller, kind, subject, error)
            raise

    async def refuse(self, caller: Caller, kind: str, subject: str | None, error: Rejected) -> None:
        """Logs that a caller was refused; that this cannot be logged changes nothing for the caller."""
        await self.note(
            Event.of(caller, kind, subject, outcome="refused", detail=plain(error.reason))
        )

    async def note(self, event: Event) -> None:
        """Logs an event of something that was not shown, if it can be."""
        with contextlib.suppress(Refused, Unknown):
            await self.journal.log(event, wait_s=DEADLINE_S / 2)


def _events(
    caller: Caller, kind: str, subject: str | None, answer: Answer, events: Events | None
) -> Sequence[Event]:
    if events is not None:
        return events(answer)
    return (Event.of(caller, kind, subject, fields=fields(answer.body)),)


def fields(body: dict[str, Any]) -> str:
    """The parts of a record that a body shows: those that hold something."""
    return ",".join(sorted(name for name, value in body.items() if value not in (None, [], {})))

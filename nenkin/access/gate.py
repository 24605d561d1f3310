"""The gate that every read and write of personal data goes through: the right looked at, the event left behind."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, TypeVar

from nenkin.access.caller import Caller
from nenkin.access.event import Event, enter, plain
from nenkin.access.journal import Journal
from nenkin.access.roles import Roles
from nenkin.access.written import Written
from nenkin.connection import Connection
from nenkin.database import DEADLINE_S, Database, Work
from nenkin.outcome import Refused, Rejected, Unknown
from nenkin.replay import Answer

T = TypeVar("T")
Events = Callable[[Answer], Sequence[Event]]

_NUMBER = re.compile(r"[0-9]{4}-[0-9]{6}")
# Of an answer with more numbers than a page of candidates has, so many leave an event.
MOST_NUMBERS = 1000


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

    async def show(
        self, caller: Caller, kind: str, subject: str, look: Callable[[], Awaitable[Written]]
    ) -> Written:
        """As read(), of a record that `look` has written by the database, perhaps with those of others."""
        started = asyncio.get_running_loop().time()
        await self.require(caller, "read", kind, subject)
        written = await self._attempt(caller, kind, look(), subject)
        left = DEADLINE_S - (asyncio.get_running_loop().time() - started)
        await self.journal.log(Event.of(caller, kind, subject, fields=written.shown), wait_s=left)
        return written

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

    async def read_beside(
        self, other: Database, caller: Caller, kind: str, work: Work[Answer]
    ) -> Answer:
        """As read(), from a database beside the records; an event for each number in the answer."""
        started = asyncio.get_running_loop().time()
        await self.require(caller, "read", kind)
        answer = await self._attempt(caller, kind, other.read(work))
        await self._log_beside(caller, kind, answer, started)
        return answer

    async def write_beside(
        self, other: Database, caller: Caller, kind: str, work: Work[Answer]
    ) -> Answer:
        """As write(), to a database beside the records, logged behind it; raises Unknown where only that failed.

        So nothing is acknowledged without its event: the same again with the same key logs it, and writes nothing.
        """
        started = asyncio.get_running_loop().time()
        await self.require(caller, "write", kind)
        answer = await self._attempt(caller, kind, other.write(work))
        try:
            await self._log_beside(caller, kind, answer, started)
        except Refused as error:
            raise Unknown("it was done but not logged; repeat it with the same key") from error
        return answer

    async def require(
        self, caller: Caller, right: str, kind: str, subject: str | None = None
    ) -> None:
        """Raises Rejected where a caller has not the right, and logs that; Refused where it cannot be known."""
        if not self._roles.knows(caller.operator, right):
            asked = self.records.read(lambda c: self._roles.require(c, caller, right))
            await self._attempt(caller, kind, asked, subject)

    async def _attempt(
        self, caller: Caller, kind: str, done: Awaitable[T], subject: str | None = None
    ) -> T:
        try:
            return await done
        except Rejected as error:
            await self.refuse(caller, kind, subject, error)
            raise

    async def _log_beside(self, caller: Caller, kind: str, answer: Answer, started: float) -> None:
        shown = fields(answer.body)
        found = sorted(set(numbers_in(answer.body)))[:MOST_NUMBERS]
        events = [Event.of(caller, kind, one, fields=shown) for one in found]
        left = DEADLINE_S - (asyncio.get_running_loop().time() - started)
        await self.journal.log(*(events or [Event.of(caller, kind, fields=shown)]), wait_s=left)

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


def numbers_in(value: object) -> Iterator[str]:
    """The persons' numbers that stand anywhere in a document."""
    if isinstance(value, str):
        if _NUMBER.fullmatch(value):
            yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from numbers_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from numbers_in(part)


def fields(body: dict[str, Any]) -> str:
    """The parts of a record that a body shows: those that hold something."""
    return ",".join(sorted(name for name, value in body.items() if value not in (None, [], {})))

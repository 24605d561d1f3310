"""Events of reads, made durable before the answer is given, many by one commit.

One writer a process: while a commit waits for its second copy, the events of the next gather. So a read waits for two
commits at most, and a thousand reads a second cost the database as many commits as fit into one after the other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from nenkin.access.event import Event, enter
from nenkin.database import DEADLINE_S, Database
from nenkin.outcome import Refused, Unknown

# Events in a commit at most: a statement of some 100 kB.
MOST = 500


@dataclass(frozen=True, slots=True)
class _Entry:
    events: Sequence[Event]
    done: asyncio.Future[None]


class Journal:
    """The writer of events on the records database."""

    def __init__(self, records: Database) -> None:
        self._records = records
        self._waiting: list[_Entry] = []
        self._writer: asyncio.Task[None] | None = None

    async def log(self, *events: Event, wait_s: float = DEADLINE_S) -> None:
        """Returns once the events are committed; raises Refused when they may not be, after `wait_s` at the latest.

        Who is refused shows nothing. That the event may be there all the same says too much and never too little.
        """
        loop = asyncio.get_running_loop()
        entry = _Entry(events, loop.create_future())
        self._waiting.append(entry)
        if self._writer is None or self._writer.done():
            self._writer = loop.create_task(self._write())
        try:
            async with asyncio.timeout(wait_s):
                await entry.done
        except TimeoutError as error:
            raise Refused("the access could not be logged in time; nothing is shown") from error

    async def _write(self) -> None:
        while self._waiting:
            chosen, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            # Who gave up meanwhile was shown nothing.
            chosen = [entry for entry in chosen if not entry.done.done()]
            if chosen:
                await self._commit(chosen)

    async def _commit(self, chosen: Sequence[_Entry]) -> None:
        events = [event for entry in chosen for event in entry.events]
        failure: Refused | None = Refused("the access could not be logged; nothing is shown")
        try:
            await self._records.append(lambda connection: enter(connection, events))
            failure = None
        except (Refused, Unknown) as error:
            failure = Refused(f"the access could not be logged, nothing is shown: {error}")
        finally:
            # After a defect of ours too: those who wait must not wait until their time is up.
            for entry in chosen:
                if not entry.done.done():
                    _settle(entry.done, failure)


def _settle(done: asyncio.Future[None], failure: Refused | None) -> None:
    if failure is None:
        done.set_result(None)
    else:
        done.set_exception(failure)

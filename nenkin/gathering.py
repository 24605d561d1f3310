"""Questions of one kind that many ask at once, put together: those of some milliseconds share a statement.

Alone a question is asked at once. Under load the statements become longer and not more, so that each question costs
less: what parsing, planning, round trips and waking cost is paid once for all of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeVar

from nenkin.database import DEADLINE_S
from nenkin.outcome import Refused

V = TypeVar("V")
# Seconds from the beginning of one statement to that of the next at least: at 500 questions a second 2.5 share one.
PAUSE_S = 0.005
# Statements under way at once: two, so that one which is slow does not hold up all others.
ABREAST = 2
# Questions in a statement at most.
MOST = 50


class Gathering(Generic[V]):
    """Questions by key; `look` answers many at once, and leaves out what is not there."""

    def __init__(
        self,
        look: Callable[[Sequence[str]], Awaitable[Mapping[str, V]]],
        pause_s: float = PAUSE_S,
    ) -> None:
        self._look = look
        self._pause_s = pause_s
        self._waiting: dict[str, list[asyncio.Future[V | None]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()  # the loop holds tasks by weak reference
        self._under_way = 0
        self._next = 0.0  # on the loop's clock, before which no statement begins
        self._timer: asyncio.TimerHandle | None = None

    async def ask(self, key: str, wait_s: float = DEADLINE_S) -> V | None:
        """The answer, None where there is none; raises Refused where it fails or lasts longer than `wait_s`."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[V | None] = loop.create_future()
        self._waiting.setdefault(key, []).append(answer)
        self._begin()
        timer = loop.call_later(wait_s, _give_up, answer)
        try:
            return await answer
        finally:
            timer.cancel()

    def _begin(self) -> None:
        if not self._waiting or self._under_way >= ABREAST or self._timer is not None:
            return
        loop = asyncio.get_running_loop()
        now = loop.time()
        if now < self._next:
            self._timer = loop.call_at(self._next, self._begin_later)
            return
        self._next = now + self._pause_s
        self._under_way += 1
        chosen = [(key, self._waiting.pop(key)) for key in list(self._waiting)[:MOST]]
        task = loop.create_task(self._answer(chosen))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _begin_later(self) -> None:
        self._timer = None
        self._begin()

    async def _answer(self, chosen: list[tuple[str, list[asyncio.Future[V | None]]]]) -> None:
        found: Mapping[str, V] | None = None
        failure = "the database could not be asked; nothing is shown"
        try:
            found = await self._look([key for key, _ in chosen])
        except Refused as error:
            failure = str(error)
        finally:
            # After a defect of ours too: who waits must not wait until the time is up.
            for key, answers in chosen:
                for answer in answers:
                    if answer.done():
                        continue
                    if found is None:
                        answer.set_exception(Refused(failure))
                    else:
                        answer.set_result(found.get(key))
            self._under_way -= 1
            self._begin()


def asked(most: int) -> str:
    """The FROM item `asked (number)` of a statement whose one parameter is numbers, joined by commas.

    One text is far cheaper to hand over than an array. PostgreSQL keeps the plan of a prepared statement only where it
    expects no better one for the values at hand: of an array it would see the length and plan 1 ms anew at every call, of
    this it expects `most` rows in either case.
    """
    return f"(SELECT number FROM string_to_table(%s, ',') number LIMIT {most}) asked"


def _give_up(answer: asyncio.Future[V | None]) -> None:
    if not answer.done():
        answer.set_exception(Refused("the database did not answer in time; nothing is shown"))

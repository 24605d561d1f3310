"""A bounded pool of connections that is back at work as soon as the database is.

It keeps no growing back-off: while the database is away it tries again every RETRY_S, one attempt
at a time however many requests wait, so that an outage costs little and ends at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable

import psycopg

from nenkin.connection import Connection
from nenkin.outcome import Refused

RETRY_S = 0.1
# An attempt that takes longer than this no longer holds up the next one. Each ends by itself after
# its connect_timeout of 2 s, at two addresses after 4 s: new ones may start all that time.
SLOW_S = 0.25
PARALLEL = 4
PARALLEL_SLOW = 16

_log = logging.getLogger("nenkin.pool")


class Pool:
    """At most `size` connections, opened when somebody waits for one."""

    def __init__(self, connect: Callable[[], Awaitable[Connection]], size: int) -> None:
        self._connect = connect
        self._size = size
        self._idle: list[Connection] = []
        self._waiters: deque[asyncio.Future[Connection]] = deque()
        self._attempts: set[asyncio.Task[None]] = set()  # the loop holds tasks by weak reference
        self._open = 0  # idle or lent
        self._quick = 0  # attempts under way
        self._slow = 0  # attempts under way for longer than SLOW_S
        self._is_failing = False
        self._retry: asyncio.TimerHandle | None = None
        self._is_closed = False

    async def acquire(self, wait_s: float) -> Connection:
        """A usable connection; raises Refused when there is none within `wait_s` seconds."""
        while self._idle:
            connection = self._idle.pop()
            if connection.is_fresh:
                return connection
            self.discard(connection)
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[Connection] = loop.create_future()
        self._waiters.append(waiter)
        self._open_more()
        timer = loop.call_later(wait_s, self._give_up, waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self.release(waiter.result())
            elif waiter in self._waiters:
                self._waiters.remove(waiter)
            raise
        finally:
            timer.cancel()

    def release(self, connection: Connection) -> None:
        """Takes a connection back; one that is not as good as new is thrown away."""
        if self._is_closed or not connection.is_fresh:
            self.discard(connection)
        elif (waiter := self._next_waiter()) is not None:
            waiter.set_result(connection)
        else:
            self._idle.append(connection)

    def discard(self, connection: Connection) -> None:
        """Throws a connection away and makes room for another."""
        connection.discard()
        self._open -= 1
        self._open_more()

    def suspect(self) -> None:
        """Throws all idle connections away: one that fell silent says the others are dead too."""
        idle, self._idle = self._idle, []
        for connection in idle:
            self.discard(connection)

    def close(self) -> None:
        """Ends the pool; lent connections are thrown away when they come back."""
        self._is_closed = True
        if self._retry is not None:
            self._retry.cancel()
        for attempt in self._attempts:
            attempt.cancel()
        self.suspect()

    def _give_up(self, waiter: asyncio.Future[Connection]) -> None:
        if not waiter.done():
            self._waiters.remove(waiter)
            reason = "cannot be reached" if self._is_failing else "has no connection free"
            waiter.set_exception(Refused(f"the database {reason}; nothing was begun"))

    def _next_waiter(self) -> asyncio.Future[Connection] | None:
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                return waiter
        return None

    def _open_more(self) -> None:
        if self._is_closed or self._retry is not None:
            return
        wanted = min(
            len(self._waiters) - self._quick,
            self._size - self._open - self._quick,
            (1 if self._is_failing else PARALLEL) - self._quick,
            PARALLEL_SLOW - self._slow,
        )
        for _ in range(wanted):
            self._quick += 1
            attempt = asyncio.get_running_loop().create_task(self._attempt())
            self._attempts.add(attempt)
            attempt.add_done_callback(self._attempts.discard)

    async def _attempt(self) -> None:
        is_slow = False

        def mark_slow() -> None:
            nonlocal is_slow
            is_slow = True
            self._quick -= 1
            self._slow += 1
            self._open_more()

        timer = asyncio.get_running_loop().call_later(SLOW_S, mark_slow)
        try:
            connection = await self._connect()
        except (psycopg.Error, OSError) as error:
            self._note_failure(error)
        else:
            self._note_success()
            self._take_in(connection)
        finally:
            timer.cancel()
            if is_slow:
                self._slow -= 1
            else:
                self._quick -= 1
            self._open_more()

    def _take_in(self, connection: Connection) -> None:
        if self._open >= self._size:
            # Several attempts that hung came through at last.
            connection.discard()
            return
        self._open += 1
        self.release(connection)

    def _note_success(self) -> None:
        if self._is_failing:
            _log.warning("the database is reachable again")
        self._is_failing = False
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None

    def _note_failure(self, error: Exception) -> None:
        if not self._is_failing:
            _log.warning("the database cannot be reached: %s", error)
        self._is_failing = True
        if self._retry is None and not self._is_closed:
            self._retry = asyncio.get_running_loop().call_later(RETRY_S, self._try_again)

    def _try_again(self) -> None:
        self._retry = None
        self._open_more()

"""Requests at a fixed rate whatever becomes of the last ones, and how long each took from its due time."""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import cast

import uvloop

# Connections at most: a service that answers ten times slower than wanted has them all.
MOST = 200
# Seconds after which a request counts as one without an answer.
PATIENCE_S = 5.0
# Seconds at the beginning that do not count: connections are opened, statements prepared.
SKIPPED_S = 1.0


@dataclass(slots=True)
class Measured:
    """Seconds of each answered request, and how often each status was answered; 0 is no answer."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    late_s: float = 0.0
    cpu_s: float = 0.0  # of the process that asked

    def quantile(self, share: float) -> float:
        """The time that this share of the requests did not exceed, ms; infinite where nothing was answered."""
        if not self.seconds:
            return float("inf")
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000

    def report(self) -> dict[str, object]:
        """As a part of a report; times in ms."""
        return {
            "requests": sum(self.statuses.values()),
            "statuses": {str(status): n for status, n in sorted(self.statuses.items())},
            "p50_ms": round(self.quantile(0.5), 2),
            "p99_ms": round(self.quantile(0.99), 2),
            "max_ms": round(self.quantile(1.0), 2),
            "late_ms": round(self.late_s * 1000, 2),
            "load_average": round(os.getloadavg()[0], 2),
        }


Told = Callable[["_Line", int], None]


class _Line(asyncio.Protocol):
    """A connection with one request at a time; `told` is called with the status of its answer, 0 where it broke."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._transport: asyncio.Transport | None = None
        self._read = bytearray()
        self.place: tuple[float, int] | None = None  # when the request was due, and which it is

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclasses of asyncio's.
        self._transport = cast(asyncio.Transport, transport)

    def ask(self, due: float, place: int, request: bytes) -> None:
        """Sends a request."""
        self.place = (due, place)
        assert self._transport is not None
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._read += data
        ends = self._read.find(b"\r\n\r\n")
        if ends < 0:
            return
        head = bytes(self._read[:ends]).lower()
        length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        if len(self._read) >= ends + 4 + length:
            self._read.clear()
            self._told(self, int(head.split(b" ", 2)[1]))

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self.place is not None:
            self._told(self, 0)

    @property
    def is_open(self) -> bool:
        """Whether another request may be sent."""
        return self._transport is not None and not self._transport.is_closing()

    def close(self) -> None:
        """Ends the connection; what it was asked has no answer."""
        if self._transport is not None:
            self._transport.abort()


class _Load:
    """Requests that are due, lines that are free, and what became of the answers.

    By the clock of the system: uvloop's own has whole milliseconds.
    """

    def __init__(self, port: int, requests: Sequence[bytes], counts_from: int) -> None:
        self._port = port
        self._requests = requests
        self._counts_from = (
            counts_from  # its place: by the clock, one that is sent early would be left out
        )
        self._loop = asyncio.get_running_loop()
        self._due: deque[tuple[float, int]] = deque()
        self._idle: list[_Line] = []
        self._lines: set[_Line] = set()
        self._opening: set[asyncio.Task[None]] = set()
        self.done = Measured()
        self.open = 0  # requests without an answer so far

    def send(self, due: float, place: int) -> None:
        """Sends a request, or lets it wait where all lines are busy."""
        self.open += 1
        while self._idle:
            line = self._idle.pop()
            if line.is_open:
                self._ask(line, due, place)
                return
            self._lines.discard(line)
        self._due.append((due, place))
        if len(self._lines) + len(self._opening) < MOST:
            task = self._loop.create_task(self._open())
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    def give_up(self) -> None:
        """Ends what is without an answer for too long."""
        latest = time.monotonic() - PATIENCE_S
        while self._due and self._due[0][0] < latest:
            self._count(*self._due.popleft(), 0)
        for line in [*self._lines]:
            if line.place is not None and line.place[0] < latest:
                line.close()

    def close(self) -> None:
        """Closes all lines."""
        for line in [*self._lines]:
            line.place = None
            line.close()

    def _ask(self, line: _Line, due: float, place: int) -> None:
        line.ask(due, place, self._requests[place % len(self._requests)])

    async def _open(self) -> None:
        with contextlib.suppress(OSError):
            async with asyncio.timeout(PATIENCE_S):
                _, line = await self._loop.create_connection(
                    lambda: _Line(self._told), "127.0.0.1", self._port
                )
            self._lines.add(line)
            self._rest(line)

    def _told(self, line: _Line, status: int) -> None:
        assert line.place is not None
        self._count(*line.place, status)
        line.place = None
        if line.is_open:
            self._rest(line)
        else:
            self._lines.discard(line)

    def _rest(self, line: _Line) -> None:
        if self._due:
            self._ask(line, *self._due.popleft())
        else:
            self._idle.append(line)

    def _count(self, due: float, place: int, status: int) -> None:
        self.open -= 1
        if place >= self._counts_from:
            self.done.statuses[status] += 1
            if status:
                self.done.seconds.append(time.monotonic() - due)


def measure(port: int, requests: Sequence[bytes], rate: float, seconds: float) -> Measured:
    """Sends `rate` requests a second to a service on loopback, in turn; those of the first SKIPPED_S do not count."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_measure(port, requests, rate, seconds))


async def _measure(port: int, requests: Sequence[bytes], rate: float, seconds: float) -> Measured:
    spent, began = time.process_time(), time.monotonic() + 0.05
    load = _Load(port, requests, math.ceil(rate * SKIPPED_S))
    looked = began
    for place in range(int(rate * (seconds + SKIPPED_S))):
        due = began + place / rate
        wait = due - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        elif due >= began + SKIPPED_S:
            load.done.late_s = max(load.done.late_s, -wait)
        # A timer of whole milliseconds may be early: what is sent then is due then.
        load.send(min(due, time.monotonic()), place)
        if due > looked + 0.5:
            load.give_up()
            looked = due
    ends = time.monotonic() + PATIENCE_S + 1
    while load.open and time.monotonic() < ends:
        await asyncio.sleep(0.01)
        load.give_up()
    load.close()
    load.done.cpu_s = time.process_time() - spent
    return load.done


def wait_until_ready(port: int, within_s: float) -> bool:
    """Whether a service on loopback says that it is ready in time."""
    ends = time.monotonic() + within_s
    while time.monotonic() < ends:
        client = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        try:
            client.request("GET", "/health/ready")
            if client.getresponse().status == 200:
                return True
        except (OSError, HTTPException):
            pass
        finally:
            client.close()
        time.sleep(0.2)
    return False

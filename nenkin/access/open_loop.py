"""Requests at a fixed rate whatever becomes of the last ones, and how long each took from its due time."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

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
        }


Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def measure(port: int, requests: Sequence[bytes], rate: float, seconds: float) -> Measured:
    """Sends `rate` requests a second to a service on loopback, in turn; those of the first SKIPPED_S do not count."""
    done = Measured()
    idle: list[Line] = []
    room = asyncio.Semaphore(MOST)
    loop = asyncio.get_running_loop()
    began = loop.time() + 0.05

    async def send(place: int, due: float) -> None:
        status = 0
        async with room:
            try:
                async with asyncio.timeout(PATIENCE_S):
                    line = idle.pop() if idle else await asyncio.open_connection("127.0.0.1", port)
                    status = await _exchange(line, requests[place % len(requests)])
                    idle.append(line)
            except (OSError, TimeoutError, asyncio.IncompleteReadError):
                pass
        if due >= began + SKIPPED_S:
            done.statuses[status] += 1
            if status:
                done.seconds.append(loop.time() - due)

    tasks = set()
    for place in range(int(rate * (seconds + SKIPPED_S))):
        due = began + place / rate
        wait = due - loop.time()
        if wait > 0:
            await asyncio.sleep(wait)
        elif due >= began + SKIPPED_S:
            done.late_s = max(done.late_s, -wait)
        task = loop.create_task(send(place, due))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    if tasks:
        await asyncio.wait(tasks, timeout=PATIENCE_S + 1)
    for _, writer in idle:
        writer.close()
    return done


async def _exchange(line: Line, request: bytes) -> int:
    reader, writer = line
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    await reader.readexactly(length)
    return int(head.split(b" ", 2)[1])


async def wait_until_ready(port: int, within_s: float) -> bool:
    """Whether a service on loopback says that it is ready in time."""
    ends = time.monotonic() + within_s
    asked = b"GET /health/ready HTTP/1.1\r\nHost: nenkin\r\n\r\n"
    while time.monotonic() < ends:
        try:
            line = await asyncio.open_connection("127.0.0.1", port)
            status = await _exchange(line, asked)
            line[1].close()
            if status == 200:
                return True
        except (OSError, asyncio.IncompleteReadError):
            pass
        await asyncio.sleep(0.2)
    return False

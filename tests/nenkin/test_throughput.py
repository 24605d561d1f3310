"""What a request costs: the figures are printed with `-o log_cli=true -o log_cli_level=INFO`."""

from __future__ import annotations

import asyncio
import json
import logging
import time
import uuid
from collections.abc import Iterator
from itertools import count

import psutil
import pytest

from tests.nenkin.application import ASKED, Application

REQUESTS = 1500
# The drills' load is 100 transactions a second, and a core has other things to do.
MOST_CPU_MS = 5.0
FIELDS = "".join(f"{name}: {value}\r\n" for name, value in ASKED.items())


class Line:
    """A kept HTTP connection that costs the machine next to nothing."""

    def __init__(self, port: int) -> None:
        self.port = port

    async def open(self) -> None:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)

    async def send(self, request: bytes) -> int:
        """Send a request and read its answer; the status."""
        self.writer.write(request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await self.reader.readexactly(length)
        return int(head.split(b" ")[1])


def posts(number: str) -> Iterator[bytes]:
    while True:
        body = json.dumps({"number": number, "month": "2005-04", "amount": 13580}).encode()
        yield (
            "POST /v1/contributions HTTP/1.1\r\nHost: nenkin\r\nContent-Type: application/json\r\n"
            f"{FIELDS}Idempotency-Key: {uuid.uuid4()}\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body


def reads(number: str) -> Iterator[bytes]:
    while True:
        yield f"GET /v1/persons/{number}/history HTTP/1.1\r\nHost: nenkin\r\n{FIELDS}\r\n".encode()


async def saturate(port: int, requests: Iterator[bytes], lines: int) -> set[int]:
    """Send REQUESTS requests over some lines, one after the other on each; the statuses."""
    statuses: set[int] = set()
    numbers = count()

    async def work() -> None:
        line = Line(port)
        await line.open()
        while next(numbers) < REQUESTS:
            statuses.add(await line.send(next(requests)))
        line.writer.close()
        await line.writer.wait_closed()

    await asyncio.gather(*(work() for _ in range(lines)))
    return statuses


@pytest.mark.parametrize("kind", ["post", "read"])
def test_a_request_is_cheap(service: Application, kind: str) -> None:
    number = service.register()
    requests = posts(number) if kind == "post" else reads(number)
    process = psutil.Process(service.process.pid)
    before, started = process.cpu_times(), time.monotonic()
    statuses = asyncio.run(saturate(service.port, requests, lines=8))
    seconds, after = time.monotonic() - started, process.cpu_times()
    spent = after.user + after.system - before.user - before.system
    logging.info(
        "%s: %.0f a second over 8 lines, %.2f ms CPU each",
        kind,
        REQUESTS / seconds,
        spent / REQUESTS * 1000,
    )
    assert statuses == {201 if kind == "post" else 200}
    assert spent / REQUESTS * 1000 < MOST_CPU_MS

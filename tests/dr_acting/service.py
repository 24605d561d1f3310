"""A real HTTP service on loopback that can be told to behave as badly as in a disaster."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

HAPROXY_503 = (
    b"HTTP/1.0 503 Service Unavailable\r\ncache-control: no-cache\r\nconnection: close\r\n"
    b"content-type: text/html\r\n\r\n<html><body><h1>503 Service Unavailable</h1>\n"
    b"No server is available to handle this request.\n</body></html>\n"
)
HAPROXY_502 = b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 15\r\n\r\n<html>Bad</html"


@dataclass
class Service:
    """What the service does with posts and reads, and what it has seen."""

    port: int = 0
    mode: str = "well"
    posts: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    persons: int = 0
    connections: int = 0
    resets: int = 0


@contextmanager
def service() -> Iterator[Service]:
    """Serve on a free port of loopback in a thread of its own."""
    state = Service()
    loop = asyncio.new_event_loop()
    ready = threading.Event()
    over = asyncio.Event()

    async def serve() -> None:
        met: list[asyncio.StreamWriter] = []

        def meet(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter
        ) -> Coroutine[Any, Any, None]:
            met.append(writer)
            return _handle(state, over, reader, writer)

        server = await asyncio.start_server(meet, "127.0.0.1", 0)
        state.port = server.sockets[0].getsockname()[1]
        ready.set()
        await over.wait()
        for taken in server.sockets:
            loop.remove_reader(taken.fileno())
        for _ in range(20):
            # A connection that was just taken becomes a handler's in the next turns. Before, nobody would close it: a
            # server that is closed already refuses it by an assertion that asyncio swallows.
            await asyncio.sleep(0)
        server.close()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        if rest:
            for task in rest:
                task.cancel()
            await asyncio.wait(rest, timeout=5)
        for writer in met:
            # A handler that was cancelled before its first step closes nothing.
            writer.close()
        await asyncio.sleep(0.05)  # connections close in the next turns of the loop

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    ready.wait(5)
    try:
        yield state
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(10)
        loop.close()


async def _handle(
    state: Service, over: asyncio.Event, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    state.connections += 1
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = head.split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        method, path, _ = lines[0].split(" ")
        if path == "/v1/persons":
            state.persons += 1
            answer = _json(201, {"number": f"2101-{state.persons:06d}"})
        else:
            if method == "POST":
                state.posts.append((headers["idempotency-key"], json.loads(body)))
            answer = await _answer(state, over, method, writer)
        writer.write(answer)
        await writer.drain()
        if answer == b"" and not writer.is_closing():
            await reader.read()
    except (ConnectionError, asyncio.IncompleteReadError):
        state.resets += 1
    finally:
        writer.close()


async def _answer(
    state: Service, over: asyncio.Event, method: str, writer: asyncio.StreamWriter
) -> bytes:
    match state.mode:
        case "well":
            return _json(201 if method == "POST" else 200, {"outcome": "committed"})
        case "slow":
            await asyncio.sleep(0.5)
            return _json(201 if method == "POST" else 200, {})
        case "refuses":
            return _json(503, {"outcome": "refused"})
        case "no server":
            return HAPROXY_503
        case "bad gateway":
            return HAPROXY_502
        case "in doubt":
            return _json(504, {"outcome": "unknown"})
        case "conflict":
            return _json(409, {"outcome": "refused"})
        case "cut short":
            return _json(201, {"outcome": "committed"})[:-5]
        case "resets":
            raw = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            return b""
        case "hangs":
            return b""
    raise AssertionError(state.mode)


def _json(status: int, body: dict[str, object]) -> bytes:
    data = json.dumps(body).encode()
    head = f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n"
    return f"{head}content-length: {len(data)}\r\n\r\n".encode() + data

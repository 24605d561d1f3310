"""One HTTP/1.1 request and its reply on a connection of its own, by TLS where a context is given."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Reply", "Resuming", "call", "parse_reply", "request"]


class Resuming(ssl.SSLContext):
    """A context whose calls take up the session of the last one, as a browser's do."""

    last: ssl.SSLSession | None = None
    taken = 0
    """How many calls took one up."""

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        """Begin a call; asyncio itself cannot name a session."""
        taken = session or self.last
        return super().wrap_bio(incoming, outgoing, server_side, server_hostname, taken)

    def keep(self, call: ssl.SSLObject | None) -> None:
        """Keep a call's session for the next; with TLS 1.3 it is there once something was read."""
        if call is None:
            return
        self.taken += bool(call.session_reused)
        if (session := call.session) is not None and session.has_ticket:
            self.last = session


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    reached: bool
    """False where no connection was made (the handshake belongs to it): then nothing was sent."""
    status: int | None = None
    """None where no whole reply came in time."""
    body: bytes = b""


def request(
    host: str,
    method: str,
    path: str,
    body: bytes | None = None,
    key: str = "",
    fields: Mapping[str, str] | None = None,
) -> bytes:
    """Give the bytes of one request; `host` is address and port, `fields` are further headers."""
    head = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close"]
    head += [f"{name}: {value}" for name, value in (fields or {}).items()]
    if body is not None:
        head += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    if key:
        head.append(f"Idempotency-Key: {key}")
    return "\r\n".join([*head, "", ""]).encode() + (body or b"")


async def call(
    address: str,
    port: int,
    sent: bytes,
    *,
    connect_s: float,
    reply_s: float,
    context: ssl.SSLContext | None = None,
) -> Reply:
    """Send a request; when the time is up the socket is dropped at once, never a cancel sent."""
    loop = asyncio.get_running_loop()
    exchange = _Exchange(sent, loop.create_future())
    try:
        async with asyncio.timeout(connect_s):
            transport, _ = await loop.create_connection(
                lambda: exchange, address, port, ssl=context
            )
    except (OSError, TimeoutError):
        return Reply(reached=False)
    try:
        async with asyncio.timeout(reply_s):
            await exchange.done
    except TimeoutError:
        pass
    finally:
        if isinstance(context, Resuming) and exchange.status is not None:
            context.keep(transport.get_extra_info("ssl_object"))
        _drop(transport, with_reset=exchange.status is None)
    return Reply(reached=True, status=exchange.status, body=exchange.body)


class _Exchange(asyncio.Protocol):
    def __init__(self, sent: bytes, done: asyncio.Future[None]) -> None:
        self.sent, self.done = sent, done
        self.received = bytearray()
        self.status: int | None = None
        self.body = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        transport.write(self.sent)

    def data_received(self, data: bytes) -> None:
        self.received += data
        self.read(is_end=False)

    def connection_lost(self, exc: Exception | None) -> None:
        self.read(is_end=exc is None)
        if not self.done.done():
            self.done.set_result(None)

    def read(self, *, is_end: bool) -> None:
        if self.done.done():
            return
        found = parse_reply(bytes(self.received), is_end=is_end)
        if found is not None:
            self.status, self.body = found
            self.done.set_result(None)


def parse_reply(received: bytes, *, is_end: bool) -> tuple[int, bytes] | None:
    """Give status and body of an HTTP/1.x reply, None while (or because) a part is missing."""
    head, separator, body = received.partition(b"\r\n\r\n")
    if not separator:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ", 2)
    if len(words) < 2 or not words[0].startswith("HTTP/1.") or not words[1].isdigit():
        return None
    status = int(words[1])
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    if status in (204, 304):
        return status, b""
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return (status, body) if body.endswith(b"0\r\n\r\n") else None
    length = headers.get("content-length", "")
    if length.isdigit():
        return (status, body[: int(length)]) if len(body) >= int(length) else None
    return (status, body) if is_end else None


def _drop(transport: asyncio.Transport, *, with_reset: bool) -> None:
    """Close a connection, with a reset where the server may still be at work on the request."""
    raw: socket.socket | None = transport.get_extra_info("socket")
    if with_reset and raw is not None and not transport.is_closing():
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()

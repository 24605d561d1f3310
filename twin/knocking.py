"""Knocks with real packets between hosts of a lab: sockets are opened inside the source's network, nothing runs on it."""

from __future__ import annotations

import errno
import os
import selectors
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from netconfig.model.knocks import Answer, Knock
from twin.network import inside

__all__ = ["WAIT_S", "knock_all"]

WAIT_S = 3.0
"""Two SYNs: the first one may have gone while an address was looked for."""
_AT_ONCE = 300
"""A process may have some 1,000 files open."""
_AGAIN_S = 1.0
# A client's request by NTP, version 4 (RFC 5905): the one thing that is asked over UDP answers only what it understands.
_DATAGRAM = bytes([0x23]) + bytes(47)
_UNREACHABLE = (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EACCES, errno.ETIMEDOUT)

Enter = Callable[[str], AbstractContextManager[None]]


def knock_all(
    knocks: Sequence[Knock], *, enter: Enter = inside, wait_s: float = WAIT_S
) -> dict[Knock, Answer]:
    """Send every knock and wait for what it meets (`netconfig.model.knocks.ANSWERS`), some hundred at a time.

    `enter` puts this thread into a host's network. OSError where a host has none.
    """
    found: dict[Knock, Answer] = {}
    ordered = sorted(knocks)
    for at in range(0, len(ordered), _AT_ONCE):
        found |= _knock_some(ordered[at : at + _AT_ONCE], enter, wait_s)
    return found


def _knock_some(knocks: Sequence[Knock], enter: Enter, wait_s: float) -> dict[Knock, Answer]:
    found: dict[Knock, Answer] = {}
    with selectors.DefaultSelector() as waiting:
        for source in dict.fromkeys(knock.source for knock in knocks):
            with enter(source):
                for knock in knocks:
                    if knock.source == source and (answer := _send(knock, waiting)):
                        found[knock] = answer
        began, is_again = time.monotonic(), False
        while waiting.get_map() and (left := began + wait_s - time.monotonic()) > 0:
            for key, _ in waiting.select(min(left, 0.2)):
                found[key.data] = _read(key.fileobj, key.data)
                _close(key.fileobj, waiting)
            if not is_again and time.monotonic() - began > _AGAIN_S:
                is_again = True
                _send_again(waiting)
        for key in list(waiting.get_map().values()):
            found[key.data] = "silent"
            _close(key.fileobj, waiting)
    return found


def _send(knock: Knock, waiting: selectors.BaseSelector) -> Answer | None:
    """Send one; what it met at once, None where that is still to come."""
    is_tcp = knock.protocol == "tcp"
    kind = socket.SOCK_STREAM if is_tcp else socket.SOCK_DGRAM
    line = socket.socket(socket.AF_INET, kind | socket.SOCK_NONBLOCK)
    try:
        if knock.sent_from:
            line.bind((knock.sent_from, 0))
        code = line.connect_ex((knock.address, knock.port))
        if code not in (0, errno.EINPROGRESS):
            line.close()
            return _answer(code)
        if not is_tcp:
            line.send(_DATAGRAM)
    except OSError as error:
        line.close()
        return _answer(error.errno or 0)
    waiting.register(line, selectors.EVENT_WRITE if is_tcp else selectors.EVENT_READ, knock)
    return None


def _send_again(waiting: selectors.BaseSelector) -> None:
    """Datagrams once more; the kernel does it for TCP."""
    for key in waiting.get_map().values():
        if key.data.protocol == "udp":
            try:
                os.write(key.fd, _DATAGRAM)
            except OSError:
                continue


def _read(line: object, knock: Knock) -> Answer:
    assert isinstance(line, socket.socket)
    if knock.protocol == "tcp":
        code = line.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        return _answer(code) if code else "connected"
    try:
        line.recv(512)
    except OSError as error:
        return _answer(error.errno or 0)
    return "answered"


def _answer(code: int) -> Answer:
    if code == errno.ECONNREFUSED:
        return "refused"
    return "unreachable" if code in _UNREACHABLE else "silent"


def _close(line: object, waiting: selectors.BaseSelector) -> None:
    assert isinstance(line, socket.socket)
    waiting.unregister(line)
    line.close()

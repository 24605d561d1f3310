"""The LAN's gateway, asked by ARP as any neighbour would: without it this host reaches nobody else's LAN, and nobody it.

Requests come in over the cables to the routers, and answers leave by them; work is done on the LAN. A balancer whose LAN
has lost every gateway would therefore attract callers for whom nobody works.
"""

from __future__ import annotations

import logging
import select
import socket
import struct
import time
from collections.abc import Callable
from ipaddress import IPv4Address

__all__ = ["Gateway", "ask", "is_answer", "question"]

LOG = logging.getLogger("announce")

_ARP, _IPV4, _ETHERNET = 0x0806, 0x0800, 1
_REQUEST, _REPLY = 1, 2
_FORM = struct.Struct("!HHBBH6s4s6s4s")
_EVERYBODY = b"\xff" * 6


class Gateway:
    """Remembers when it answered last: two routers that hand it over to each other are silent for up to 4 s (VRRP)."""

    def __init__(
        self,
        put: Callable[[], bool],
        *,
        silence_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._put, self._silence_s, self._clock = put, silence_s, clock
        self._answered: float | None = None
        self._is_told = False

    def is_there(self) -> bool:
        """Ask once; whether it answered now, or so short ago that it may be changing hands."""
        try:
            has_answered = self._put()
        except PermissionError as error:
            # That nobody could ask is no news about the gateway.
            if not self._is_told:
                LOG.error("the gateway cannot be asked: %s", error)
            self._is_told = True
            return True
        except OSError:
            has_answered = False  # the LAN's port is down or gone
        now = self._clock()
        if has_answered:
            self._answered = now
        return self._answered is not None and now - self._answered <= self._silence_s


def ask(gateway: str, *, own: str, interface: str, timeout_s: float) -> bool:
    """Whether somebody on the LAN answers for `gateway` in time; OSError where the question cannot be put."""
    kind = socket.htons(_ARP)
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, kind) as line:
        line.bind((interface, _ARP))
        hardware = line.getsockname()[4]
        line.sendto(question(hardware, own, gateway), (interface, _ARP, 0, 0, _EVERYBODY))
        ends = time.monotonic() + timeout_s
        while (left := ends - time.monotonic()) > 0:
            if not select.select([line], [], [], left)[0]:
                break
            if is_answer(line.recv(64), gateway):
                return True
    return False


def question(hardware: bytes, own: str, gateway: str) -> bytes:
    """Who has `gateway`? Tell `own` (RFC 826)."""
    return _FORM.pack(
        _ETHERNET,
        _IPV4,
        6,
        4,
        _REQUEST,
        hardware,
        IPv4Address(own).packed,
        bytes(6),
        IPv4Address(gateway).packed,
    )


def is_answer(packet: bytes, gateway: str) -> bool:
    """Whether a packet says who has `gateway`: an answer, or somebody's announcement that it has it now."""
    if len(packet) < _FORM.size:
        return False
    _, protocol, _, _, operation, _, sender, _, target = _FORM.unpack(packet[: _FORM.size])
    wanted = IPv4Address(gateway).packed
    is_announcement = operation == _REQUEST and target == wanted
    return protocol == _IPV4 and sender == wanted and (operation == _REPLY or is_announcement)

"""The balancer's question to its LAN's gateway: what is on the wire, what counts as an answer, and for how long."""

from __future__ import annotations

import socket
import struct
from ipaddress import IPv4Address
from types import ModuleType
from typing import Any

import pytest

HARDWARE, OTHER = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")
OWN, GATEWAY = "10.64.4.51", "10.64.4.1"


def packet(operation: int, sender: str, target: str, protocol: int = 0x0800) -> bytes:
    ends = (OTHER, IPv4Address(sender).packed, HARDWARE, IPv4Address(target).packed)
    return struct.pack("!HHBBH6s4s6s4s", 1, protocol, 6, 4, operation, *ends)


def test_the_question_as_it_is_on_the_wire(gateway: ModuleType) -> None:
    assert gateway.question(HARDWARE, OWN, GATEWAY).hex() == (
        "00010800060400010200000000010a4004330000000000000a400401"
    )


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        (packet(2, GATEWAY, OWN), True),
        (packet(2, GATEWAY, OWN) + bytes(18), True),  # padded to the least length of a frame
        (packet(1, GATEWAY, GATEWAY), True),  # a router that has just taken it over says so unasked
        (packet(1, GATEWAY, OWN), False),  # it asks for us
        (packet(2, "10.64.4.2", OWN), False),
        (packet(1, OWN, GATEWAY), False),  # another's question for it
        (packet(2, GATEWAY, OWN, protocol=0x86DD), False),
        (packet(2, GATEWAY, OWN)[:20], False),
        (b"", False),
    ],
)
def test_what_counts_as_an_answer(gateway: ModuleType, said: bytes, counts: bool) -> None:
    assert gateway.is_answer(said, GATEWAY) is counts


class Wire:
    """Stands for a raw socket on the LAN: hears some packets, one after the other."""

    def __init__(self, heard: list[bytes]) -> None:
        self.ours, self.theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.heard, self.sent = heard, list[bytes]()

    def __call__(self, family: int, kind: int, protocol: int) -> Wire:
        assert (family, kind) == (socket.AF_PACKET, socket.SOCK_DGRAM)
        assert protocol == socket.htons(0x0806)
        return self

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self.ours.close()
        self.theirs.close()

    def bind(self, place: tuple[str, int]) -> None:
        assert place == ("lan", 0x0806)

    def getsockname(self) -> tuple[Any, ...]:
        return "lan", 0x0806, 0, 1, HARDWARE

    def sendto(self, data: bytes, place: tuple[Any, ...]) -> None:
        assert place == ("lan", 0x0806, 0, 0, b"\xff" * 6)
        self.sent.append(data)
        for each in self.heard:
            self.theirs.send(each)

    def fileno(self) -> int:
        return self.ours.fileno()

    def recv(self, most: int) -> bytes:
        return self.ours.recv(most)


@pytest.mark.parametrize(
    ("heard", "answers"),
    [
        ([packet(2, GATEWAY, OWN)], True),
        (
            [packet(1, "10.64.4.9", GATEWAY), packet(2, "10.64.4.2", OWN), packet(2, GATEWAY, OWN)],
            True,
        ),
        ([packet(2, "10.64.4.2", OWN)], False),
        ([], False),
    ],
)
def test_asked_once_and_heard_until_the_time_is_up(
    gateway: ModuleType, monkeypatch: pytest.MonkeyPatch, heard: list[bytes], answers: bool
) -> None:
    wire = Wire(heard)
    monkeypatch.setattr(gateway.socket, "socket", wire)
    assert gateway.ask(GATEWAY, own=OWN, interface="lan", timeout_s=0.05) is answers
    assert wire.sent == [gateway.question(HARDWARE, OWN, GATEWAY)]


def watched(gateway: ModuleType, answers: list[Any], times: list[float]) -> list[bool]:
    """What is said of a gateway that answers, or not, at some moments."""
    clock, left = iter(times), iter(answers)

    def put() -> bool:
        answer = next(left)
        if isinstance(answer, Exception):
            raise answer
        return bool(answer)

    seen = gateway.Gateway(put, silence_s=5.0, clock=lambda: next(clock))
    return [seen.is_there() for _ in answers]


def test_a_handover_is_no_loss_and_a_loss_is_one(gateway: ModuleType) -> None:
    answers = [False, True, False, False, False, True, False, False]
    times = [0.0, 1.0, 2.0, 4.0, 6.0, 6.5, 11.5, 11.6]
    assert watched(gateway, answers, times) == [False, True, True, True, True, True, True, False]


def test_a_port_that_is_down_is_a_loss(gateway: ModuleType) -> None:
    gone = OSError(100, "Network is down")
    assert watched(gateway, [True, gone, gone], [0.0, 1.0, 9.0]) == [True, True, False]


def test_that_nobody_could_ask_is_no_news(gateway: ModuleType) -> None:
    refused = PermissionError(1, "Operation not permitted")
    assert watched(gateway, [refused, refused], []) == [True, True]

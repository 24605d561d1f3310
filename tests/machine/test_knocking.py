"""Knocks at sockets of this machine: what listens, what refuses, what says nothing."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from netconfig.model.knocks import Knock
from twin.knocking import knock_all

HERE = "127.0.0.1"


@contextmanager
def nowhere(host: str) -> Iterator[None]:
    """Stay in this machine's own network."""
    yield


def knock(protocol: str, port: int, source: str = "a") -> Knock:
    return Knock(source, "b", HERE, protocol, port)


def bound(kind: int) -> socket.socket:
    line = socket.socket(socket.AF_INET, kind)
    line.bind((HERE, 0))
    return line


def test_each_knock_tells_what_it_met() -> None:
    listening = bound(socket.SOCK_STREAM)
    closed, closed_udp = bound(socket.SOCK_STREAM), bound(socket.SOCK_DGRAM)
    clock, deaf = bound(socket.SOCK_DGRAM), bound(socket.SOCK_DGRAM)
    listening.listen()
    ports = {
        name: line.getsockname()[1]
        for name, line in (
            ("listening", listening),
            ("closed", closed),
            ("closed_udp", closed_udp),
            ("clock", clock),
            ("deaf", deaf),
        )
    }
    closed.close()
    closed_udp.close()

    def tell() -> None:
        data, peer = clock.recvfrom(512)
        assert data[0] == 0x23  # a client, NTP version 4
        clock.sendto(b"\x24" + bytes(47), peer)

    telling = threading.Thread(target=tell)
    telling.start()
    wanted = {
        knock("tcp", ports["listening"]): "connected",
        knock("tcp", ports["closed"]): "refused",
        knock("udp", ports["closed_udp"]): "refused",
        knock("udp", ports["clock"]): "answered",
        knock("udp", ports["deaf"]): "silent",
    }
    try:
        assert knock_all(list(wanted), enter=nowhere, wait_s=1.5) == wanted
        deaf.settimeout(1)
        assert deaf.recv(512) == deaf.recv(512)  # asked twice before it was given up
    finally:
        telling.join(2)
        for line in (listening, clock, deaf):
            line.close()


def test_many_are_sent_in_parts_from_the_network_of_each_source() -> None:
    entered: list[str] = []

    @contextmanager
    def enter(host: str) -> Iterator[None]:
        entered.append(host)
        yield

    with bound(socket.SOCK_STREAM) as listening:
        listening.listen(2000)
        port = listening.getsockname()[1]
        knocks = [knock("tcp", port, f"host{number:03d}") for number in range(650)]
        found = knock_all(knocks, enter=enter, wait_s=3)
    assert set(found) == set(knocks)
    assert set(found.values()) == {"connected"}
    assert sorted(entered) == [each.source for each in knocks]


def test_a_knock_comes_from_the_address_that_it_names() -> None:
    with bound(socket.SOCK_STREAM) as listening:
        listening.listen()
        listening.settimeout(5)
        port = listening.getsockname()[1]
        asked = Knock("a", "b", HERE, "tcp", port, "services", "127.0.0.2")
        assert knock_all([asked], enter=nowhere) == {asked: "connected"}
        line, peer = listening.accept()
        line.close()
    assert peer[0] == "127.0.0.2"

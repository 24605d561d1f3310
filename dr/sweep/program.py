"""The stream of an office: asks some addresses for an echo at a fixed rate, and writes down what was never answered.

`python3 program.py CONFIG` runs on an office's terminal, standard library only, with CAP_NET_RAW. One process
asks all targets in turn, open-loop: a request goes at its time whatever became of the one before. ICMP is what every
host's packet filter answers, so nothing need listen at the other end and the kernel answers at once. All stamps are
CLOCK_MONOTONIC, which hosts of one machine share and nobody sets.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import struct
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

ECHO, ECHO_REPLY = 8, 0
_HEAD = struct.Struct("!BBHHH")
_BODY = struct.Struct("!8sHQ")
_PADDING = bytes(38)
"""Together with its head a request is as long as that of `ping`: 64 bytes."""


@dataclass(frozen=True, slots=True)
class Config:
    """What the sweep tells a stream; times in seconds, `rate` in requests per second to each target."""

    targets: list[list[str]]
    """Name and address of each."""
    status: str
    """Replaced whole every `status_s`: how each stream stands."""
    losses: str
    """Appended to: one line [target, number, sent] for each request without an answer."""
    rate: float = 100.0
    reply_s: float = 1.0
    """A request that is not answered within this time is lost."""
    status_s: float = 0.2


@dataclass(slots=True)
class Stream:
    """Requests to one target: those under way, and the last run of answered ones without a hole."""

    name: str
    address: str
    sent: int = 0
    answered: int = 0
    pending: dict[int, float] = field(default_factory=dict)
    since: float | None = None
    until: float | None = None
    expected: int = 0

    def answer(self, number: int) -> None:
        """Take an answer; one after a hole begins a new run, one that was given up is none."""
        at = self.pending.pop(number, None)
        if at is None:
            return
        self.answered += 1
        if number < self.expected:
            return
        if number > self.expected or self.since is None:
            self.since = at
        self.until, self.expected = at, number + 1

    def give_up(self, before: float) -> list[tuple[int, float]]:
        """Forget the requests that were sent before a moment, and give them: number and when it was sent."""
        lost = []
        for number, at in self.pending.items():
            if at >= before:
                break
            lost.append((number, at))
        for number, _ in lost:
            del self.pending[number]
        return lost


@dataclass(slots=True)
class Sender:
    """Sends on schedule, takes answers, and keeps the files."""

    config: Config
    streams: list[Stream] = field(default_factory=list)
    mark: bytes = field(default_factory=lambda: os.urandom(8))
    ident: int = field(default_factory=lambda: os.getpid() & 0xFFFF)
    late: int = 0
    """Requests that went more than a turn behind their time: this machine was busy, not the network."""
    is_stopped: bool = False

    def __post_init__(self) -> None:
        self.streams = [Stream(name, address) for name, address in self.config.targets]

    def run(self, socket_: socket.socket) -> None:
        """Run until SIGTERM."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.stop)
        turn_s = 1.0 / self.config.rate
        step = turn_s / len(self.streams)
        began, slot, next_status = time.monotonic() + 0.1, 0, 0.0
        with Path(self.config.losses).open("a", encoding="utf-8", buffering=1) as losses:
            while not self.is_stopped:
                now = time.monotonic()
                while (due := began + slot * step) <= now:
                    self.late += now - due > turn_s
                    turn, which = divmod(slot, len(self.streams))
                    self.send(socket_, which, turn)
                    slot += 1
                if now >= next_status:
                    # What is here already was not lost: a program that a busy machine left asleep looks before it gives up.
                    self.take(socket_)
                    self.write_losses(losses, now)
                    self.write_status(now)
                    next_status = now + self.config.status_s
                if select.select([socket_], [], [], max(0.0, due - time.monotonic()))[0]:
                    self.take(socket_)

    def stop(self, number: int, frame: object) -> None:
        """End after this step."""
        self.is_stopped = True

    def send(self, socket_: socket.socket, which: int, number: int) -> None:
        """Send one request; one that cannot be sent (the line is down) is one without an answer."""
        stream = self.streams[which]
        stream.pending[number] = time.monotonic()
        stream.sent += 1
        try:
            socket_.sendto(
                request(self.ident, number, _BODY.pack(self.mark, which, number)),
                (stream.address, 0),
            )
        except OSError:
            return

    def take(self, socket_: socket.socket) -> None:
        """Take every answer that is here."""
        while True:
            try:
                data = socket_.recv(2048)
            except OSError:
                return
            found = read_reply(data, self.ident, self.mark)
            if found is not None and found[0] < len(self.streams):
                self.streams[found[0]].answer(found[1])

    def write_losses(self, file: IO[str], now: float) -> None:
        """Append what has waited for too long."""
        for stream in self.streams:
            for number, at in stream.give_up(now - self.config.reply_s):
                file.write(json.dumps([stream.name, number, round(at, 6)]) + "\n")

    def write_status(self, now: float) -> None:
        """Replace the status file whole, so that a reader never sees half of one."""
        status = {
            "at": now,
            "late": self.late,
            "streams": {
                stream.name: [stream.sent, stream.answered, stream.since, stream.until]
                for stream in self.streams
            },
        }
        path = Path(self.config.status)
        fresh = path.with_name(path.name + ".new")
        fresh.write_text(json.dumps(status), encoding="utf-8")
        fresh.replace(path)


def request(ident: int, number: int, body: bytes) -> bytes:
    """Give an ICMP echo request."""
    head = _HEAD.pack(ECHO, 0, 0, ident, number & 0xFFFF)
    packet = head + body + _PADDING
    return _HEAD.pack(ECHO, 0, checksum(packet), ident, number & 0xFFFF) + packet[_HEAD.size :]


def read_reply(data: bytes, ident: int, mark: bytes) -> tuple[int, int] | None:
    """Read target and number from what a raw socket got; None where it is no answer to this program."""
    start = (data[0] & 0x0F) * 4 if data else 0
    if len(data) < start + _HEAD.size + _BODY.size:
        return None
    kind, _, _, of, _ = _HEAD.unpack_from(data, start)
    theirs, which, number = _BODY.unpack_from(data, start + _HEAD.size)
    return (which, number) if (kind, of, theirs) == (ECHO_REPLY, ident, mark) else None


def checksum(packet: bytes) -> int:
    """Give the Internet checksum of an even number of bytes (RFC 1071)."""
    total: int = sum(struct.unpack(f"!{len(packet) // 2}H", packet))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def main() -> int:
    """Read the configuration named by the only argument and run the streams."""
    config = Config(**json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as socket_:
        socket_.setblocking(False)
        Sender(config).run(socket_)
    return 0


if __name__ == "__main__":
    sys.exit(main())

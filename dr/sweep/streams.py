"""The streams on the offices' terminals: put there, started, asked how they stand, read, taken away.

How they stand and what they lost is read from the terminals' disks, so nothing of it depends on the network under test.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from dr.clock import Clock, MonotonicClock
from dr.failure import DrillAborted, require
from dr.faults import Faults
from dr.layout import Layout
from dr.sweep.gaps import Loss
from dr.sweep.subjects import Office
from inventory.transport import Completed, Transport
from netconfig.model.numbers import spell_address

__all__ = ["RATE", "REPLY_S", "Standing", "Streams", "clean", "lacking", "read_losses"]

RATE = 100.0
"""Requests per second to each target."""
REPLY_S = 1.0
_UNIT = "hikae-drill-stream"
_DEADLINE_S = 20.0
_LONGEST_S = 86_400
_CLEAN_S = 60.0
_FRESH_S = 0.7
"""A stream whose last answered request is older stands still: its status is some tenths of a second old itself."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How one stream stands: the last run of answered requests without a hole, stamps of their sending."""

    since: float | None
    until: float | None

    def is_steady(self, now: float, since: float, for_s: float) -> bool:
        """Whether every request of the last `for_s` seconds, and that after `since`, was answered."""
        if self.since is None or self.until is None or now - self.until > _FRESH_S:
            return False
        return self.until - max(self.since, since) >= for_s


@dataclass(slots=True)
class Streams:
    """One program on a terminal of each office, with a stream to each of its targets."""

    offices: Sequence[Office]
    transport: Transport
    faults: Faults
    layout: Layout = field(default_factory=lambda: replace(Layout(), longest_run_s=_LONGEST_S))
    late: dict[str, int] = field(default_factory=dict)
    """By office: requests so far that went late because the machine was busy."""
    _read: dict[str, int] = field(default_factory=dict)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The terminals."""
        return tuple(office.terminal for office in self.offices)

    def start(self) -> None:
        """Put the program on every terminal and start it; HostFailed where that fails."""
        source = Path(__file__).with_name("program.py").read_bytes()
        folder, user = self.layout.folder, self.layout.terminal_user
        make = ["install", "-d", "-m", "0755", "-o", user, f"{folder}/out"]
        for completed in self._all(make).values():
            require(completed, "make the sweep's folder")
        for office in self.offices:
            self.transport.put(office.terminal, f"{folder}/stream.py", source)
            config = json.dumps(self._config(office)).encode()
            self.transport.put(office.terminal, f"{folder}/stream.json", config)
        program = [self.layout.python, f"{folder}/stream.py", f"{folder}/stream.json"]
        argv = self.layout.transient(_UNIT, user, program, capability="CAP_NET_RAW")
        for completed in self._all(argv).values():
            require(completed, "start the stream")

    def standing(self) -> dict[str, Standing]:
        """How every stream stands, by `office/service`; one that cannot be read has no run at all."""
        found = {name: Standing(None, None) for office in self.offices for name in office.streams}
        for office in self.offices:
            try:
                said = json.loads(self._disk(office, "status.json"))
                self.late[office.site] = int(said["late"])
                found |= {
                    f"{office.site}/{name}": Standing(since, until)
                    for name, (_, _, since, until) in said["streams"].items()
                }
            except (OSError, KeyError, TypeError, ValueError):
                continue
        return found

    def losses(self) -> tuple[Loss, ...]:
        """Every loss that was written down since the last call."""
        found: list[Loss] = []
        for office in self.offices:
            try:
                data = self._disk(office, "losses.jsonl")
            except OSError:
                continue
            start = self._read.get(office.site, 0)
            end = data.rfind(b"\n") + 1
            self._read[office.site] = max(start, end)
            found += read_losses(office.site, data[start:end].decode())
        return tuple(found)

    def _all(self, argv: Sequence[str]) -> Mapping[str, Completed]:
        return self.transport.run_all(self.hosts, argv, deadline_s=_DEADLINE_S, sudo=True)

    def _disk(self, office: Office, name: str) -> bytes:
        return self.faults.read_disk(office.terminal, f"{self.layout.folder}/out/{name}")

    def _config(self, office: Office) -> Mapping[str, object]:
        services = {question.service: question.address for question in office.questions}
        return {
            "targets": [[name, spell_address(address)] for name, address in services.items()],
            "status": f"{self.layout.folder}/out/status.json",
            "losses": f"{self.layout.folder}/out/losses.jsonl",
            "rate": RATE,
            "reply_s": REPLY_S,
        }


def read_losses(office: str, text: str) -> list[Loss]:
    """Read the lines of an office's file; a line that was cut off is left out."""
    found = []
    for line in text.splitlines():
        try:
            target, number, sent = json.loads(line)
            found.append(Loss(office, str(target), int(number), float(sent)))
        except (TypeError, ValueError):
            continue
    return found


def lacking(
    standing: Mapping[str, Standing], asked: Collection[str], now: float, since: float, for_s: float
) -> str | None:
    """Name the streams that have not been answered without a hole for `for_s` seconds after `since`; None = all have."""
    waiting = [name for name in sorted(asked) if not standing[name].is_steady(now, since, for_s)]
    return f"{', '.join(waiting)} not answered without a hole yet" if waiting else None


def clean(
    transport: Transport, hosts: Sequence[str], layout: Layout, clock: Clock | None = None
) -> None:
    """Stop the programs of a sweep and remove its folder; DrillAborted where something is left.

    More than once where it must be: a connection that was kept through failures may be dead.
    """
    commands = (["systemctl", "stop", "hikae-drill-*"], ["rm", "-rf", "--", layout.folder])

    def is_clean(host: str) -> bool:
        return all(
            transport.run(host, argv, deadline_s=_DEADLINE_S, sudo=True).is_ok for argv in commands
        )

    left, clock = tuple(hosts), clock or MonotonicClock()
    until = clock.now() + _CLEAN_S
    while left := tuple(host for host in left if not is_clean(host)):
        if clock.now() >= until:
            raise DrillAborted(f"{layout.folder} is left on {', '.join(left)}")
        clock.sleep(1.0)

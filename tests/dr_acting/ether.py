"""A simulated network for the sweep: streams, faults, tables and a clock of its own; nothing sleeps."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dr.faults import Stamp
from dr.layout import Layout
from dr.sweep.settling import Settling
from dr.sweep.streams import RATE, REPLY_S, Streams
from dr.sweep.subjects import Office, Subject
from dr.sweep.sweeper import Sweeper
from inventory import Estate
from inventory.transport import Completed
from netconfig.reach import expected_sessions
from proof import Journal

NEVER = 10**9
ROUTE = '[{"dst": "10.64.0.0/22", "gateway": "10.1.1.1", "dev": "wan-carrier", "protocol": "bgp"}]'
AWAY = '[{"dst": "10.64.0.0/22", "gateway": "10.1.1.9", "dev": "wan-other", "protocol": "bgp"}]'


@dataclass
class Ether:
    """What each wire's failure does to which stream: seconds of silence as it fails, and as it comes back."""

    estate: Estate
    hosts: tuple[str, ...]
    offices: tuple[Office, ...]
    hurts: dict[str, dict[str, float]] = field(default_factory=dict)
    """Wire → stream → seconds; NEVER = as long as it has failed."""
    stings: dict[str, dict[str, float]] = field(default_factory=dict)
    """The same as it comes back."""
    settles_s: float = 3.0
    """From the return until routes are as before."""
    now_s: float = 1000.0
    acts: list[tuple[str, Any]] = field(default_factory=list)
    outages: list[tuple[str, float, float]] = field(default_factory=list)
    failed: dict[str, float] = field(default_factory=dict)
    dead: set[str] = field(default_factory=set)
    returned: float = 0.0
    interrupt_at: float | None = None
    drained: dict[str, str] = field(default_factory=dict)
    """Router → the network to which its line is drained."""
    pushes: list[tuple[str, str]] = field(default_factory=list)
    is_broken: bool = False
    """Routes never come back."""

    def sweeper(self, journal: Journal | None = None) -> Sweeper:
        return Sweeper(
            self,
            Streams(self.offices, self, self),
            Settling(self.estate, self.hosts, self),
            journal,
            clock=self,
        )

    def did(self, name: str) -> list[Any]:
        return [what for act, what in self.acts if act == name]

    # The clock.

    def now(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += max(0.0, seconds)
        if self.interrupt_at is not None and self.now_s >= self.interrupt_at:
            self.interrupt_at = None
            raise KeyboardInterrupt

    # Faults.

    def _fail(self, act: str, wires: Collection[str]) -> Stamp:
        self.acts.append((act, tuple(wires)))
        for wire in wires:
            self.failed[wire] = self.now_s
            for stream, seconds in self.hurts.get(wire, {}).items():
                self.outages.append((stream, self.now_s, self.now_s + seconds))
        self.now_s += 0.01
        return Stamp(self.now_s, 0.01)

    def _return(self, act: str, wires: Collection[str]) -> Stamp:
        self.acts.append((act, tuple(wires)))
        for wire in wires:
            if self.failed.pop(wire, None) is None:
                continue
            self.returned = self.now_s
            of = self.hurts.get(wire, {})
            self.outages = [
                (s, a, min(b, self.now_s)) if s in of else (s, a, b) for s, a, b in self.outages
            ]
            for stream, seconds in self.stings.get(wire, {}).items():
                self.outages.append((stream, self.now_s, self.now_s + seconds))
        return Stamp(self.now_s, 0.0)

    def cut(self, wires: Collection[str]) -> Stamp:
        return self._fail("cut", wires)

    def heal(self, wires: Collection[str]) -> Stamp:
        return self._return("heal", wires)

    def mute(self, wires: Collection[str]) -> Stamp:
        return self._fail("mute", wires)

    def unmute(self, wires: Collection[str]) -> Stamp:
        return self._return("unmute", wires)

    def crash(self, hosts: Collection[str]) -> Stamp:
        self.dead |= set(hosts)
        return self._fail("crash", hosts)

    def boot(self, hosts: Collection[str]) -> Stamp:
        self.dead -= set(hosts)
        return self._return("boot", hosts)

    def kill(self, hosts: Collection[str]) -> Stamp:
        raise NotImplementedError

    def block(self, between: tuple[Collection[str], Collection[str]], port: int) -> Stamp:
        raise NotImplementedError

    def unblock(self) -> Stamp:
        raise NotImplementedError

    def exec_disk(self, host: str, argv: Sequence[str]) -> Completed:
        raise NotImplementedError

    def is_alive(self, host: str) -> bool:
        return host not in self.dead

    def memory_mb(self) -> float:
        return 0.0

    # What the streams write.

    def read_disk(self, host: str, path: str) -> bytes:
        office = next(office for office in self.offices if office.terminal == host)
        if path.endswith("losses.jsonl"):
            return self._losses(office).encode()
        streams = {}
        for name, question in zip(office.streams, office.questions, strict=True):
            ends = [b for s, a, b in self.outages if s == name and a <= self.now_s]
            is_out = any(a <= self.now_s < b for s, a, b in self.outages if s == name)
            starts = [a for s, a, b in self.outages if s == name and a <= self.now_s < b]
            since = max([1000.0, *(end for end in ends if end <= self.now_s)])
            until = min(starts) if is_out else self.now_s
            streams[question.service] = [0, 0, since, until]
        return json.dumps({"at": self.now_s, "late": 3, "streams": streams}).encode()

    def _losses(self, office: Office) -> str:
        lines = []
        for name, question in zip(office.streams, office.questions, strict=True):
            numbers = {
                number
                for stream, since, until in self.outages
                if stream == name
                for number in range(
                    round(since * RATE), round(min(until, self.now_s - REPLY_S) * RATE)
                )
            }
            lines += [[number / RATE, question.service, number] for number in numbers]
        # As the program does it: in the order of sending.
        return "".join(json.dumps([s, n, at]) + "\n" for at, s, n in sorted(lines))

    # What devices know.

    def routes(self, hosts: Sequence[str]) -> Mapping[str, str]:
        is_back = not self.failed and self.now_s >= self.returned + self.settles_s
        is_there = not self.returned or (is_back and not self.is_broken)
        found = dict.fromkeys(hosts, ROUTE if is_there and not self.failed else AWAY)
        for router, network in self.drained.items():
            found[router] = ROUTE.replace(
                "wan-carrier", "wan-ministry" if network else "wan-carrier"
            )
        return found

    def push_line(self, router: str, network: str) -> str | None:
        self.pushes.append((router, network))
        if not network:
            self.drained.pop(router, None)
            return None
        self.drained[router] = network
        return None

    def sessions(self, host: str) -> Mapping[str, str]:
        if host in self.dead:
            return {"bgp": "", "ospf": "", "bfd": ""}
        wanted = expected_sessions(self.estate, host, self.hosts)
        peers = {peer: {"state": "Established"} for peer in wanted["bgp"]}
        neighbors = {router: [{"nbrState": "Full/-"}] for router in wanted["ospf"]}
        bfd = [{"peer": peer, "status": "up"} for peer in wanted["bfd"]]
        return {
            "bgp": json.dumps({"ipv4Unicast": {"peers": peers}}),
            "ospf": json.dumps({"neighbors": neighbors}),
            "bfd": json.dumps(bfd),
        }

    # Transport.

    def run(
        self,
        host: str,
        argv: Sequence[str],
        *,
        deadline_s: float,
        stdin: str | None = None,
        sudo: bool = False,
    ) -> Completed:
        self.acts.append(("run", (host, *argv)))
        return Completed(host, tuple(argv), 0, "", "", 0.0)

    def run_all(
        self, hosts: Sequence[str], argv: Sequence[str], *, deadline_s: float, sudo: bool = False
    ) -> Mapping[str, Completed]:
        return {host: self.run(host, argv, deadline_s=deadline_s, sudo=sudo) for host in hosts}

    def put(self, host: str, path: str, data: bytes, *, mode: int = 0o644) -> None:
        self.acts.append(("put", (host, path, data)))

    def get(self, host: str, path: str) -> bytes:
        raise NotImplementedError

    def is_clean(self) -> bool:
        """Whether nothing has failed and no program is left."""
        removed = ["rm", "-rf", "--", Layout().folder]
        gone = {host for host, *argv in self.did("run") if argv == removed}
        return not self.failed and not self.dead and gone == {o.terminal for o in self.offices}


def subject(name: str, *wires: str, cut: Collection[str] = (), is_single: bool = False) -> Subject:
    """A failure of some wires."""
    return Subject(name, name.partition(" ")[0], wires, frozenset(cut), is_single)

"""A branch with a dead router and the spare that comes: it obeys, knows who is believed, and can be killed at any call."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from dr.replacement import Case, Log, Standing, find_router
from dr.result import Result
from dr.rolling.tools import Tools
from inventory import Estate
from inventory.transport import Completed
from netconfig.model.tables import Row, rows_of
from netconfig.model.verify import settled
from netconfig.reach import Sessions, expected_sessions
from proof import Journal
from tests.dr_acting.patched import Killed

OLD = "certificate of the dead one"


@dataclass
class Branch:
    """Everything that a replacement touches: the device, the depot and whom tools believe."""

    estate: Estate
    hosts: tuple[str, ...]
    site: str
    kill_at: int | None = None
    calls: int = 0
    now_s: float = 1000.0
    key: str = OLD
    """Of the device that stands there."""
    is_up: bool = False
    believed: set[str] = field(default_factory=lambda: {OLD})
    state: str = "whole"
    """Of the disk that stands there: whole, staged, provisioned."""
    staged: int = 0
    never_answers: bool = False
    lost_route: str = ""
    is_silent: bool = False
    """No service answers its terminals."""
    complaint: str = ""
    refuses: str = ""
    """What the device says to a push."""
    provisions: list[bool] = field(default_factory=list)
    """By playbooks' run: whether it was told that one before it was cut off."""

    def __post_init__(self) -> None:
        self.device = find_router(self.estate, self.site, self.hosts)
        self.rows = _computed(self.estate, self.hosts, self.device.name)

    def case(self, journal: Journal, stood: Standing | None = None, wait_s: float = 30.0) -> Case:
        stood = stood or Standing(self.site, self.device.name)
        is_cut_off = stood.open_step == "provision"
        tools = Tools(
            estate=self.estate,
            hosts=self.hosts,
            transport=self,
            connect=self._nothing,
            routing=self._routing,
            provision=lambda hosts: self._provision(hosts, is_unfinished=is_cut_off),
            clock=self,
        )
        return Case(self.device, tools, self, Log(journal, stood), self._rows, self._verify, wait_s)

    def call(self) -> None:
        self.calls += 1
        if self.kill_at is not None and self.calls >= self.kill_at:
            raise Killed

    # The clock.

    def now(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += max(0.0, seconds)

    # The depot.

    def is_alive(self) -> bool:
        self.call()
        return self.is_up

    def old_certificate(self) -> str:
        self.call()
        return self.key

    def withdraw(self, certificate: str) -> str:
        self.believed.discard(certificate)
        self.call()
        return f"SHA256:{certificate}"

    def stage(self) -> Result:
        self.call()
        self.staged += 1
        self.key, self.state = f"certificate {self.staged}", "staged"
        self.believed.add(self.key)
        self.call()
        return Result(True, "staged")

    def plug_in(self) -> Result:
        self.is_up = True
        self.call()
        return Result(True, "plugged in")

    # The hosts.

    def run(self, host: str, argv: Sequence[str], **_: Any) -> Completed:
        self.call()
        words = list(argv)
        if host == self.device.name and not self._is_reached():
            return Completed(host, tuple(words), 255, "", "was not reached", 0.0)
        if words[0].endswith("vtysh"):
            return Completed(host, tuple(words), 0, self._said(words[-1]), "", 0.0)
        return Completed(
            host, tuple(words), int(self.is_silent and words[0] != "true"), "", "", 0.0
        )

    def _is_reached(self) -> bool:
        return self.is_up and not self.never_answers and self.key in self.believed

    def _said(self, command: str) -> str:
        is_whole = self.state == "whole"
        wanted: Sessions = expected_sessions(
            self.estate, self.device.name, self.hosts, is_staged=not is_whole
        )
        if command == "show bgp summary json":
            up = {peer: {"state": "Established"} for peer in wanted["bgp"]}
            return json.dumps({"ipv4Unicast": {"peers": up}})
        if command == "show ip ospf neighbor json":
            full = {peer: [{"nbrState": "Full/-"}] for peer in wanted["ospf"]}
            return json.dumps({"neighbors": full})
        if command == "show bfd peers json":
            return json.dumps([{"peer": peer, "status": "up"} for peer in wanted["bfd"]])
        assert command == "show ip route json"
        return json.dumps({row.prefix: [_route(row)] for row in self._shown(is_whole)})

    def _shown(self, is_whole: bool) -> Sequence[Row]:
        return [row for row in self.rows if is_whole and row.prefix != self.lost_route]

    def put(self, host: str, path: str, data: bytes, *, mode: int = 0o644) -> None:
        raise AssertionError("nothing is put anywhere")

    def get(self, host: str, path: str) -> bytes:
        raise AssertionError("nothing is read")

    def run_all(self, hosts: Sequence[str], argv: Sequence[str], **_: Any) -> dict[str, Completed]:
        return {host: self.run(host, argv) for host in hosts}

    # The hands.

    def _provision(self, hosts: Sequence[str], *, is_unfinished: bool) -> tuple[str, ...]:
        assert list(hosts) == [self.device.name]
        self.provisions.append(is_unfinished)
        self.call()
        self.state = "provisioned"
        self.call()
        return ()

    def _routing(self, hosts: Sequence[str], *, is_drained: bool) -> tuple[str, ...]:
        assert (list(hosts), is_drained) == ([self.device.name], False)
        self.call()
        if self.refuses:
            return (self.refuses,)
        assert self.state in ("provisioned", "whole"), "there is no guard yet"
        self.state = "whole"
        self.call()
        return ()

    def _rows(self) -> Sequence[Row]:
        return self.rows

    def _verify(self, host: str) -> str:
        self.call()
        return self.complaint

    @staticmethod
    def _nothing(*_: Any) -> Any:
        raise AssertionError("nobody is asked over HTTP from here")


_ROWS: dict[tuple[int, str], Sequence[Row]] = {}


def _computed(estate: Estate, hosts: tuple[str, ...], device: str) -> Sequence[Row]:
    key = (id(estate), device)
    if key not in _ROWS:
        _ROWS[key] = rows_of(settled(estate, hosts), device)
    return _ROWS[key]


def _route(row: Row) -> dict[str, Any]:
    hops = [{"active": True, "interfaceName": port, "ip": gateway} for port, gateway in row.ways]
    return {
        "protocol": row.protocol,
        "selected": True,
        "distance": row.distance,
        "metric": row.metric,
        "nexthops": hops or [{"blackhole": True, "active": True}],
    }

"""A living network of model routers: what is typed changes their tables, by the model; with guards, hosts and faults."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from netmiko.exceptions import NetmikoTimeoutException

from inventory import Estate
from netconfig.canonical import canonical_text, read_config
from netconfig.guard import Guard
from netconfig.kit import Confirmed, Kit, Texts
from netconfig.model.network import Network
from netconfig.model.reader import read_device
from netconfig.model.surroundings import surround
from netconfig.model.tables import ROUTE_COMMAND, rows_of
from netconfig.model.verify import rendered
from netconfig.reach import COMMANDS, expected_sessions
from netconfig.render import router_config, staging_config
from tests.netconfig.guarded import Guarded
from tests.netconfig.model_router import ModelRouter
from tests.netconfig.openers import opener

__all__ = ["Living"]


class _Router(ModelRouter):
    """A model router that also says what its neighbours and its table are."""

    world: Living

    def read(self, command: str) -> str:
        if self.name in self.world.mute:
            raise NetmikoTimeoutException(f"{self.name} does not answer any more")
        if command == ROUTE_COMMAND:
            return self.world.table(self.name)
        if command in COMMANDS.values():
            return self.world.sessions(self.name, command)
        return super().read(command)

    def type_lines(self, lines: Sequence[str]) -> str:
        self.world.order.append(self.name)
        said = super().type_lines(lines)
        self.world.when_typed(self.name)
        return said


@dataclass
class Living:
    """The routers and balancers of a slice, running what they should."""

    estate: Estate
    within: tuple[str, ...]
    order: list[str] = field(default_factory=list)
    """Who was typed into, in order."""
    down: set[tuple[str, str]] = field(default_factory=set)
    """Sessions that are down, as (device, neighbour)."""
    mute: set[str] = field(default_factory=set)
    """Hosts that do not answer."""
    slept: list[float] = field(default_factory=list)
    kept: list[Confirmed] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    when_typed: Callable[[str], object] = lambda _: None
    when_slept: Callable[[int], object] = lambda _: None
    change: Callable[[str, str], str] = lambda _, text: text
    """What becomes of a device's text: host, text → the text that it should run."""

    def __post_init__(self) -> None:
        self.routers: dict[str, _Router] = {}
        self.guards: dict[str, Guarded] = {}
        self.around = surround(self.estate, self.within)
        self._tables: dict[frozenset[tuple[str, str]], Network] = {}
        for host in self.estate.select(within=self.within):
            if host.role in ("router", "balancer"):
                router = _Router(host.name)
                router.world = self
                router.lines = set(read_config(self.text(host.name)))
                router.saved = set(router.lines)
                self.routers[host.name] = router
                self.guards[host.name] = Guarded(router)

    def text(self, host: str) -> str:
        """What a device runs before anything changes."""
        return router_config(self.estate, host, self.within)

    def staged(self, host: str) -> str:
        """What it runs on day 0."""
        return staging_config(self.estate, host, self.within)

    def kit(self, **other: Any) -> Kit:
        """A kit to push to them."""

        def drained(host: str) -> str:
            return router_config(self.estate, host, self.within, is_drained=True)

        def sleep(seconds: float) -> None:
            self.slept.append(seconds)
            self.when_slept(len(self.slept))

        known: dict[str, Any] = {
            "estate": self.estate,
            "within": self.within,
            "texts": Texts(
                plain=lambda host: self.change(host, self.text(host)),
                drained=lambda host: self.change(host, drained(host)),
                staged=self.staged,
            ),
            "opener": self.open,
            "guard": Guard(lambda host, words: self.guards[host].ask(host, words), "chg-1-0", 60),
            "probe": lambda host: host not in self.mute,
            "keep": self.kept.extend,
            "says": self.said.append,
            "sleep": sleep,
            "deadline_s": 0.0,
        }
        return Kit(**(known | other))

    def open(self, host: str) -> AbstractContextManager[ModelRouter]:
        """A session, unless the device is mute."""
        there = [router for name, router in self.routers.items() if name not in self.mute]
        session: AbstractContextManager[ModelRouter] = opener(*there)(host)
        return session

    def runs(self, host: str) -> str:
        """What a device runs now."""
        return canonical_text(read_config(self.routers[host].shown()))

    def sessions(self, host: str, command: str) -> str:
        """The answer to one of the commands about neighbours."""
        expected = expected_sessions(self.estate, host, self.within)
        if command == COMMANDS["bgp"]:
            peers = [peer for peer in expected["bgp"] if (host, peer) not in self.down]
            up = {"state": "Established"}
            return json.dumps({"ipv4Unicast": {"peers": dict.fromkeys(peers, up)}})
        if command == COMMANDS["ospf"]:
            full = [{"nbrState": "Full/DR"}]
            return json.dumps({"neighbors": dict.fromkeys(expected["ospf"], full)})
        return json.dumps([{"peer": peer, "status": "up"} for peer in expected["bfd"]])

    def table(self, host: str) -> str:
        """What `show ip route json` says, by the model."""
        texts = rendered(self.estate, self.within)
        texts |= {name: self.runs(name) for name in self.routers}
        key = frozenset(texts.items())
        if key not in self._tables:
            devices = [read_device(name, text) for name, text in texts.items()]
            self._tables[key] = Network(devices, self.around)
        shown = {}
        for row in rows_of(self._tables[key], host):
            hops = [{"interfaceName": n, "ip": ip, "active": True} for n, ip in row.ways]
            shown[row.prefix] = [
                {
                    "selected": True,
                    "protocol": row.protocol,
                    "distance": row.distance,
                    "metric": row.metric,
                    "nexthops": hops,
                }
            ]
        return json.dumps(shown)

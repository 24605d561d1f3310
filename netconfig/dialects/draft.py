"""An intent in the making: what a parser has found so far, in the order of the text."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Any

from netconfig.dialects.dialect import InvalidConfiguration
from netconfig.intent import (
    Bgp,
    Clause,
    Gateway,
    Intent,
    Management,
    Neighbor,
    OspfPort,
    PacketFilter,
    PacketRule,
    PathList,
    Port,
    PrefixList,
    PrefixRule,
    Route,
    RouteMap,
)

__all__ = ["Draft"]

_Fields = dict[str, Any]


@dataclass(slots=True)
class Draft:
    """The parts of an intent by their names; `freeze` makes it one."""

    host: str | None = None
    router_id: IPv4Address | None = None
    asn: int | None = None
    has_ospf: bool = False
    has_igp: bool = False
    is_drained: bool = False
    ports: dict[str, _Fields] = field(default_factory=dict)
    routes: list[Route] = field(default_factory=list)
    prefix_lists: dict[str, list[PrefixRule]] = field(default_factory=dict)
    path_lists: dict[str, PathList] = field(default_factory=dict)
    route_maps: dict[str, dict[int, _Fields]] = field(default_factory=dict)
    packet_filters: dict[str, list[PacketRule]] = field(default_factory=dict)
    filters: dict[str, str] = field(default_factory=dict)
    networks: list[IPv4Network] = field(default_factory=list)
    neighbors: dict[IPv4Address, _Fields] = field(default_factory=dict)
    management: _Fields = field(default_factory=dict)

    def port(self, name: str) -> _Fields:
        """The fields of an interface, made when it is first spoken of."""
        return self.ports.setdefault(name, {"addresses": []})

    def address(self, port: str, address: IPv4Interface) -> None:
        """One more address of an interface."""
        self.port(port)["addresses"].append(address)

    def clause(self, route_map: str, sequence: int, *, permits: bool | None = None) -> _Fields:
        """The fields of a route map's clause, made when it is first spoken of."""
        found = self.route_maps.setdefault(route_map, {}).setdefault(sequence, {})
        if permits is not None:
            found["permits"] = permits
        return found

    def neighbor(self, address: str) -> _Fields:
        """The fields of a session, made when it is first spoken of."""
        return self.neighbors.setdefault(IPv4Address(address), {})

    def gateway(self, port: str) -> _Fields:
        """The fields of an interface's shared address, with VRRP's own priority until another is said."""
        fields: _Fields = self.port(port).setdefault(
            "gateway", {"address": IPv4Address(0), "priority": 100}
        )
        return fields

    def plane(self) -> _Fields:
        """The fields of the management plane, made when it is first spoken of."""
        self.management.setdefault("banner", "")
        self.management.setdefault("operators", ())
        return self.management

    def watched_by(self, address: str) -> None:
        """One more host that is told what happens and asked for the time."""
        self.lets_in("watchers", IPv4Address(address))

    def lets_in(self, whom: str, one: IPv4Address | IPv4Network) -> None:
        """One more of the management plane's hosts or networks, by the name of its field."""
        plane = self.plane()
        plane[whom] = (*plane.get(whom, ()), one)

    def freeze(self) -> Intent:
        """The intent; InvalidConfiguration for a text without a host's name or a router id."""
        if self.router_id is None:
            # Devices without one of their own take the loopback's address, and so do we.
            addresses = self.ports.get("lo", {}).get("addresses") or [None]
            self.router_id = addresses[0].ip if addresses[0] is not None else None
        if self.host is None or self.router_id is None:
            what = "host name" if self.host is None else "router id"
            raise InvalidConfiguration((f"the text has no {what}; is it a whole configuration?",))
        return Intent(
            host=self.host,
            router_id=self.router_id,
            ports=tuple(_port(name, fields) for name, fields in self.ports.items()),
            routes=tuple(self.routes),
            prefix_lists=tuple(
                PrefixList(name, tuple(rules)) for name, rules in self.prefix_lists.items()
            ),
            path_lists=tuple(self.path_lists.values()),
            route_maps=tuple(
                RouteMap(
                    name,
                    tuple(Clause(sequence, **fields) for sequence, fields in clauses.items()),
                )
                for name, clauses in self.route_maps.items()
            ),
            filters=tuple(self.filters.items()),
            packet_filters=tuple(
                PacketFilter(name, tuple(rules)) for name, rules in self.packet_filters.items()
            ),
            has_ospf=self.has_ospf,
            bgp=self._bgp(),
            is_drained=self.is_drained,
            management=Management(**self.management) if self.management else None,
        )

    def _bgp(self) -> Bgp | None:
        if self.asn is None:
            return None
        return Bgp(
            asn=self.asn,
            networks=tuple(self.networks),
            neighbors=tuple(
                Neighbor(address=address, **{"description": "", **fields})
                for address, fields in self.neighbors.items()
                # A session without an AS number is none; its lines are foreign.
                if "asn" in fields
            ),
            has_igp=self.has_igp,
        )


def _port(name: str, fields: _Fields) -> Port:
    found = dict(fields)
    ospf = found.pop("ospf", None)
    gateway = found.pop("gateway", None)
    return Port(
        name=name,
        addresses=tuple(found.pop("addresses")),
        ospf=None if ospf is None else OspfPort(**{"is_passive": False, **ospf}),
        gateway=Gateway(**gateway) if gateway else None,
        **found,
    )

"""What one device should do, as frozen values: the middle between the estate and a vendor's text.

Nothing here knows a syntax. A value that is None or empty is a thing the device does not do.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

__all__ = [
    "Bgp",
    "Clause",
    "Intent",
    "Neighbor",
    "OspfPort",
    "PathList",
    "Port",
    "PrefixList",
    "PrefixRule",
    "Route",
    "RouteMap",
]


@dataclass(frozen=True, slots=True)
class OspfPort:
    """How an interface takes part in OSPF; a passive one is announced but finds no neighbours."""

    is_passive: bool
    cost: int | None = None


@dataclass(frozen=True, slots=True)
class Port:
    """An interface that FRR owns; `addresses` is empty where somebody else sets them."""

    name: str
    addresses: tuple[IPv4Interface, ...]
    description: str | None = None
    ospf: OspfPort | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """A static route; without a gateway it discards. A `distance` above every protocol's waits behind them."""

    prefix: IPv4Network
    gateway: IPv4Address | None = None
    interface: str | None = None
    distance: int | None = None


@dataclass(frozen=True, slots=True)
class PrefixRule:
    """One permitted prefix; `length` = the only length let through inside it (None: the prefix itself).

    The sequence comes from the thing's own number, so that a new site or service is one new line and moves no other.
    """

    sequence: int
    prefix: IPv4Network
    length: int | None = None


@dataclass(frozen=True, slots=True)
class PrefixList:
    """A named set of prefixes; what no rule permits is refused."""

    name: str
    rules: tuple[PrefixRule, ...]


@dataclass(frozen=True, slots=True)
class PathList:
    """A named AS-path expression."""

    name: str
    expression: str


@dataclass(frozen=True, slots=True)
class Clause:
    """One entry of a route map: all given matches must hold, then all given changes are made."""

    sequence: int
    permits: bool = True
    prefixes: str | None = None
    path: str | None = None
    interface: str | None = None
    local_preference: int | None = None
    prepend: tuple[int, ...] = ()
    source: IPv4Address | None = None


@dataclass(frozen=True, slots=True)
class RouteMap:
    """A named policy; what no clause permits is refused."""

    name: str
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Neighbor:
    """A BGP session; `source` is set for sessions between loopbacks inside a site."""

    address: IPv4Address
    asn: int
    description: str
    source: IPv4Address | None = None
    accept: str | None = None
    announce: str | None = None
    prefix_limit: int | None = None


@dataclass(frozen=True, slots=True)
class Bgp:
    """BGP of one device: its AS, what it originates if it is there, and whom it speaks to."""

    asn: int
    networks: tuple[IPv4Network, ...]
    neighbors: tuple[Neighbor, ...]
    has_igp: bool


@dataclass(frozen=True, slots=True)
class Intent:
    """Everything one device should do; `filters` maps a protocol to the route map between it and the kernel."""

    host: str
    router_id: IPv4Address
    ports: tuple[Port, ...]
    routes: tuple[Route, ...] = ()
    prefix_lists: tuple[PrefixList, ...] = ()
    path_lists: tuple[PathList, ...] = ()
    route_maps: tuple[RouteMap, ...] = ()
    filters: tuple[tuple[str, str], ...] = ()
    has_ospf: bool = False
    bgp: Bgp | None = None
    is_drained: bool = False
    """Neighbours are asked to prefer others: nothing passes, and the device can go."""

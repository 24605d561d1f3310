"""What one device should do, as frozen values: the middle between the estate and a vendor's text.

Nothing here knows a syntax. A value that is None or empty is a thing the device does not do.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

__all__ = [
    "Bgp",
    "Clause",
    "Gateway",
    "Intent",
    "Management",
    "Neighbor",
    "OspfPort",
    "PacketFilter",
    "PacketRule",
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
class Gateway:
    """An address that several routers share by VRRP; who has the highest priority holds it."""

    address: IPv4Address
    priority: int


@dataclass(frozen=True, slots=True)
class Port:
    """An interface of the device; `addresses` is empty where somebody else sets them.

    `slot` is its place in the chassis where ports are numbered and not named; `mtu` None = 1,500 bytes; `inbound` names the
    packet filter for what comes in.
    """

    name: str
    addresses: tuple[IPv4Interface, ...]
    description: str | None = None
    ospf: OspfPort | None = None
    slot: int | None = None
    mtu: int | None = None
    inbound: str | None = None
    gateway: Gateway | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """A static route; without a gateway it discards. A `distance` above every protocol's waits behind them.

    A gateway without an interface is looked for by the other routes (and the nearest of several that hold it is taken).
    """

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
class PacketRule:
    """One rule of a packet filter; None = any. `is_reply` = belongs to a connection that began on the other side."""

    sequence: int
    permits: bool = True
    protocol: str | None = None
    source: IPv4Network | None = None
    from_port: int | None = None
    target: IPv4Network | None = None
    port: int | None = None
    is_reply: bool = False


@dataclass(frozen=True, slots=True)
class PacketFilter:
    """A named packet filter; what no rule permits is dropped."""

    name: str
    rules: tuple[PacketRule, ...]


@dataclass(frozen=True, slots=True)
class Management:
    """Who may manage the device and whom it tells; all sessions of its own begin at its router id.

    `operators` may log in by SSH, `pollers` may read by SNMPv3, `watchers` are asked for the time and told what happens.
    """

    banner: str
    operators: tuple[IPv4Network, ...]
    watchers: tuple[IPv4Address, ...] = ()
    pollers: tuple[IPv4Network, ...] = ()


@dataclass(frozen=True, slots=True)
class Neighbor:
    """A BGP session; `source` is set for sessions between loopbacks inside a site.

    `secret` is the name of what authenticates the session, never the secret itself.
    """

    address: IPv4Address
    asn: int
    description: str
    source: IPv4Address | None = None
    accept: str | None = None
    announce: str | None = None
    prefix_limit: int | None = None
    secret: str | None = None


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
    packet_filters: tuple[PacketFilter, ...] = ()
    has_ospf: bool = False
    bgp: Bgp | None = None
    is_drained: bool = False
    """Neighbours are asked to prefer others: nothing passes, and the device can go."""
    management: Management | None = None
    """None where the management plane is another tool's: on Debian hosts it is Ansible's."""

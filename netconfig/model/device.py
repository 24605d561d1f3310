"""One device as the model sees it: what its text makes it do, with everything that decides a route and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from netconfig.model.judgement import Policy

__all__ = ["Bgp", "Device", "Peer", "Port", "Static"]


@dataclass(slots=True)
class Port:
    """An interface; `addresses` are (address, prefix length). Costs, timers and MTU are those of OSPF."""

    name: str
    addresses: list[tuple[int, int]] = field(default_factory=list)
    area: str | None = None
    is_passive: bool = False
    is_point_to_point: bool = False
    cost: int | None = None
    hello_s: int = 10
    dead_s: int = 40
    mtu: int = 1500
    is_shut: bool = False


@dataclass(frozen=True, slots=True)
class Static:
    """A static route; without a gateway it discards (Null0)."""

    prefix: int
    gateway: int | None
    interface: str | None
    distance: int = 1


@dataclass(slots=True)
class Peer:
    """One neighbour line by line; a policy that is None was not asked for."""

    address: int
    asn: int = 0
    source: int | None = None
    is_active: bool = False
    is_shut: bool = False
    is_next_hop_self: bool = False
    weight: int = 0
    hops: int = 1
    password: str | None = None
    accept: Policy | None = None
    announce: Policy | None = None
    limit: int | None = None


@dataclass(slots=True)
class Bgp:
    """BGP of a device, with FRR 8.4's defaults where the text is silent."""

    asn: int
    router_id: int = 0
    networks: dict[int, None] = field(default_factory=dict)
    peers: dict[int, Peer] = field(default_factory=dict)
    external_distance: int = 20
    internal_distance: int = 200
    compares_router_id: bool = False
    checks_import: bool = True
    requires_policy: bool = True
    is_shutting: bool = False


@dataclass(slots=True)
class Device:
    """A router, balancer or provider; `unread` are the lines that the model does not understand.

    `filters` maps a protocol to the policy between it and the kernel.
    """

    name: str
    ports: dict[str, Port] = field(default_factory=dict)
    statics: list[Static] = field(default_factory=list)
    filters: Mapping[str, Policy] = field(default_factory=dict)
    ospf_router_id: int | None = None
    has_max_metric: bool = False
    bgp: Bgp | None = None
    unread: list[str] = field(default_factory=list)

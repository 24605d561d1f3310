"""What stands around the devices and is in none of their texts: wires, addresses that others set, shared gateways."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from inventory import Estate

__all__ = ["Held", "SharedGateway", "Surroundings", "WireEnds", "surround"]


@dataclass(frozen=True, slots=True)
class WireEnds:
    """A cable or a switch with its ends on devices, as (device, port); `network` = the wide-area network it belongs to."""

    name: str
    is_lan: bool
    ends: tuple[tuple[str, str], ...]
    network: str | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """An address that something else than the device's own text puts on a port of it."""

    device: str
    port: str
    address: int
    length: int


@dataclass(frozen=True, slots=True)
class SharedGateway:
    """An address on a LAN that the first living router of several holds (VRRP), best first."""

    wire: str
    address: int
    ports: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Surroundings:
    """All of it; `defaults` are gateways for want of a better way (device → (port, gateway))."""

    wires: tuple[WireEnds, ...]
    held: tuple[Held, ...]
    gateways: tuple[SharedGateway, ...]
    defaults: Mapping[str, tuple[str, int]]
    ends_only: frozenset[str]
    """Devices that forward nothing: packets that are not for them are dropped."""
    providers: Mapping[str, str]
    """The network of each provider's device."""
    sites: Mapping[str, str]
    """The site of each other device."""


def surround(
    estate: Estate,
    within: Collection[str] | None = None,
    served: Collection[str] | None = None,
) -> Surroundings:
    """What stands around the devices of an estate (default: all of it).

    Every service, or each of those named in `served`, is well wherever it has a place.
    A balancer announces its services while it, its LAN and a gateway of its LAN are there (`announce` of role balancer).
    """
    names = frozenset(estate.hosts if within is None else within)
    routed = {h.name: h for h in estate.hosts.values() if h.name in names and _is_routed(h.role)}
    network = {line.name: line.network for line in estate.lines}
    wires = []
    for wire in estate.wires(names):
        ends = tuple((end.host, end.interface) for end in wire.ends if end.host in routed)
        if ends:
            wires.append(WireEnds(wire.name, wire.kind == "lan", ends, network.get(wire.name)))
    held, defaults = [], {}
    for host in routed.values():
        if host.role != "balancer":
            continue
        site = estate.sites[host.site or ""]
        lan = host.interface("lan")
        if lan.address is not None:
            held.append(Held(host.name, "lan", int(lan.address.ip), lan.address.network.prefixlen))
        defaults[host.name] = ("lan", int(site.gateway))
        held += [
            Held(host.name, "lo", int(service.address), 32)
            for service in estate.services.values()
            if site.name in service.home_order and (served is None or service.name in served)
        ]
    return Surroundings(
        wires=tuple(wires),
        held=tuple(held),
        gateways=tuple(_gateways(estate, wires)),
        defaults=defaults,
        ends_only=frozenset(name for name, host in routed.items() if host.role == "balancer"),
        providers={name: host.network for name, host in routed.items() if host.network},
        sites={name: host.site for name, host in routed.items() if host.site},
    )


def _is_routed(role: str) -> bool:
    return role in ("router", "balancer", "provider")


def _gateways(estate: Estate, wires: list[WireEnds]) -> list[SharedGateway]:
    found = []
    lans = {f"{site.name}:lan": site for site in estate.sites.values()}
    for wire in wires:
        if wire.is_lan and wire.name in lans:
            ends = sorted(
                (end for end in wire.ends if estate.hosts[end[0]].role == "router"),
                key=lambda end: estate.hosts[end[0]].index,
            )
            found.append(SharedGateway(wire.name, int(lans[wire.name].gateway), tuple(ends)))
    return found

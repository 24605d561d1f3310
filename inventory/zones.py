"""Counters in other people's halls and on the road: zones of their own, whose borders follow from the flows.

Invariant: what leaves a zone's LAN goes to what a terminal's flow names, or answers a flow to a terminal; nothing else
leaves, so that nothing passes between two counters, or between one and an office, not even as an answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, collapse_addresses

from inventory.model import Estate
from inventory.parts import Flow, Host, Site

__all__ = ["ZONE_KINDS", "Crossing", "crossings", "zone_of"]

# Kinds of sites that are a zone each.
ZONE_KINDS = ("partner", "visiting")


@dataclass(frozen=True, slots=True)
class Crossing:
    """What may leave a zone: to `target`, to its `port`, or from `from_port` in answer to it (`is_reply`)."""

    protocol: str
    target: IPv4Network
    port: int | None
    from_port: int | None
    is_reply: bool
    purpose: str


def zone_of(estate: Estate, host: Host) -> Site | None:
    """The zone that a router stands at the border of; None for every other host."""
    if host.role != "router" or host.site is None:
        return None
    site = estate.sites[host.site]
    return site if site.kind in ZONE_KINDS else None


def crossings(estate: Estate, within: Collection[str] | None = None) -> tuple[Crossing, ...]:
    """What may leave any zone of a slice, flow by flow; whoever sits at a counter is a terminal."""
    hosts = estate.select(within=within)
    leaving = [
        Crossing(flow.protocol, target, flow.port, None, False, flow.purpose)
        for flow in estate.flows
        if "terminal" in flow.sources and flow.scope == "estate"
        for target in _targets(estate, hosts, flow)
    ]
    answering = [
        Crossing(flow.protocol, caller, None, flow.port, True, f"{flow.purpose}, answers")
        for flow in estate.flows
        if flow.target == "terminal" and flow.protocol == "tcp" and flow.scope == "estate"
        for caller in _addresses(hosts, flow.sources)
    ]
    return (*leaving, *answering)


def _targets(estate: Estate, hosts: Iterable[Host], flow: Flow) -> tuple[IPv4Network, ...]:
    if flow.target == "balancer":
        # What balancers serve is reached at the services' addresses.
        return (estate.addressing.services,)
    return _addresses(hosts, (flow.target,))


def _addresses(hosts: Iterable[Host], roles: tuple[str, ...]) -> tuple[IPv4Network, ...]:
    found = sorted(host.address for host in hosts if host.role in roles)
    return tuple(collapse_addresses(IPv4Network(address) for address in found))

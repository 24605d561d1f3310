"""A device's management plane, its zone's border, and the figures of its ports."""

from __future__ import annotations

import re
from collections.abc import Iterator

from inventory import Estate
from inventory.zones import zone_of
from netconfig.checks.fault import Fault
from netconfig.intent import Intent

__all__ = ["RULES"]

# What every dialect can quote in one line.
_BANNER = re.compile(r"[^\"^\\\n]{1,200}")


def management_is_closed(estate: Estate, intent: Intent) -> Iterator[Fault]:
    """Somebody may log in, and not everybody; somebody is told what happens; the banner can be quoted."""
    plane = intent.management
    if plane is None:
        return
    for key, networks in (("operators", plane.operators), ("pollers", plane.pollers)):
        for network in networks:
            if network.prefixlen < 24:
                message = f"lets in {network.num_addresses} addresses"
                at = f"management.{key}[{network}]"
                yield Fault(intent.host, at, None, message, "name bastions or monitoring hosts")
    if not plane.operators:
        remedy = "let a bastion in by a flow to tcp 22"
        yield Fault(intent.host, "management.operators", None, "nobody may log in", remedy)
    if not plane.watchers:
        remedy = "give the estate a monitoring host"
        yield Fault(intent.host, "management.watchers", None, "nobody is told anything", remedy)
    if not _BANNER.fullmatch(plane.banner):
        message = "cannot be quoted by every dialect"
        remedy = 'write one line of at most 200 characters without ", ^ and \\'
        yield Fault(intent.host, "management.banner", repr(plane.banner), message, remedy)


def borders_are_closed(estate: Estate, intent: Intent) -> Iterator[Fault]:
    """No packet filter lets everything through, and a counter's LAN has one where the dialect has filters."""
    for one in intent.packet_filters:
        for rule in one.rules:
            if rule.permits and rule.source is None and rule.target is None:
                at = f"packet_filters[{one.name}].rules[{rule.sequence}]"
                message = "lets everybody through to everybody"
                yield Fault(intent.host, at, None, message, "name a source or a target")
    host = estate.hosts.get(intent.host)
    zone = zone_of(estate, host) if host else None
    has_filters = any(port.slot is not None for port in intent.ports)
    if zone is not None and has_filters:
        for port in intent.ports:
            if port.name == "lan" and port.inbound is None:
                message = f"the LAN of a {zone.kind} counter has no border"
                remedy = "name the packet filter of its zone"
                yield Fault(intent.host, "ports[lan].inbound", None, message, remedy)


def figures_are_in_range(estate: Estate, intent: Intent) -> Iterator[Fault]:
    """MTU, cost and preferences are numbers that devices take."""
    for port in intent.ports:
        if port.mtu is not None and not 576 <= port.mtu <= 9216:
            at = f"ports[{port.name}].mtu"
            yield Fault(intent.host, at, port.mtu, "is no MTU of a line", "write 576 to 9216")
        ospf = port.ospf
        if ospf is None or ospf.is_passive:
            continue
        if ospf.cost is None or not 1 <= ospf.cost <= 65534:
            at = f"ports[{port.name}].ospf.cost"
            message = "is no cost" if ospf.cost is not None else "has no cost"
            yield Fault(intent.host, at, ospf.cost, message, "write 1 to 65534; 65535 drains")
        if any(
            session.address in address.network
            for session in (intent.bgp.neighbors if intent.bgp else ())
            for address in port.addresses
            if session.source is None
        ):
            message = "speaks OSPF to a network that is not ours"
            at = f"ports[{port.name}].ospf"
            yield Fault(intent.host, at, None, message, "remove it; BGP is spoken there")


def routes_lead_somewhere(estate: Estate, intent: Intent) -> Iterator[Fault]:
    """A route's gateway stands on the port that the route names."""
    ports = {port.name: port for port in intent.ports}
    for route in intent.routes:
        port = ports.get(route.interface or "")
        if route.gateway is None or port is None:
            continue
        if not any(route.gateway in address.network for address in port.addresses):
            at = f"routes[{route.prefix}].gateway"
            message = f"stands on no network of {port.name}"
            yield Fault(intent.host, at, route.gateway, message, "name the gateway's own port")


RULES = (management_is_closed, borders_are_closed, figures_are_in_range, routes_lead_somewhere)

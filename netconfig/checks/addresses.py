"""Addresses and numbers of all devices together: each is one device's, and networks do not overlap."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv4Network

from inventory import Estate
from netconfig.checks.fault import Fault, doubled
from netconfig.intent import Intent

__all__ = ["RULES"]


def addresses_are_unique(estate: Estate, intents: Mapping[str, Intent]) -> Iterator[Fault]:
    """No two ports have one address, save a gateway's that is shared by VRRP, and the way out of a site on its routers."""
    found = [
        (address.ip, (intent.host, port.name))
        for intent in intents.values()
        for port in intent.ports
        for address in port.addresses
        if not (port.name == "lo" and _leads_out(estate, intent.host, address.ip))
    ]
    for address, first, (host, port) in doubled(found):
        message = f"is the address of {first[0]} {first[1]} already"
        remedy = "give one of them another address"
        yield Fault(host, f"ports[{port}].addresses", address, message, remedy)
    routers = [(intent.router_id, intent.host) for intent in intents.values()]
    for router_id, before, host in doubled(routers):
        message = f"is the router id of {before} already"
        yield Fault(host, "router_id", router_id, message, "give each device an id of its own")


def networks_are_apart(estate: Estate, intents: Mapping[str, Intent]) -> Iterator[Fault]:
    """Two ports are on one network or on networks that do not overlap."""
    networks: dict[IPv4Network, tuple[str, str]] = {}
    for intent in intents.values():
        for port in intent.ports:
            for address in port.addresses:
                if address.network.prefixlen < 32:
                    networks.setdefault(address.network, (intent.host, port.name))
    widest: IPv4Network | None = None
    for network in sorted(networks):
        if widest is not None and network.subnet_of(widest):
            host, name = networks[network]
            other = " ".join(networks[widest])
            message = f"overlaps {widest} on {other}"
            remedy = "correct the address or its length"
            yield Fault(host, f"ports[{name}].addresses", network, message, remedy)
        else:
            widest = network


def _leads_out(estate: Estate, host: str, address: IPv4Address) -> bool:
    site = estate.hosts[host].site if host in estate.hosts else None
    return site is not None and estate.sites[site].way_out == address


def sites_keep_to_their_blocks(estate: Estate, intents: Mapping[str, Intent]) -> Iterator[Fault]:
    """A router's LAN is its site's, and what it announces is its site's or a service."""
    for intent in intents.values():
        host = estate.hosts.get(intent.host)
        if host is None or host.site is None:
            continue
        blocks = [
            site.prefix for site in estate.sites.values() if host.site in (site.name, site.shares)
        ]
        for port in intent.ports:
            for address in port.addresses:
                if port.name.startswith("lan") and not any(address.ip in b for b in blocks):
                    message = f"is no address of {host.site}"
                    remedy = f"take one of {', '.join(map(str, blocks))}"
                    at = f"ports[{port.name}].addresses"
                    yield Fault(intent.host, at, address, message, remedy)
        for network in intent.bgp.networks if intent.bgp else ():
            allowed = [*blocks, estate.addressing.services]
            if not any(network.subnet_of(block) for block in allowed):
                message = f"is neither a block of {host.site} nor a service"
                at = f"bgp.networks[{network}]"
                yield Fault(intent.host, at, None, message, "announce what is there")


def as_numbers_are_one_sites(estate: Estate, intents: Mapping[str, Intent]) -> Iterator[Fault]:
    """Two sites have two AS numbers: else neither hears of the other."""
    places: dict[int, tuple[str, str]] = {}
    for intent in intents.values():
        host = estate.hosts.get(intent.host)
        if host is None or intent.bgp is None:
            continue
        place = host.site or host.network or ""
        before = places.setdefault(intent.bgp.asn, (place, intent.host))
        if before[0] != place:
            message = f"is the AS number of {before[0]} already"
            remedy = f"give {place} an AS number of its own"
            yield Fault(intent.host, "bgp.asn", intent.bgp.asn, message, remedy)


def services_have_announcers(estate: Estate, intents: Mapping[str, Intent]) -> Iterator[Fault]:
    """Every service is announced by the routers of each centre in its home order."""
    for service in estate.services.values():
        for centre in service.home_order:
            routers = [h.name for h in estate.select(role="router", site=centre)]
            for name in routers:
                intent = intents.get(name)
                networks = intent.bgp.networks if intent and intent.bgp else ()
                if intent is not None and IPv4Network(service.address) not in networks:
                    message = f"service {service.name} is at home in {centre} and not announced"
                    remedy = f"announce {service.address}/32 or take {centre} from its home order"
                    yield Fault(name, "bgp.networks", None, message, remedy)


RULES = (
    addresses_are_unique,
    networks_are_apart,
    sites_keep_to_their_blocks,
    as_numbers_are_one_sites,
    services_have_announcers,
)

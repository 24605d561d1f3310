"""What a device has beyond routing, where its dialect can say it: slots, MTU, secrets, VRRP, filters, management.

On a Debian host these are the kernel's and Ansible's, so FRR covers none of them (`docs/dialects.md`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network, collapse_addresses
from itertools import count

from inventory import Estate, Host, Interface
from inventory.zones import crossings, zone_of
from netconfig.derivation import derive_intent
from netconfig.dialects import DIALECTS, Dialect
from netconfig.intent import (
    Gateway,
    Intent,
    Management,
    Neighbor,
    PacketFilter,
    PacketRule,
    Port,
)

__all__ = ["UnknownDialect", "configuration", "device_intent", "dialect_of"]

# The name of the filter on the LAN of a zone.
ZONE = "ZONE"

# Where the ports of a chassis are, by what is in them; each block has room for all of its kind.
_LAN, _CORE, _BALANCERS, _LINES, _TAGGED = 0, 1, 8, 16, 100
_STANDARD_MTU = 1500
_SSH, _SNMP = 22, 161


class UnknownDialect(ValueError):
    """No device speaks a language of this name."""


def dialect_of(estate: Estate, host: str, wanted: str | None = None) -> Dialect:
    """The dialect by its name, or the one that the estate gives the device; UnknownDialect, UnknownHost."""
    name = wanted or estate.dialect_of(host)
    try:
        return DIALECTS[name]
    except KeyError:
        known = ", ".join(DIALECTS)
        raise UnknownDialect(f"'{name}' is no dialect; known: {known}") from None


def configuration(
    estate: Estate,
    host: str,
    dialect: Dialect,
    within: Collection[str] | None = None,
    *,
    is_staged: bool = False,
    is_drained: bool = False,
) -> str:
    """The whole configuration of a device in a dialect; UnknownHost, NotRouted, InvalidIntent."""
    return dialect.render(
        device_intent(
            estate, host, dialect.covers, within, is_staged=is_staged, is_drained=is_drained
        )
    )


def device_intent(
    estate: Estate,
    host: str,
    covers: Collection[str] = (),
    within: Collection[str] | None = None,
    *,
    is_staged: bool = False,
    is_drained: bool = False,
) -> Intent:
    """The routing of a device, completed by those parts that `covers` names; UnknownHost and NotRouted."""
    intent = derive_intent(estate, host, within, is_staged=is_staged, is_drained=is_drained)
    machine = estate.host(host)
    ports = tuple(_port(estate, machine, port, covers) for port in intent.ports)
    bgp = intent.bgp
    if bgp is not None and "authentication" in covers:
        secrets = _secrets(estate, machine)
        bgp = replace(bgp, neighbors=tuple(_secured(x, secrets) for x in bgp.neighbors))
    return replace(
        intent,
        ports=ports,
        bgp=bgp,
        packet_filters=_filters(estate, machine) if "filters" in covers else (),
        management=_management(estate, machine) if "management" in covers else None,
    )


def _port(estate: Estate, host: Host, port: Port, covers: Collection[str]) -> Port:
    if port.name == "lo":
        return port
    wire = host.interface(port.name)
    changes: dict[str, object] = {}
    if "chassis" in covers:
        changes["slot"] = _slot(estate, host, wire)
    if "mtu" in covers:
        changes["mtu"] = _mtu(estate, wire)
    if "gateway" in covers:
        gateway = _gateway(estate, host, wire)
        changes["gateway"] = gateway
        if gateway is not None:
            # A device with VRRP of its own needs no place-holder for the shared address.
            changes["addresses"] = tuple(a for a in port.addresses if a.ip != gateway.address)
    if "filters" in covers and wire.name == "lan" and zone_of(estate, host):
        changes["inbound"] = ZONE
    return replace(port, **changes)  # type: ignore[arg-type]


def _slot(estate: Estate, host: Host, port: Interface) -> int:
    kind, _, number = port.name.partition("-")
    if host.role == "provider":
        line = next(line for line in estate.lines if line.name == port.wire)
        return _TAGGED + 4 * estate.sites[line.site].number + line.router - 1
    if host.role == "balancer":
        return int(port.name.removeprefix("core"))
    match kind:
        case "lan":
            return _TAGGED + int(number) if number else _LAN
        case "core":
            return _CORE
        case "wan":
            return _LINES + estate.networks[number].number
    return _BALANCERS + int(port.name.removeprefix("lb"))


def _mtu(estate: Estate, port: Interface) -> int | None:
    network = next((line.network for line in estate.lines if line.name == port.wire), None)
    mtu = _STANDARD_MTU if network is None else estate.networks[network].mtu
    return None if mtu == _STANDARD_MTU else mtu


def _gateway(estate: Estate, host: Host, port: Interface) -> Gateway | None:
    """The LAN's address that the site's routers share by VRRP, the first of them preferred."""
    if host.role != "router" or not port.name.startswith("lan") or port.address is None:
        return None
    site = next(site for site in estate.sites.values() if port.address.ip in site.lan)
    if len(estate.select(role="router", site=host.site)) == 1:
        return None
    return Gateway(site.gateway, 110 - 10 * host.index)


def _secrets(estate: Estate, host: Host) -> dict[str, str]:
    """The names of secrets by the description of the session: a network's name, or a customer's for a network."""
    if host.network is not None:
        own = estate.networks[host.network].session_secret
        return {} if own is None else dict.fromkeys(estate.hosts, own)
    return {
        network.name: network.session_secret
        for network in estate.networks.values()
        if network.session_secret is not None
    }


def _secured(neighbor: Neighbor, secrets: dict[str, str]) -> Neighbor:
    if neighbor.source is not None:
        return neighbor  # inside a site; no foreigner has a cable there
    return replace(neighbor, secret=secrets.get(neighbor.description))


def _management(estate: Estate, host: Host) -> Management | None:
    operators = _sources(estate, host, _SSH)
    if not operators:
        return None  # nobody of ours manages it: a network's own device
    return Management(
        banner=estate.devices.banner,
        operators=operators,
        watchers=tuple(watcher.address for watcher in estate.select(role="monitoring")),
        pollers=_sources(estate, host, _SNMP),
    )


def _sources(estate: Estate, host: Host, port: int) -> tuple[IPv4Network, ...]:
    roles = {
        role
        for flow in estate.flows
        if flow.target == host.role and flow.port == port and flow.scope == "estate"
        for role in flow.sources
    }
    return _addresses(other for other in estate.hosts.values() if other.role in roles)


def _filters(estate: Estate, host: Host) -> tuple[PacketFilter, ...]:
    zone = zone_of(estate, host)
    if zone is None:
        return ()
    rules = tuple(
        PacketRule(
            sequence,
            protocol=one.protocol,
            source=zone.lan,
            from_port=one.from_port,
            target=one.target,
            port=one.port,
            is_reply=one.is_reply,
        )
        for sequence, one in zip(count(10, 10), crossings(estate), strict=False)
    )
    return (PacketFilter(ZONE, rules),)


def _addresses(hosts: Iterable[Host]) -> tuple[IPv4Network, ...]:
    found: set[IPv4Address] = {host.address for host in hosts}
    return tuple(collapse_addresses(IPv4Network(address) for address in sorted(found)))

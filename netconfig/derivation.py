"""From the estate to the intent of one device: which ports, sessions and policies it has in a slice.

Invariant: what is derived depends on the estate, the host and the set of booted hosts only; policies (prefix lists, route
maps) come from the whole estate, so that a slice differs from production in cables and sessions, never in judgement.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from ipaddress import IPv4Interface, IPv4Network

from inventory import Estate, Host, Interface, Line
from netconfig import policy
from netconfig.intent import Bgp, Intent, Neighbor, OspfPort, Port, Route, RouteMap
from netconfig.settings import (
    CORE_COST,
    FLOATING_DISTANCE,
    PREFIX_HEADROOM,
    PREFIX_LIMIT_CUSTOMER,
    PREFIX_LIMIT_LEAST,
)
from netconfig.view import View, is_lan

__all__ = ["ROUTED_ROLES", "NotRouted", "derive_intent"]

ROUTED_ROLES = ("router", "balancer", "provider")

_PASSIVE = OspfPort(is_passive=True)
_ANYWHERE = IPv4Network("0.0.0.0/0")


class NotRouted(ValueError):
    """The host has no routing daemon, so there is no configuration to derive."""


def derive_intent(
    estate: Estate,
    host: str,
    within: Collection[str] | None = None,
    *,
    is_staged: bool = False,
    is_drained: bool = False,
) -> Intent:
    """The intent of one router, balancer or provider; `is_staged` = day 0, with the first line only.

    `is_drained` = its neighbours are asked to prefer others (RFC 8326; OSPF's maximum metric; no way out of the site).

    Raises UnknownHost for a name that the estate lacks and NotRouted for a host of another role.
    """
    view = View(
        estate=estate,
        host=estate.host(host),
        names=frozenset(estate.hosts if within is None else within) | {host},
        ends={wire.name: wire.ends for wire in estate.wires()},
        is_staged=is_staged,
        is_drained=is_drained,
    )
    return replace(_derive(view), is_drained=is_drained)


def _derive(view: View) -> Intent:
    match view.host.role:
        case "router":
            return _router(view)
        case "balancer":
            return _balancer(view)
        case "provider":
            return _provider(view)
    raise NotRouted(
        f"{view.host.name} is a {view.host.role}: only {', '.join(ROUTED_ROLES)} have a routing configuration"
    )


def _router(view: View) -> Intent:
    estate, host, site = view.estate, view.host, view.site
    lines = view.lines()
    cables = _cables(view)
    balancers = [name for name, far in cables.items() if far.role == "balancer"]

    accepted, origins = policy.accept_lists(estate, site)
    prefix_lists = [
        *accepted,
        *policy.announced_prefixes(estate, site, view.blocks),
    ]
    route_maps: list[RouteMap] = [
        *policy.accept_policies(estate, site, lines),
        *policy.announce_policies(estate, site, lines),
        policy.source_policy(host.address),
    ]
    filters = [("bgp", policy.SOURCE)]
    if balancers:
        prefix_lists.append(policy.balancer_prefixes(estate))
        route_maps.append(policy.ospf_policy(name for name in cables if name not in balancers))
        filters.append(("ospf", policy.FROM_OSPF))
    return Intent(
        host=host.name,
        router_id=host.address,
        ports=tuple(_router_ports(view, lines, cables)),
        routes=(
            *(Route(block.prefix) for block in view.blocks),
            *(_floating(peer) for peer in view.peers()),
        ),
        prefix_lists=tuple(prefix_lists),
        path_lists=(*origins, policy.local_path()),
        route_maps=tuple(route_maps),
        filters=tuple(filters),
        has_ospf=bool(cables),
        bgp=Bgp(
            asn=site.asn,
            networks=(
                *(block.prefix for block in view.blocks),
                *(IPv4Network(service.address) for service, _ in policy.served_at(estate, site)),
            ),
            neighbors=(
                *(_line_session(view, line) for line in lines),
                *(_inner_session(view, peer) for peer in view.peers() if not view.is_staged),
            ),
            has_igp=True,
        ),
    )


def _balancer(view: View) -> Intent:
    # The addresses on lo are the services'; they come and go with the health of what serves them.
    loopback = Port("lo", (), None, _PASSIVE)
    ports = [port for port in view.host.interfaces if not is_lan(port)]
    # Answers leave over the cables that requests came by: a dead cable or router is known there at once, and the LAN's
    # gateway changes hands within seconds. What the host sends itself still comes from its own address.
    return Intent(
        host=view.host.name,
        router_id=view.host.address,
        ports=(loopback, *(_cable(port, far) for port in ports if (far := view.far_end(port)))),
        routes=(Route(_ANYWHERE, view.site.way_out),),
        route_maps=(policy.source_policy(view.host.address),),
        filters=(("static", policy.SOURCE),),
        has_ospf=True,
    )


def _provider(view: View) -> Intent:
    estate, host = view.estate, view.host
    network = estate.networks[host.network or ""]
    paths = policy.foreign_paths(estate, network.name)
    customers = {line.name: line for line in estate.lines if line.network == network.name}
    ports = [(port, far) for port in host.interfaces if (far := view.far_end(port))]
    return Intent(
        host=host.name,
        router_id=host.address,
        ports=(
            Port("lo", (IPv4Interface(host.address),)),
            *(Port(port.name, _addresses(port), far.name) for port, far in ports),
        ),
        path_lists=(paths,) if paths else (),
        route_maps=(*policy.provider_policies(paths), policy.source_policy(host.address)),
        filters=(("bgp", policy.SOURCE),),
        bgp=Bgp(
            asn=network.asn,
            networks=(IPv4Network(host.address),),
            neighbors=tuple(
                Neighbor(
                    address=customers[port.wire].customer_address.ip,
                    asn=estate.sites[customers[port.wire].site].asn,
                    description=far.name,
                    accept=policy.ACCEPT_FROM_CUSTOMERS,
                    announce=policy.ANNOUNCE_TO_CUSTOMERS,
                    prefix_limit=PREFIX_LIMIT_CUSTOMER,
                )
                for port, far in ports
            ),
            has_igp=False,
        ),
    )


def _cables(view: View) -> dict[str, Host]:
    """The router's ports inside the site whose other end is booted, each with the host there."""
    wan = {line.name for line in view.estate.lines if line.site == view.host.site}
    return {
        port.name: far
        for port in view.host.interfaces
        if not is_lan(port) and port.wire not in wan and (far := view.far_end(port))
    }


def _router_ports(view: View, lines: tuple[Line, ...], cables: dict[str, Host]) -> list[Port]:
    passive = _PASSIVE if cables else None
    wan = {line.name: line for line in lines}
    own = [view.host.address]
    if any(far.role == "balancer" for far in cables.values()) and not view.is_drained:
        own.append(view.site.way_out)
    ports = [Port("lo", tuple(IPv4Interface(one) for one in own), None, passive)]
    for port in view.host.interfaces:
        if is_lan(port):
            addresses = (*_addresses(port), *view.held_gateway(port))
            ports.append(Port(port.name, addresses, port.wire.partition(":")[0], passive))
        elif port.name in cables:
            ports.append(_cable(port, cables[port.name]))
        elif port.wire in wan:
            ports.append(Port(port.name, _addresses(port), wan[port.wire].network))
    return ports


def _cable(port: Interface, far: Host) -> Port:
    return Port(port.name, _addresses(port), far.name, OspfPort(is_passive=False, cost=CORE_COST))


def _addresses(port: Interface) -> tuple[IPv4Interface, ...]:
    return () if port.address is None else (port.address,)


def _floating(peer: Host) -> Route:
    """The way to the other router's loopback over the LAN, should the cable between them be cut."""
    lan = peer.interface("lan").address
    gateway = None if lan is None else lan.ip
    return Route(IPv4Network(peer.address), gateway, "lan", FLOATING_DISTANCE)


def _line_session(view: View, line: Line) -> Neighbor:
    return Neighbor(
        address=line.provider_address.ip,
        asn=view.estate.networks[line.network].asn,
        description=line.network,
        accept=policy.accept_name(line.network),
        announce=policy.announce_name(line.network),
        prefix_limit=_limit(policy.heard_count(view.estate, view.site)),
    )


def _limit(expected: int) -> int:
    """How many prefixes are too many: a power of two, so that a site more changes it seldom."""
    return max(PREFIX_LIMIT_LEAST, 1 << (PREFIX_HEADROOM * expected - 1).bit_length())


def _inner_session(view: View, peer: Host) -> Neighbor:
    return Neighbor(
        address=peer.address, asn=view.site.asn, description=peer.name, source=view.host.address
    )

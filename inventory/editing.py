"""An estate with other sites, networks, lines or hosts than its files say: addresses, interfaces and wires follow anew.

For states that stand in no file because they are on the way from one estate to another. The rules of the files are not
asked: on the way a site may have three lines or a service may leave its cluster's home.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from inventory.expansion import expand_hosts, host_name
from inventory.model import Estate
from inventory.parts import Line, Network, Service, Site, Slice
from inventory.wiring import derive_wires

__all__ = ["Counts", "count_roles", "line_of", "rebuilt"]

Counts = Mapping[str, Mapping[str, int]]
"""Hosts by role for each site."""


def count_roles(estate: Estate) -> dict[str, dict[str, int]]:
    """Hosts by role for each site of an estate."""
    found: dict[str, dict[str, int]] = {site: {} for site in estate.sites}
    for (site, role), count in Counter(
        (host.site, host.role) for host in estate.hosts.values() if host.site
    ).items():
        found[str(site)][role] = count
    return found


def line_of(
    estate: Estate, site: Site, router: int, network: Network, place: int, mbps: float
) -> Line:
    """A line between a router and a network, as the address rules give it."""
    provider, customer = estate.addressing.line(network.number, site.number, router)
    name = f"{host_name(site.name, 'router', router)}:{network.name}"
    return Line(name, site.name, router, network.name, place, mbps, provider, customer)


def rebuilt(
    estate: Estate,
    *,
    sites: Mapping[str, Site] | None = None,
    networks: Mapping[str, Network] | None = None,
    lines: Iterable[Line] | None = None,
    counts: Counts | None = None,
    services: Mapping[str, Service] | None = None,
    clusters: Mapping[str, str] | None = None,
) -> Estate:
    """The estate with what is given in place of its own; whatever names a site that is gone goes with it."""
    all_sites = dict(sorted((sites or estate.sites).items(), key=lambda item: item[1].number))
    all_networks = networks or estate.networks
    have = counts or count_roles(estate)
    order = {name: number for number, name in enumerate(all_sites)}
    all_lines = tuple(
        sorted(
            (
                line
                for line in (estate.lines if lines is None else lines)
                if line.site in all_sites and line.network in all_networks
            ),
            key=lambda line: (order[line.site], line.router, line.place),
        )
    )
    members = {name: host.cluster for name, host in estate.hosts.items() if host.cluster}
    hosts = expand_hosts(
        estate.addressing,
        all_sites,
        all_networks,
        all_lines,
        {name: have.get(name, {}) for name in all_sites},
        {**(clusters or {}), **members},
    )
    demand = estate.demand
    return replace(
        estate,
        sites=all_sites,
        networks=all_networks,
        lines=all_lines,
        hosts=hosts,
        services=estate.services if services is None else services,
        every_wire=derive_wires(hosts, all_lines),
        slices={
            name: Slice(name, one.title, tuple(host for host in one.hosts if host in hosts))
            for name, one in estate.slices.items()
        },
        demand=replace(
            demand,
            transfers=tuple(
                one
                for one in demand.transfers
                if one.source in all_sites and one.target in all_sites
            ),
        ),
        singles=tuple(one for one in estate.singles if one.site in all_sites),
    )

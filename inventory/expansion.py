"""From counts by site to hosts with names, addresses and interfaces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Interface

from inventory.addressing import MAX_ROUTERS, SERVER_OFFSETS, Addressing
from inventory.parts import HOST_ROLES, Host, Interface, Line, Network, Site

__all__ = ["expand_hosts", "host_name", "inside_wire", "lan_wire"]


def host_name(place: str, role: str, index: int) -> str:
    """The name of a host: site (or network), short role, index from 1."""
    return f"{place}-{HOST_ROLES[role]}{index}"


def lan_wire(site: str) -> str:
    """The name of a site's LAN."""
    return f"{site}:lan"


def inside_wire(first: str, second: str) -> str:
    """The name of a cable inside a site."""
    return f"{first}:{second}"


def expand_hosts(
    plan: Addressing,
    sites: Mapping[str, Site],
    networks: Mapping[str, Network],
    lines: Sequence[Line],
    counts: Mapping[str, Mapping[str, int]],
    clusters: Mapping[str, str],
) -> dict[str, Host]:
    """All hosts, site by site in the order of the files, then one provider router for each network.

    `counts` gives hosts by role for each site, `clusters` the cluster of each database host.
    """
    builder = _Builder(plan, sites, networks, lines, counts)
    hosts: dict[str, Host] = {}
    for site in sites.values():
        for role, index, address, interfaces in builder.site_hosts(site):
            name = host_name(site.name, role, index)
            hosts[name] = Host(
                name, site.name, None, role, index, clusters.get(name), address, interfaces
            )
    for network in networks.values():
        name = host_name(network.name, "provider", 1)
        ends = builder.provider_interfaces(network)
        hosts[name] = Host(name, None, network.name, "provider", 1, None, network.loopback, ends)
    return hosts


_SiteHost = tuple[str, int, IPv4Address, tuple[Interface, ...]]


class _Builder:
    def __init__(
        self,
        plan: Addressing,
        sites: Mapping[str, Site],
        networks: Mapping[str, Network],
        lines: Sequence[Line],
        counts: Mapping[str, Mapping[str, int]],
    ) -> None:
        self.plan = plan
        self.sites = sites
        self.networks = networks
        self.counts = counts
        self.lines_of: dict[tuple[str, int], list[Line]] = {}
        for line in lines:
            self.lines_of.setdefault((line.site, line.router), []).append(line)
        self.lines = lines
        self.guests: dict[str, list[Site]] = {}
        for site in sites.values():
            if site.shares:
                self.guests.setdefault(site.shares, []).append(site)

    def site_hosts(self, site: Site) -> Iterator[_SiteHost]:
        counts = self.counts[site.name]
        for role in HOST_ROLES:
            for index in range(1, counts.get(role, 0) + 1):
                if role == "router":
                    yield role, index, *self._router(site, index)
                else:
                    yield role, index, *self._server(site, role, index)

    def _server(
        self, site: Site, role: str, index: int
    ) -> tuple[IPv4Address, tuple[Interface, ...]]:
        if role in SERVER_OFFSETS:
            address = self.plan.server(site.number, role, index)
        else:
            address = self.plan.seat(site.number, index)
        lan = IPv4Interface((address, self.plan.lan_length))
        interfaces = [Interface("lan", lan_wire(site.name), lan)]
        if role == "balancer":
            name = host_name(site.name, role, index)
            for router in range(1, self.counts[site.name].get("router", 0) + 1):
                wire = inside_wire(host_name(site.name, "router", router), name)
                end = self.plan.inside(site.number, _balancer_link(index, router))[1]
                interfaces.append(Interface(f"core{router}", wire, end))
        return address, tuple(interfaces)

    def _router(self, site: Site, index: int) -> tuple[IPv4Address, tuple[Interface, ...]]:
        name = host_name(site.name, "router", index)
        routers = self.counts[site.name]["router"]
        interfaces = [self._lan_port(site, index, routers, "lan")]
        for guest in self.guests.get(site.name, []):
            interfaces.append(self._lan_port(guest, index, routers, f"lan-{guest.number}"))
        if routers > 1 and index <= 2:
            wire = inside_wire(host_name(site.name, "router", 1), host_name(site.name, "router", 2))
            end = self.plan.inside(site.number, 0)[index - 1]
            interfaces.append(Interface("core", wire, end))
        for balancer in range(1, self.counts[site.name].get("balancer", 0) + 1):
            wire = inside_wire(name, host_name(site.name, "balancer", balancer))
            end = self.plan.inside(site.number, _balancer_link(balancer, index))[0]
            interfaces.append(Interface(f"lb{balancer}", wire, end))
        for line in self.lines_of.get((site.name, index), []):
            interfaces.append(Interface(f"wan-{line.network}", line.name, line.customer_address))
        return self.plan.loopback(site.number, index), tuple(interfaces)

    def _lan_port(self, site: Site, index: int, routers: int, name: str) -> Interface:
        address = self.plan.router_on_lan(site.number, index, routers)
        return Interface(name, lan_wire(site.name), IPv4Interface((address, self.plan.lan_length)))

    def provider_interfaces(self, network: Network) -> tuple[Interface, ...]:
        return tuple(
            Interface(
                f"c{self.sites[line.site].number}-{line.router}", line.name, line.provider_address
            )
            for line in self.lines
            if line.network == network.name
        )


def _balancer_link(balancer: int, router: int) -> int:
    # Index 0 is the cable between the first two routers; each balancer has room for all routers.
    return 1 + (balancer - 1) * MAX_ROUTERS + router - 1

"""One host, seen together with what of the estate is booted beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Interface

from inventory import End, Estate, Host, Interface, Line, Site

__all__ = ["View", "is_lan"]


def is_lan(port: Interface) -> bool:
    """Whether the port stands on a site's LAN: its own, or that of a site in the same building."""
    return port.name == "lan" or port.name.startswith("lan-")


@dataclass(frozen=True)
class View:
    """A host of the estate within a slice; `is_staged` = day 0, with one line only."""

    estate: Estate
    host: Host
    names: frozenset[str]
    ends: Mapping[str, tuple[End, ...]]
    is_staged: bool
    is_drained: bool = False

    @property
    def site(self) -> Site:
        """The site of a host that has one; KeyError for a provider."""
        return self.estate.sites[self.host.site or ""]

    @property
    def blocks(self) -> tuple[Site, ...]:
        """The site itself and the sites that use its routers."""
        own = self.site.name
        return tuple(site for site in self.estate.sites.values() if own in (site.name, site.shares))

    def far_end(self, port: Interface) -> Host | None:
        """The booted host at the other end of a cable."""
        for end in self.ends[port.wire]:
            if end.host != self.host.name and end.host in self.names:
                return self.estate.hosts[end.host]
        return None

    def routers(self) -> tuple[Host, ...]:
        """The booted routers of the site, this one among them."""
        return self.estate.select(role="router", site=self.host.site, within=self.names)

    def peers(self) -> tuple[Host, ...]:
        """The booted other routers of the site."""
        return tuple(router for router in self.routers() if router.name != self.host.name)

    def lines(self) -> tuple[Line, ...]:
        """The router's lines to booted networks, the preferred one first; staged, only one."""
        booted = {host.network for host in self.estate.select(role="provider", within=self.names)}
        lines = sorted(
            (
                line
                for line in self.estate.lines
                if (line.site, line.router) == (self.host.site, self.host.index)
                and line.network in booted
            ),
            key=lambda line: line.place,
        )
        if not self.is_staged:
            return tuple(lines)
        # Day 0 is reached from the backup centre, whose own staged line is on its preferred network: the same one, if
        # the router has a line to it.
        backup = self.estate.backup_site().name
        first = min((x for x in self.estate.lines if x.site == backup), key=lambda x: x.place)
        common = [line for line in lines if line.network == first.network]
        return tuple((common or lines)[:1])

    def held_gateway(self, port: Interface) -> tuple[IPv4Interface, ...]:
        """The LAN's shared gateway address where nobody else can hold it yet.

        Two routers share it by VRRP, but keepalived comes with provisioning, and the hosts need a way out for that: on
        day 0 the first router holds it, and so does the only booted router of a slice. As a /32 it is another address
        to the kernel than keepalived's, so that neither takes the other's away.
        """
        if port.address is None or port.address.ip in {site.gateway for site in self.blocks}:
            return ()
        gateway = next(site.gateway for site in self.blocks if port.address.ip in site.lan)
        routers = self.routers()
        if len(routers) == 1 or (self.is_staged and routers[0].name == self.host.name):
            return (IPv4Interface(gateway),)
        return ()

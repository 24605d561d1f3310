"""The estate: everything that exists, with addresses, and the questions that others ask it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from inventory.addressing import Addressing
from inventory.batch import Batch
from inventory.calendar import Calendar
from inventory.capacity import Capacity
from inventory.errors import UnknownHost
from inventory.firewall import Firewall
from inventory.parts import (
    Area,
    Backups,
    Cluster,
    Demand,
    Devices,
    External,
    Flow,
    ForeignLine,
    Host,
    Line,
    Listen,
    Network,
    Person,
    Role,
    Service,
    Single,
    Site,
    Slice,
    Wire,
)
from inventory.slices import pigeonhole, resolve_slice
from inventory.wiring import restrict_wires

__all__ = ["Estate"]


@dataclass(frozen=True)
class Estate:
    """One organisation's estate; all mappings keep the order of the files."""

    name: str
    title: str
    title_ja: str
    calendar: Calendar
    addressing: Addressing
    areas: Mapping[str, Area]
    sites: Mapping[str, Site]
    networks: Mapping[str, Network]
    lines: tuple[Line, ...]
    hosts: Mapping[str, Host]
    clusters: Mapping[str, Cluster]
    services: Mapping[str, Service]
    backups: Backups
    flows: tuple[Flow, ...]
    externals: Mapping[str, External]
    roles: Mapping[str, Role]
    persons: Mapping[str, Person]
    host_owners: Mapping[str, str]
    slices: Mapping[str, Slice]
    every_wire: tuple[Wire, ...]
    demand: Demand
    singles: tuple[Single, ...]
    devices: Devices
    foreign_lines: tuple[ForeignLine, ...] = ()
    batch: Batch | None = None
    """The night batch, where the estate describes one."""
    capacity: Capacity = field(default_factory=Capacity)

    def slice_hosts(self, name: str) -> tuple[str, ...]:
        """Host names of a slice: one of the files, `full` or `routers:N`; else UnknownSlice."""
        return resolve_slice(name, self.slices, self.sites, self.hosts)

    def host(self, name: str) -> Host:
        """The host of that name; UnknownHost otherwise."""
        try:
            return self.hosts[name]
        except KeyError:
            raise UnknownHost(f"'{name}' is no host of estate '{self.name}'") from None

    def dialect_of(self, name: str) -> str:
        """The language that a router speaks; every other host runs FRR, where it routes at all."""
        host = self.host(name)
        if host.role != "router":
            return "frr"
        return self.devices.dialect_of(self.sites[host.site or ""])

    def select(
        self,
        *,
        role: str | None = None,
        site: str | None = None,
        cluster: str | None = None,
        within: Collection[str] | None = None,
    ) -> tuple[Host, ...]:
        """Hosts that match every given condition, in the order of the estate."""
        wanted = None if within is None else frozenset(within)
        return tuple(
            host
            for host in self.hosts.values()
            if (role is None or host.role == role)
            and (site is None or host.site == site)
            and (cluster is None or host.cluster == cluster)
            and (wanted is None or host.name in wanted)
        )

    def wires(self, within: Collection[str] | None = None) -> tuple[Wire, ...]:
        """Wires of a slice (default: all): cables with both ends in it, LANs with one or more."""
        if within is None:
            return self.every_wire
        return restrict_wires(self.every_wire, frozenset(within))

    def firewall(self, within: Collection[str] | None = None) -> Firewall:
        """The flows applied to a slice; ask this once when many hosts are asked about."""
        names = frozenset(self.hosts if within is None else within)
        return Firewall(self.flows, self.sites, self.hosts, self.wires(names), names)

    def listens(self, host: str, within: Collection[str] | None = None) -> tuple[Listen, ...]:
        """What a host lets in, from the flows, restricted to sources of the slice."""
        return self.firewall(within).listens(self.host(host).name)

    def clusters_within(self, within: Collection[str] | None = None) -> dict[str, Cluster]:
        """Clusters with the members that a slice has; clusters without any are left out."""
        if within is None:
            return dict(self.clusters)
        found = {}
        for cluster in self.clusters.values():
            members = tuple(name for name in cluster.members if name in within)
            if members:
                sites = [self.hosts[name].site or "" for name in members]
                found[cluster.name] = replace(
                    cluster, members=members, synchronous_node_count=pigeonhole(sites)
                )
        return found

    def services_within(self, within: Collection[str] | None = None) -> dict[str, Service]:
        """Services whose databases a slice has a member of; those without databases are left out."""
        clusters = self.clusters_within(within)
        return {name: one for name, one in self.services.items() if one.cluster in clusters}

    def backup_site(self) -> Site:
        """The centre that takes over when a disaster area is lost."""
        return next(site for site in self.sites.values() if site.is_backup)

    def sites_in_area(self, area: str) -> tuple[Site, ...]:
        """Sites that a disaster in this area takes away together."""
        return tuple(site for site in self.sites.values() if site.area == area)

"""A scenario resolved on an estate: who conducts, who is struck, who takes part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dr.areas import Areas
from dr.scenario import CrashArea, CutArea, Scenario
from inventory import Estate
from inventory.parts import Cluster, Service

__all__ = ["Blast", "Plan", "Terminal", "blast_of"]


@dataclass(frozen=True, slots=True)
class Blast:
    """What the disaster of a scenario takes away: hosts that die, lines that fall."""

    area: str
    sites: tuple[str, ...]
    hosts: tuple[str, ...]
    """Hosts in the area: dead after a crash, cut off after a cut."""
    lines: tuple[str, ...]
    is_deadly: bool


@dataclass(frozen=True, slots=True)
class Terminal:
    """A terminal that works for an office."""

    host: str
    office: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a drill needs to know before its first act; only `dr.preflight` makes one."""

    scenario: Scenario
    estate: Estate
    areas: Areas
    conductor: str
    log: str
    blast: Blast
    clusters: Mapping[str, Cluster]
    services: Mapping[str, Service]
    terminals: tuple[Terminal, ...]

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every host of the slice."""
        return self.areas.hosts

    @property
    def databases(self) -> tuple[str, ...]:
        """Every database host of the clusters."""
        return tuple(host for cluster in self.clusters.values() for host in cluster.members)

    @property
    def voters(self) -> tuple[str, ...]:
        """Every member of etcd."""
        return self.areas.hosts_with("etcd")

    @property
    def outside_voters(self) -> tuple[str, ...]:
        """The members of etcd that the disaster spares: they are asked what etcd says."""
        return tuple(voter for voter in self.voters if voter not in self.blast.hosts)

    def address(self, host: str) -> str:
        """Give the address under which a host is managed."""
        return str(self.estate.hosts[host].address)

    def members_in(self, cluster: str, area: str) -> tuple[str, ...]:
        """Give the members of a cluster that stand in an area."""
        members = self.clusters[cluster].members
        return tuple(m for m in members if self.areas.area_of(m) == self.areas.name(area))


def blast_of(step: CrashArea | CutArea, areas: Areas) -> Blast:
    """Tell what a disaster takes away; AreaProblem where its area is none."""
    sites = areas.sites(step.area, step.site_kinds)
    return Blast(
        area=areas.name(step.area),
        sites=sites,
        hosts=areas.hosts_at(sites),
        lines=areas.lines_of(sites),
        is_deadly=isinstance(step, CrashArea),
    )

"""A scenario resolved on an estate: who conducts, who is struck, who takes part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dr.areas import Areas
from dr.cast import Cast
from dr.duties import Duty
from dr.scenario import (
    CrashArea,
    CrashLeader,
    CrashVotes,
    CutArea,
    Disturbance,
    Patch,
    Scenario,
    Switchover,
    WrongDelete,
)
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
    clusters: tuple[str, ...] = ()
    """Clusters whose leader it takes, or is meant to take."""


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
    cast: Cast = field(default_factory=Cast)
    duties: Mapping[str, Duty] = field(default_factory=dict)
    """By step: the roles behind it."""

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
        members, where = self.clusters[cluster].members, self.areas.name(area)
        return tuple(member for member in members if self.areas.area_of(member) == where)


def blast_of(steps: Sequence[Disturbance], areas: Areas) -> Blast:
    """Tell what the disasters of a scenario take away together; AreaProblem where a place is none."""
    sites: list[str] = []
    hosts: list[str] = []
    lines: list[str] = []
    names: list[str] = []
    clusters: list[str] = []
    for step in steps:
        match step:
            case CrashArea() | CutArea():
                struck = areas.sites(step.area, step.site_kinds)
                sites += struck
                hosts += areas.hosts_at(struck)
                lines += areas.lines_of(struck)
                names.append(step.area if areas.is_site(step.area) else areas.name(step.area))
            case CrashVotes():
                hosts += [voter for word in step.at for voter in areas.voters(word)]
            case CrashLeader():
                clusters.append(step.cluster)
            case Switchover() | Patch() | WrongDelete():
                continue
    homes = {c.home: n for n, c in areas.estate.clusters_within(areas.hosts).items()}
    return Blast(
        area="+".join(names),
        sites=tuple(sites),
        hosts=tuple(dict.fromkeys(hosts)),
        lines=tuple(lines),
        is_deadly=any(isinstance(s, CrashArea | CrashLeader | CrashVotes) for s in steps),
        clusters=tuple(dict.fromkeys([*(homes[s] for s in sites if s in homes), *clusters])),
    )

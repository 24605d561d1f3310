"""Places of a scenario resolved on an estate: which sites, hosts, wires and voters an area has."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property

from inventory import Estate

__all__ = ["BACKUP", "MAIN", "WITNESS", "AreaProblem", "Areas"]

MAIN = "main"
BACKUP = "backup"
WITNESS = "witness"


class AreaProblem(Exception):
    """A word is no area of this estate: the sentence, and the way out."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message, self.remedy = message, remedy


@dataclass(frozen=True)
class Areas:
    """The areas of an estate as far as a slice has hosts in them."""

    estate: Estate
    hosts: tuple[str, ...]

    def name(self, word: str) -> str:
        """Give the area that a scenario's word means; AreaProblem where it means none."""
        estate = self.estate
        if word == MAIN:
            if len(self._homes) == 1:
                return self._homes[0]
            listed = ", ".join(self._homes) or "no area at all"
            raise AreaProblem(f"means no single area: the clusters' homes are in {listed}", _NAME)
        if word == BACKUP:
            return estate.backup_site().area
        if word in {site.area for site in estate.sites.values()}:
            return word
        known = ", ".join([MAIN, BACKUP, *sorted({s.area for s in estate.sites.values()})])
        raise AreaProblem("is no area", f"known: {known}")

    # Asked for with each figure that a drill takes.
    @cached_property
    def _homes(self) -> tuple[str, ...]:
        homes = {cluster.home for cluster in self.estate.clusters_within(self.hosts).values()}
        return tuple(sorted({self.estate.sites[home].area for home in homes}))

    def is_site(self, word: str) -> bool:
        """Tell whether a word is a site with hosts in the slice; areas come first where both exist."""
        if word in (MAIN, BACKUP) or word in {s.area for s in self.estate.sites.values()}:
            return False
        return any(self.estate.hosts[host].site == word for host in self.hosts)

    def sites(self, word: str, kinds: Iterable[str] = ("centre",)) -> tuple[str, ...]:
        """Give the sites of some kinds in an area that have hosts in the slice; a site is itself."""
        if self.is_site(word):
            return (word,)
        area, wanted = self.name(word), set(kinds)
        present = {self.estate.hosts[host].site for host in self.hosts}
        return tuple(
            site.name
            for site in self.estate.sites_in_area(area)
            if site.kind in wanted and site.name in present
        )

    def hosts_at(self, sites: Collection[str], role: str | None = None) -> tuple[str, ...]:
        """Give the hosts of the slice at some sites."""
        return tuple(
            host
            for host in self.hosts
            if self.estate.hosts[host].site in sites
            and (role is None or self.estate.hosts[host].role == role)
        )

    def lines_of(self, sites: Collection[str]) -> tuple[str, ...]:
        """Give the wires from some sites to a wide-area network."""
        routers = set(self.hosts_at(sites))
        return tuple(
            wire.name
            for wire in self.estate.wires(self.hosts)
            if wire.is_wan and any(end.host in routers for end in wire.ends)
        )

    def voters(self, word: str) -> tuple[str, ...]:
        """Give the members of etcd in an area, or `witness`: at sites that hold no database."""
        voters = self.hosts_with("etcd")
        if word == WITNESS:
            databases = {self.estate.hosts[h].site for h in self.hosts_with("database")}
            return tuple(v for v in voters if self.estate.hosts[v].site not in databases)
        if self.is_site(word):
            return tuple(v for v in voters if self.estate.hosts[v].site == word)
        area = self.name(word)
        return tuple(v for v in voters if self.area_of(v) == area)

    def hosts_with(self, role: str) -> tuple[str, ...]:
        """Give the hosts of the slice with a role."""
        return tuple(host.name for host in self.estate.select(role=role, within=self.hosts))

    def area_of(self, host: str) -> str | None:
        """Give the area where a host stands; None for a provider's."""
        site = self.estate.hosts[host].site
        return None if site is None else self.estate.sites[site].area


_NAME = "name the area itself"

"""What may be away at the same moment: pure; whatever breaks a rule is refused before the first act.

Given that everything else is whole, while the hosts of one batch (and what hangs on them) are away:

* votes: at most one, and those left are a majority of all;
* databases: of a cluster at most one member, and of those left one leads while another stands at
  another site, so *site-RPO is zero* stays true and nobody's last synchronous copy goes;
* services: each is still announced from a place with balancer and application;
* routers: of a site with several, one is left;
* the conductor: neither changed nor cut off.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from inventory import Estate

__all__ = ["Refusal", "refusals_of"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a batch cannot be: its hosts, the rule, a sentence, and the way out."""

    hosts: tuple[str, ...]
    rule: str
    sentence: str
    remedy: str

    def __str__(self) -> str:
        return f"{', '.join(self.hosts)}: {self.sentence}: {self.remedy}"


def refusals_of(
    estate: Estate,
    within: Sequence[str],
    hosts: tuple[str, ...],
    taken: Collection[str],
    *,
    conductor: str,
    leaders: Mapping[str, str],
) -> list[Refusal]:
    """Give every rule that a batch would break; nothing where it may go."""
    found = [
        *_votes(estate, within, taken),
        *_databases(estate, within, taken, leaders),
        *_services(estate, within, taken),
        *_routers(estate, within, taken),
        *_conductor(taken, conductor),
    ]
    return [Refusal(hosts, *broken) for broken in found]


_Broken = tuple[str, str, str]


def _votes(estate: Estate, within: Sequence[str], taken: Collection[str]) -> list[_Broken]:
    votes = [h.name for h in estate.select(role="etcd", within=within)]
    away = [vote for vote in votes if vote in taken]
    if not away:
        return []
    if len(away) > 1:
        return [("votes", f"takes {len(away)} votes away at once", "patch the sites one by one")]
    if 2 * (len(votes) - 1) <= len(votes):
        sentence = f"leaves {len(votes) - 1} of {len(votes)} votes, which is no majority"
        return [("votes", sentence, "add votes, or announce an outage and patch by hand")]
    return []


def _databases(
    estate: Estate, within: Sequence[str], taken: Collection[str], leaders: Mapping[str, str]
) -> list[_Broken]:
    found: list[_Broken] = []
    for name, cluster in estate.clusters_within(within).items():
        away = [member for member in cluster.members if member in taken]
        left = [member for member in cluster.members if member not in taken]
        if not away:
            continue
        if len(away) > 1:
            sentence = f"takes {len(away)} members of {name} away at once"
            found.append(("databases", sentence, "patch the sites one by one"))
            continue
        sites = {m: estate.hosts[m].site for m in left}
        leader = leaders.get(name)
        led_from = set(sites.values()) if leader not in left else {sites[leader]}
        # Whoever leads meanwhile, somebody must stand elsewhere.
        if not any(site not in (None, home) for home in led_from for site in sites.values()):
            sentence = f"takes the last synchronous copy of {name} in another site"
            remedy = "add a member there, or announce an outage and patch by hand"
            found.append(("databases", sentence, remedy))
    return found


def _services(estate: Estate, within: Sequence[str], taken: Collection[str]) -> list[_Broken]:
    def places(gone: Collection[str]) -> set[str]:
        present = [estate.hosts[name] for name in within if name not in gone]
        sites = {role: {str(h.site) for h in present if h.role == role} for role in _SERVING}
        return set.intersection(*sites.values())

    before, after = places(()), places(taken)
    lost = [
        service.name
        for service in estate.services.values()
        if set(service.home_order) & before and not set(service.home_order) & after
    ]
    if not lost:
        return []
    sentence = f"leaves no centre that carries {', '.join(lost)}"
    return [("services", sentence, "choose a slice with a second centre, or announce an outage")]


_SERVING = ("balancer", "application")


def _routers(estate: Estate, within: Sequence[str], taken: Collection[str]) -> list[_Broken]:
    found: list[_Broken] = []
    for site in {estate.hosts[name].site for name in taken if estate.hosts[name].role == "router"}:
        routers = [h.name for h in estate.select(role="router", site=site, within=within)]
        if len(routers) > 1 and all(name in taken for name in routers):
            found.append(("routers", f"takes every router of {site}", "patch them one by one"))
    return found


def _conductor(taken: Collection[str], conductor: str) -> list[_Broken]:
    if conductor not in taken:
        return []
    remedy = "conduct from a bastion at another site"
    return [("conductor", f"cuts off {conductor}, from which it is done", remedy)]

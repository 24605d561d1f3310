"""What there is only one of: sites and disaster areas whose loss takes a service, its data or the votes away."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from inventory import Estate
from inventory.parts import Service

__all__ = ["SinglePoint", "single_points"]


@dataclass(frozen=True, slots=True)
class SinglePoint:
    """One thing whose loss is not survived: what it is, what is lost, and why, in a sentence."""

    thing: str
    kind: str
    """`site`, `area`, `supplier` or what the estate declares: `router`, `lan`, `line`."""
    loses: tuple[str, ...]
    sentence: str


def single_points(estate: Estate) -> list[SinglePoint]:
    """Every site and area that something depends on alone, suppliers of most of the cost, and what is declared single."""
    found = [*_places(estate), *_declared(estate)]
    return sorted(found, key=lambda one: (one.kind, one.thing))


def _places(estate: Estate) -> Iterator[SinglePoint]:
    served = {site for service in estate.services.values() for site in service.home_order}
    for site in sorted(served):
        yield from _lost(estate, site, "site", {site})
    for area in sorted({estate.sites[site].area for site in served}):
        sites = {site.name for site in estate.sites_in_area(area)}
        # A lost area is told only for what no site in it loses by itself.
        alone = {service for site in sites & served for service, _ in _fallen(estate, {site})}
        lost = [one for one in _fallen(estate, sites) if one[0] not in alone]
        if lost:
            yield _point(area, "area", lost)
        yield from _votes(estate, area, "area", sites)


def _lost(estate: Estate, thing: str, kind: str, sites: Collection[str]) -> Iterator[SinglePoint]:
    lost = list(_fallen(estate, sites))
    if lost:
        yield _point(thing, kind, lost)
    yield from _votes(estate, thing, kind, sites)


def _point(thing: str, kind: str, lost: list[tuple[str, str]]) -> SinglePoint:
    why = "; ".join(f"{service}: {reason}" for service, reason in lost)
    names = tuple(service for service, _ in lost)
    return SinglePoint(thing, kind, names, f"without {thing} {why}")


def _fallen(estate: Estate, sites: Collection[str]) -> Iterator[tuple[str, str]]:
    for service in estate.services.values():
        reason = _reason(estate, service, sites)
        if reason:
            yield service.name, reason


def _reason(estate: Estate, service: Service, sites: Collection[str]) -> str | None:
    left = [site for site in service.home_order if site not in sites]
    if not left:
        return "no other home"
    if service.cluster is None:
        # Data that no cluster copies are where the service is at home first, and nowhere else.
        is_stateful = service.rpo_s > 0 and service.tier == 0
        return "its data have no copy" if is_stateful and service.home_order[0] in sites else None
    cluster = estate.clusters[service.cluster]
    if all(estate.hosts[member].site in sites for member in cluster.members):
        return "every copy of its data is there"
    return None


def _votes(estate: Estate, thing: str, kind: str, sites: Collection[str]) -> Iterator[SinglePoint]:
    voters = estate.select(role="etcd")
    left = sum(host.site not in sites for host in voters)
    if voters and left * 2 <= len(voters):
        lost = tuple(estate.clusters)
        sentence = f"without {thing} {left} of {len(voters)} votes are left: no majority, so no database takes over"
        yield SinglePoint(thing, kind, lost, sentence)


def _declared(estate: Estate) -> Iterator[SinglePoint]:
    reasons: dict[tuple[str, str, str], list[str]] = {}
    for single in estate.singles:
        kind = estate.sites[single.site].kind
        reasons.setdefault((single.thing, kind, single.reason), []).append(single.site)
    for (thing, kind, reason), sites in reasons.items():
        yield SinglePoint(
            f"{thing} of {kind}",
            thing,
            tuple(sites),
            f"one {thing} at each of {len(sites)} sites of kind {kind}: {reason}",
        )

"""What must be answered and what must not: every question follows from the estate's flows and home orders.

A place is where packets start and end: the LAN of a site, or a device of the routed kind. Hosts of one LAN are one
place to routing.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from inventory import Estate, Host

__all__ = ["Place", "Question", "Questions", "ask"]

_ROUTED = ("router", "provider")


@dataclass(frozen=True, slots=True)
class Place:
    """`lan` of a site or `device`, with an address there."""

    kind: str
    name: str
    site: str
    address: int


@dataclass(frozen=True, slots=True)
class Question:
    """From one place to another and back; a service has its homes instead of a place, in order."""

    source: Place
    target: Place | None
    service: str = ""
    address: int = 0
    homes: tuple[Place, ...] = ()
    flows: int = 1
    """How many rows of the flow table it answers."""
    is_forbidden: bool = False

    @property
    def target_name(self) -> str:
        """The place or service asked for."""
        return self.service if self.target is None else self.target.name


@dataclass(frozen=True)
class Questions:
    """All questions, and for each site the sites whose blocks it may have a route to."""

    asked: tuple[Question, ...]
    partners: dict[str, frozenset[str]]

    @property
    def count(self) -> int:
        """How many rows of the flow table and service promises they stand for."""
        return sum(question.flows for question in self.asked)


def ask(estate: Estate, within: Collection[str] | None = None) -> Questions:
    """The questions of an estate, or of the part of it that is booted."""
    names = frozenset(estate.hosts if within is None else within)
    hosts = [host for host in estate.hosts.values() if host.name in names]
    lans = {
        site.name: Place("lan", site.name, site.name, int(estate.addressing.seat(site.number, 1)))
        for site in estate.sites.values()
        if any(h.role == "router" and h.site == site.routed_by for h in hosts)
    }
    asked: list[Question] = []
    for lan in lans.values():
        if not any(h.role == "terminal" and h.site == lan.site for h in hosts) and (
            estate.sites[lan.site].shares is None
        ):
            continue
        for service in estate.services.values():
            homes = tuple(
                Place("device", host.name, home, int(host.address))
                for home in service.home_order
                for host in hosts
                if host.role == "balancer" and host.site == home
            )
            if homes:
                address = int(service.address)
                asked.append(Question(lan, None, service.name, address, homes))
    pairs = _pairs(estate, hosts, lans)
    asked += [Question(one, two, flows=rows) for (one, two), rows in pairs.items()]
    partners: dict[str, set[str]] = {}
    for one, two in pairs:
        partners.setdefault(one.site, set()).add(two.site)
        partners.setdefault(two.site, set()).add(one.site)
    return Questions(tuple(asked), {site: frozenset(found) for site, found in partners.items()})


def _pairs(
    estate: Estate, hosts: list[Host], lans: dict[str, Place]
) -> dict[tuple[Place, Place], int]:
    by_role: dict[str, list[Host]] = {}
    for host in hosts:
        by_role.setdefault(host.role, []).append(host)
    pairs: dict[tuple[Place, Place], int] = {}
    for flow in estate.flows:
        if flow.scope not in ("estate", "cluster"):
            continue
        # One host for each place and cluster: the others of a LAN ask the same.
        sources, targets = (
            dict.fromkeys((_place(h, lans), h.cluster if flow.scope == "cluster" else None) for h in found)
            for found in (
                [host for role in flow.sources for host in by_role.get(role, ())],
                by_role.get(flow.target, ()),
            )
        )  # fmt: skip
        for one, of_one in sources:
            for two, of_two in targets:
                if one is None or two is None or one.site == two.site or of_one != of_two:
                    continue
                if flow.scope == "cluster" and of_one is None:
                    continue
                pairs[one, two] = pairs.get((one, two), 0) + 1
    return dict(sorted(pairs.items(), key=lambda item: (item[0][0].name, item[0][1].name)))


def _place(host: Host, lans: dict[str, Place]) -> Place | None:
    if host.role in _ROUTED:
        return Place("device", host.name, host.site or host.network or "", int(host.address))
    return lans.get(host.site or "")

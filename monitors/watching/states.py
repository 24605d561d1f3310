"""How each site and service is, in one of four words; what nobody said is unknown, never good."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from inventory import Estate
from inventory.parts import Service as Promise
from monitors.metrics.targets import targets
from monitors.watching.view import View

__all__ = ["ServiceState", "SiteState", "State", "service_states", "site_states"]


class State(Enum):
    """What is known of a thing."""

    GOOD = "good"
    PART = "part"
    BAD = "bad"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SiteState:
    """A site that stands: hosts that answer of those that should; `up` is None where nobody says."""

    name: str
    title: str
    title_ja: str
    area: str
    kind: str
    state: State
    up: int | None
    hosts: int


@dataclass(frozen=True, slots=True)
class ServiceState:
    """A service with its promise; `why` says in words what is not known."""

    promise: Promise
    person: str
    """Who holds the role that answers for it."""
    state: State
    seconds: float | None
    why: str = ""


def site_states(estate: Estate, within: Sequence[str] | None, view: View) -> Iterator[SiteState]:
    """Every site of the slice that has a host to be asked, in the order of the estate."""
    asked: dict[str, int] = {}
    for target in targets(estate, within):
        if target.job.name == "gate":
            place = estate.hosts[target.host].site or ""
            asked[place] = asked.get(place, 0) + 1
    said = {site.name: site for site in view.sites} if view.source else {}
    for name, hosts in asked.items():
        site, found = estate.sites[name], said.get(name)
        yield SiteState(
            name,
            site.title,
            site.title_ja,
            site.area,
            site.kind,
            State.UNKNOWN if found is None else _state(found.up, max(hosts, found.hosts)),
            None if found is None else found.up,
            hosts if found is None else max(hosts, found.hosts),
        )


def _state(up: int, hosts: int) -> State:
    if up >= hosts:
        return State.GOOD
    return State.PART if up else State.BAD


def service_states(estate: Estate, view: View) -> Iterator[ServiceState]:
    """Every service of the estate, the first tier first; one that nothing probes is unknown and says so."""
    said = {service.name: service for service in view.services} if view.source else {}
    for name, promise in sorted(estate.services.items(), key=lambda item: item[1].tier):
        found = said.get(name)
        person = estate.persons.get(estate.roles[promise.owner].holder)
        who = person.title if person else estate.roles[promise.owner].holder
        if found is None or found.is_ready is None:
            yield ServiceState(promise, who, State.UNKNOWN, None, _why(promise, view, name in said))
        else:
            state = State.GOOD if found.is_ready else State.BAD
            yield ServiceState(promise, who, state, found.seconds)


def _why(promise: Promise, view: View, is_probed: bool) -> str:
    if view.source is None:
        return "no monitoring host answers"
    if is_probed:
        return "its probe has no figure"
    return "not in the part that stands" if promise.ledger else "nothing probes it"

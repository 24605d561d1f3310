"""What fails in a sweep, who must be cut off by it according to the model, and in which order it is all tried."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from dr.sweep.trial import Kind
from inventory import Estate, Wire
from inventory.zones import ZONE_KINDS
from netconfig.model.failures import Failure, every_failure
from netconfig.model.living import Living
from netconfig.model.network import Network
from netconfig.model.questions import Question, ask
from netconfig.model.walk import Walk

__all__ = ["Office", "Subject", "offices_of", "order_of", "subjects_of"]


@dataclass(frozen=True, slots=True)
class Office:
    """A site from which a stream goes out, the terminal that sends it, and to which services."""

    site: str
    terminal: str
    questions: tuple[Question, ...]

    @property
    def streams(self) -> tuple[str, ...]:
        """Their names, `office/service`."""
        return tuple(f"{self.site}/{question.service}" for question in self.questions)


@dataclass(frozen=True, slots=True)
class Subject:
    """A link, router or network with the wires that fail with it, as `dr.faults` names them."""

    name: str
    kind: str
    wires: tuple[str, ...]
    cut: frozenset[str]
    """Streams that no cable is left for, by the model."""
    is_single: bool
    """The estate declares that there is only one of it."""
    is_checked: bool = False
    """A balancer learns of it by its health checks, which take longer than the routers' own signs."""

    @property
    def thing(self) -> str:
        """Its name without its kind: a wire, a host, a network."""
        return self.name.removeprefix(f"{self.kind} ")


def offices_of(estate: Estate, within: Collection[str]) -> tuple[Office, ...]:
    """Every site with a terminal, less the counters: their zones let nothing but work pass.

    Of services with one home order one is asked, a tier's first that has a database: others take the same way.
    """
    asked: dict[str, dict[tuple[str, ...], Question]] = {}
    whole = {s.name for s in estate.services_within(within).values() if s.ledger}
    for question in ask(estate, within).asked:
        if question.target is None and (not whole or question.service in whole):
            homes = tuple(place.name for place in question.homes)
            asked.setdefault(question.source.site, {}).setdefault(homes, question)
    found = []
    for host in estate.select(role="terminal", within=within):
        site = host.site or ""
        if site in asked and estate.sites[site].kind not in ZONE_KINDS:
            found.append(Office(site, host.name, tuple(asked.pop(site).values())))
    return tuple(found)


def subjects_of(
    estate: Estate, within: Collection[str], network: Network, offices: Sequence[Office]
) -> tuple[Subject, ...]:
    """Every link, router and network of a slice, in the order of the model's plan; the network is as before afterwards."""
    wires = {wire.name: wire for wire in estate.wires(within)}
    singles = {(single.site, single.thing) for single in estate.singles}
    found = []
    for failure in every_failure(network.plan):
        if (fallen := _wires_of(estate, failure, wires)) is None:
            continue
        sites = {str(estate.hosts[name].site) for name in failure.devices}
        is_single = any((site, failure.thing) in singles for site in sites)
        cut = _cut_by(network, failure, offices)
        # With a balancer's port the model takes its service addresses away. A whole switch, of which there is
        # one, is not away for so long: who leads a cluster behind it would give up.
        names = [network.plan.ports[port].name for port in failure.ports]
        is_checked = failure.kind == "link" and failure.thing != "lan" and "lo" in names
        found.append(Subject(str(failure), failure.kind, fallen, cut, is_single, is_checked))
    return tuple(found)


def order_of(
    subjects: Sequence[Subject], kinds: Sequence[Kind], times: int, seed: int
) -> Iterator[tuple[int, Subject, Kind]]:
    """Give rounds from 1, each with every subject once in every kind, shuffled by a seed: what stops early is a sample."""
    chance = random.Random(seed)
    for number in range(1, times + 1):
        pairs = [(subject, kind) for subject in subjects for kind in kinds]
        chance.shuffle(pairs)
        yield from ((number, subject, kind) for subject, kind in pairs)


def _wires_of(estate: Estate, failure: Failure, wires: dict[str, Wire]) -> tuple[str, ...] | None:
    """The wires that fall; None for what is no link, router or network, or has no wire here."""
    match failure.kind:
        case "link":
            host, _, interface = failure.name.partition(":")
            if failure.name in wires:
                return (failure.name,)
            return (failure.name,) if _ports(estate, host, wires, interface) else None
        case "router" if estate.hosts[failure.name].role == "router":
            return _ports(estate, failure.name, wires) or None
        case "network":
            every = [port for name in failure.devices for port in _ports(estate, name, wires)]
            return tuple(dict.fromkeys(every)) or None
    return None


def _ports(estate: Estate, host: str, wires: dict[str, Wire], only: str = "") -> tuple[str, ...]:
    """A host's cables; of a switch its own port and no other."""
    return tuple(
        f"{host}:{port.name}" if wires[port.wire].kind == "lan" else port.wire
        for port in estate.hosts[host].interfaces
        if port.wire in wires and only in ("", port.name)
    )


def _cut_by(network: Network, failure: Failure, offices: Sequence[Office]) -> frozenset[str]:
    mark = network.journal.mark()
    try:
        network.turn(failure.ports, failure.halves, 1)
        living = Living(network, Walk(network.plan, network.state))
        return frozenset(
            name
            for office in offices
            for name, question in zip(office.streams, office.questions, strict=True)
            if not any(living.can_speak(question.source, home) for home in question.homes)
        )
    finally:
        network.journal.back_to(mark)

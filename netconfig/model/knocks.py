"""Questions for real packets: who must be let in where, host by host, and a sample of what no flow allows.

The answer that the model gives is the flow table's, by which the packet filters are judged (`rulings`) and for which
every way is walked (`verify`). What routing daemons say to each other is not asked here: their sessions answer for it.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from inventory import Estate, Host, Listen
from netconfig.derivation import ROUTED_ROLES

__all__ = ["ANSWERS", "Answer", "Knock", "Surprise", "due", "forbidden", "surprises"]

Answer = str
ANSWERS: Mapping[Answer, bool] = {
    "connected": True,
    "answered": True,
    "refused": True,  # the host's own kernel says that nothing listens: the packet was let in
    "silent": False,
    "unreachable": False,
}
"""What a knock may meet → whether it reached the host itself."""
_PROTOCOLS = ("tcp", "udp")
_End = tuple[str, int]


@dataclass(frozen=True, slots=True, order=True)
class Knock:
    """One packet to be sent: from a host to an address and port; `purpose` is the flow's that allows it, or empty.

    `sent_from` is the address of the host that the flow means, where it has several; empty: whichever it takes itself.
    """

    source: str
    target: str
    address: str
    protocol: str
    port: int
    purpose: str = ""
    sent_from: str = ""

    @property
    def is_due(self) -> bool:
        """Whether it must be let in; else it must not."""
        return bool(self.purpose)

    def __str__(self) -> str:
        """From where to where."""
        return f"{self.source} to {self.target} ({self.address}) {self.protocol} {self.port}"


@dataclass(frozen=True, slots=True)
class Surprise:
    """A knock that met something else than the model says."""

    knock: Knock
    answer: Answer

    @property
    def sentence(self) -> str:
        """What is wrong, in words."""
        if self.knock.is_due:
            return f"{self.knock} is {self.answer}, and '{self.knock.purpose}' allows it"
        return f"{self.knock} is {self.answer}, and no flow allows it"


def due(estate: Estate, within: Collection[str]) -> tuple[Knock, ...]:
    """Every pair of hosts between which a flow allows TCP or UDP, and every served service from each terminal."""
    every = (knock for knock in _pairs(estate, within) if knock.is_due)
    return tuple(sorted({*every, *_services(estate, within)}))


def forbidden(estate: Estate, within: Collection[str], count: int, seed: int) -> tuple[Knock, ...]:
    """Draw pairs of hosts that no flow lets speak, at ports that flows name, one of each group of roles and port.

    Fewer than `count` where there are fewer such groups. Networks' own routers knock too, and are not knocked at.
    """
    groups: dict[tuple[str, str, str, int], list[Knock]] = {}
    for knock in _pairs(estate, within):
        if not knock.is_due:
            roles = (estate.hosts[knock.source].role, estate.hosts[knock.target].role)
            groups.setdefault((*roles, knock.protocol, knock.port), []).append(knock)
    chance = random.Random(seed)
    chosen = chance.sample(sorted(groups), min(count, len(groups)))
    return tuple(sorted(chance.choice(groups[group]) for group in chosen))


def surprises(answers: Mapping[Knock, Answer]) -> tuple[Surprise, ...]:
    """Every knock that was let in and must not be, or the other way round."""
    return tuple(
        Surprise(knock, answer)
        for knock, answer in sorted(answers.items())
        if ANSWERS[answer] != knock.is_due
    )


def _pairs(estate: Estate, within: Collection[str]) -> Iterator[Knock]:
    """Every host at every other one, at every end that flows name; with the purpose where one allows it."""
    firewall, hosts, ends = estate.firewall(within), estate.select(within=within), _ends(estate)
    for target in hosts:
        if target.role == "provider":
            continue
        listens = firewall.listens(target.name)
        for source in hosts:
            if source.name == target.name:
                continue
            for end in ends:
                allowed = _allowed(listens, source, end)
                yield Knock(source.name, target.name, str(target.address), *end, *allowed)


def _ends(estate: Estate) -> tuple[_End, ...]:
    """Every protocol and port that flows name, less those of routing daemons."""
    return tuple(
        dict.fromkeys(
            (flow.protocol, flow.port)
            for flow in estate.flows
            if flow.protocol in _PROTOCOLS
            and flow.port is not None
            and not {*flow.sources, flow.target} <= set(ROUTED_ROLES)
        )
    )


def _allowed(listens: Iterable[Listen], source: Host, end: _End) -> tuple[str, str]:
    """For what a host lets a source in, and from which of its addresses; empty where it does not.

    A branch's router stands in its LAN with one of its addresses, and with that one it may what the LAN may.
    """
    for listen in listens:
        if (listen.protocol, listen.port) != end:
            continue
        for address in source.addresses:
            if any(address in network for network in listen.sources):
                return listen.purpose, str(address) if len(set(source.addresses)) > 1 else ""
    return "", ""


def _services(estate: Estate, within: Collection[str]) -> Iterator[Knock]:
    homes = {host.site for host in estate.select(role="balancer", within=within)}
    for service in estate.services_within(within).values():
        if not homes.intersection(service.home_order):
            continue
        for terminal in estate.select(role="terminal", within=within):
            yield Knock(
                terminal.name,
                service.name,
                str(service.address),
                "tcp",
                service.port,
                service.title,
            )

"""In which order hosts are changed, and how many at a time: pure, from the estate and who leads.

Invariant: batches follow one another, and one begins only when everything is whole again; so whatever is
away at any moment is what one batch takes away, and that is always little enough (`rules`). A router
without a second one takes its whole site along: its votes, its databases and its balancers count.

The order: what carries nothing first, then standbys before leaders, centres after the branches that
showed the change to be sound, the bastions last. Of the centres the backup goes first, since at home
everybody would notice. Branches begin with one (the canary) and at most double each time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dr.rolling.change import Change
from dr.rolling.rules import Refusal, refusals_of
from inventory import Estate
from inventory.parts import Cluster, Host
from netconfig.waves import branches_of, weight_of

__all__ = ["LARGEST", "Batch", "LeftOut", "Roll", "plan_roll", "taken_by"]

LARGEST = 32
"""Branches at once, however many there are: a tenth of them is noticed by everybody."""
_ORDER = (
    "monitoring", "batch", "restore", "store", "application", "balancer", "etcd", "database",
    "terminal", "router", "bastion",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Batch:
    """Hosts that are changed at the same time."""

    number: int
    stage: str
    """What they are to the estate: `standby`, `leader`, `branch router`, …"""
    hosts: tuple[str, ...]
    taken: tuple[str, ...]
    """Every host that is away meanwhile: they, and what hangs on them alone."""

    @property
    def cut_off(self) -> tuple[str, ...]:
        """Hosts that are not changed and cannot be reached meanwhile."""
        return tuple(host for host in self.taken if host not in self.hosts)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A host that this run does not touch, and why."""

    host: str
    why: str


@dataclass(frozen=True, slots=True)
class Roll:
    """Everything that a run will do; it is done only where `refusals` is empty."""

    change: Change
    batches: tuple[Batch, ...]
    left_out: tuple[LeftOut, ...]
    refusals: tuple[Refusal, ...]


def plan_roll(
    estate: Estate,
    within: Sequence[str],
    change: Change,
    *,
    conductor: str,
    leaders: Mapping[str, str],
    roles: Sequence[str] = (),
    hosts: Collection[str] = (),
) -> Roll:
    """Plan a change of the hosts in `within`, or of some roles or hosts among them.

    `leaders` names who leads each cluster now; `conductor` is the bastion from which it is done.
    """
    wanted = change.concerns(roles)
    chosen = [
        host
        for host in estate.select(within=within)
        if host.role in wanted and (not hosts or host.name in hosts)
    ]
    left_out = [
        LeftOut(host.name, f"it conducts: patch it from {_other(estate, within, conductor)}")
        for host in chosen
        if host.name == conductor
    ]
    chosen = [host for host in chosen if host.name != conductor]
    batches: list[Batch] = []
    for role in sorted(wanted, key=_ORDER.index):
        of_role = [host for host in chosen if host.role == role]
        for stage, names in _STAGES.get(role, _by_site)(estate, within, of_role, leaders):
            taken = taken_by(estate, within, names)
            batches.append(Batch(len(batches) + 1, stage, tuple(names), taken))
    found = [
        refusal
        for batch in batches
        for refusal in refusals_of(
            estate, within, batch.hosts, batch.taken, conductor=conductor, leaders=leaders
        )
    ]
    return Roll(change, tuple(batches), tuple(left_out), tuple(dict.fromkeys(found)))


def taken_by(estate: Estate, within: Collection[str], hosts: Sequence[str]) -> tuple[str, ...]:
    """Give every host that is away while `hosts` are: they, and the sites whose only router is one of them."""
    taken = dict.fromkeys(hosts)
    for name in hosts:
        host = estate.hosts[name]
        if host.role != "router" or len(_routers(estate, within, host)) > 1:
            continue
        behind = [
            other.name
            for other in estate.select(within=within)
            if other.site is not None and estate.sites[other.site].routed_by == host.site
        ]
        taken |= dict.fromkeys(behind)
    return tuple(taken)


def _routers(estate: Estate, within: Collection[str], host: Host) -> list[str]:
    return [h.name for h in estate.select(role="router", site=host.site, within=within)]


def _other(estate: Estate, within: Sequence[str], conductor: str) -> str:
    others = [h.name for h in estate.select(role="bastion", within=within) if h.name != conductor]
    return others[0] if others else "another bastion, of which the estate has none"


_Stages = Iterator[tuple[str, Sequence[str]]]


def _by_site(
    estate: Estate, within: Sequence[str], hosts: Sequence[Host], leaders: Mapping[str, str]
) -> _Stages:
    """One host at a time, site by site, the backup centre first and the homes last."""
    for host in sorted(hosts, key=lambda h: (weight_of(estate, h), h.index)):
        yield ("vote" if host.role == "etcd" else host.role), [host.name]


def _databases(
    estate: Estate, within: Sequence[str], hosts: Sequence[Host], leaders: Mapping[str, str]
) -> _Stages:
    """Standbys beside their leader first, those elsewhere next, leaders last; one of each cluster at a site.

    So the one beside the leader is synchronous when the leader's turn comes: of the others the last one
    was away most recently, and its place was taken.
    """
    chosen = {host.name for host in hosts}
    clusters = estate.clusters_within(within)
    rounds: dict[tuple[int, str, int], list[str]] = {}
    for cluster in clusters.values():
        leader = leaders.get(cluster.name)
        seats: dict[str, int] = {}
        for member in _standbys(estate, cluster, leader):
            site = str(estate.hosts[member].site)
            is_beside = leader is not None and estate.hosts[leader].site == site
            seats[site] = seats.get(site, 0) + 1
            rounds.setdefault((0 if is_beside else 1, site, seats[site]), []).append(member)
        if leader is not None:
            rounds.setdefault((2, str(estate.hosts[leader].site), 0), []).append(leader)
    for (turn, _, _), members in sorted(rounds.items(), key=lambda item: (item[0][0], item[0][2])):
        names = [member for member in members if member in chosen]
        if names:
            yield ("leader" if turn == 2 else "standby"), names


def _standbys(estate: Estate, cluster: Cluster, leader: str | None) -> list[str]:
    return [member for member in cluster.members if member != leader]


def _routed(
    estate: Estate, within: Sequence[str], hosts: Sequence[Host], leaders: Mapping[str, str]
) -> _Stages:
    """Branches by canary and doubling, then sites with a vote behind one router, then the centres' pairs."""
    leaves = branches_of(estate, within)
    # Its site's only one that leads to nothing but terminals: many may go at once.
    branches = [h for h in hosts if h.name in leaves and len(_routers(estate, within, h)) == 1]
    yield from (("branch router", names) for names in _growing([h.name for h in branches]))
    rest = [h for h in hosts if h not in branches]
    alone = [h for h in rest if len(_routers(estate, within, h)) == 1]
    for host in sorted(alone, key=lambda h: weight_of(estate, h)):
        yield "lone router", [host.name]
    # The second of each pair first: by its place it carries less.
    pairs = [h for h in rest if h not in alone]
    for host in sorted(pairs, key=lambda h: (weight_of(estate, h), -h.index)):
        yield "paired router", [host.name]


def _terminals(
    estate: Estate, within: Sequence[str], hosts: Sequence[Host], leaders: Mapping[str, str]
) -> _Stages:
    yield from (("terminal", names) for names in _growing([h.name for h in hosts]))


def _growing(names: Sequence[str]) -> Iterator[Sequence[str]]:
    """One, two, four, … at a time, `LARGEST` at most."""
    size, begin = 1, 0
    while begin < len(names):
        yield names[begin : begin + size]
        begin, size = begin + size, min(2 * size, LARGEST)


_STAGES = {"database": _databases, "router": _routed, "terminal": _terminals}

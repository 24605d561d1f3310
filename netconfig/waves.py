"""In which waves a change reaches devices: pure, from who they are and whose lines it touches at each.

Invariant: a device is in as many waves as there are networks whose lines its change touches, and in at least one. One wave
touches the lines of one network only, so no site has both of its lines in it, nor two networks their edges; of a site it
takes one device at most. Of what more than a branch hangs on (centres, sites with a vote, the networks' own edges) it takes
one device and nothing beside it, and only after every branch; the canaries come before everything.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat

from inventory import Estate, Host

__all__ = ["BARE", "BRANCHES", "CANARY", "CORE", "Wave", "branches_of", "plan_waves", "weight_of"]

BARE = "day 0"
CANARY = "canary"
BRANCHES = "branches"
CORE = "core"


@dataclass(frozen=True, slots=True)
class Wave:
    """Devices that are changed at the same time, and the one network whose lines that touches (None: nobody's)."""

    number: int
    stage: str
    devices: tuple[str, ...]
    network: str | None = None

    def __str__(self) -> str:
        """For people: what it is and how much."""
        lines = f", lines to {self.network}" if self.network else ""
        count = "1 device" if len(self.devices) == 1 else f"{len(self.devices)} devices"
        return f"wave {self.number} ({self.stage}{lines}): {count}"


def plan_waves(
    estate: Estate,
    touched: Mapping[str, Collection[str]],
    within: Collection[str] | None = None,
    *,
    bare: Collection[str] = (),
) -> tuple[Wave, ...]:
    """The waves of a change, in order; `touched` = its devices, each with the networks whose lines it touches there.

    `bare` are devices of it that carry nothing yet: all at once, before the others. How many branches go at a time,
    and which of them first, the estate says.
    """
    rules = estate.devices.waves
    order = [name for name in estate.hosts if name in touched and name not in bare]
    leaves = branches_of(estate, within)
    branches = [name for name in order if name in leaves]
    canaries = [
        name for site in rules.canaries for name in branches if estate.hosts[name].site == site
    ]
    core = sorted(
        (estate.hosts[name] for name in order if name not in branches),
        # The second of a pair first: by its place it carries less.
        key=lambda host: (weight_of(estate, host), -host.index),
    )
    rest = [name for name in branches if name not in canaries]
    found: list[Wave] = []
    if bare:
        found.append(Wave(1, BARE, tuple(name for name in estate.hosts if name in bare)))
    for batch in _cut(estate, [*canaries, *rest], rules.sizes):
        is_first = set(batch) <= set(canaries) or not any(w.stage == CANARY for w in found)
        stage = CANARY if is_first else BRANCHES
        found += _by_network(estate, batch, touched, stage, len(found))
    for host in core:
        found += _by_network(estate, [host.name], touched, CORE, len(found))
    return tuple(found)


def branches_of(estate: Estate, within: Collection[str] | None = None) -> frozenset[str]:
    """The routers that lead to nothing but terminals: many such may be changed at once."""
    hosts = [host for host in estate.select(within=within) if host.site is not None]
    serving = {
        estate.sites[host.site or ""].routed_by
        for host in hosts
        if host.role not in ("router", "terminal")
    }
    return frozenset(
        host.name
        for host in estate.select(role="router")
        if host.site is not None and host.site not in serving
    )


def weight_of(estate: Estate, host: Host) -> tuple[int, int]:
    """How much hangs on where a host is: nothing, a backup's part, a home's part, a network."""
    if host.site is None:
        return 3, estate.networks[host.network or ""].number
    site = estate.sites[host.site]
    homes = {service.home_order[0] for service in estate.services.values() if service.home_order}
    homes |= {cluster.home for cluster in estate.clusters.values()}
    return (2 if site.name in homes else 1 if site.kind == "centre" else 0), site.number


def _cut(estate: Estate, names: Sequence[str], sizes: Sequence[int]) -> Iterator[list[str]]:
    """So many at a time, then all that are left; of a site never two."""
    left = list(names)
    for size in chain(sizes, repeat(len(left))):
        if not left:
            return
        taken: dict[str | None, str] = {}
        for name in left:
            if len(taken) < size:
                taken.setdefault(estate.hosts[name].site, name)
        batch = list(taken.values())
        left = [name for name in left if name not in batch]
        yield batch


def _by_network(
    estate: Estate,
    batch: Sequence[str],
    touched: Mapping[str, Collection[str]],
    stage: str,
    before: int,
) -> Iterator[Wave]:
    """A batch as one wave for each network whose lines it touches; who touches nobody's goes with the first."""
    of = {name: {*touched[name], *_own(estate, name)} for name in batch}
    networks = sorted({n for each in of.values() for n in each}, key=_numbers(estate).__getitem__)
    for place, network in enumerate(networks or [None]):
        names = tuple(n for n in batch if network in of[n] or (not of[n] and place == 0))
        yield Wave(before + place + 1, stage, names, network)


def _own(estate: Estate, name: str) -> Collection[str]:
    """A network's own edge touches its lines whatever is changed there."""
    network = estate.hosts[name].network
    return () if network is None else (network,)


def _numbers(estate: Estate) -> dict[str, int]:
    return {network.name: network.number for network in estate.networks.values()}

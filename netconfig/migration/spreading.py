"""In which order a change goes to devices, where it may not go to all at once.

The rules: who hears before who speaks; the branches' routers in waves; one border of a centre at a time; the centre from
which the network is managed last; both ends of a line together, the far one first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from inventory import Estate
from netconfig.migration.moves import Spread
from netconfig.migration.state import State
from netconfig.migration.waves import canaries_first, split

__all__ = ["conductors_last", "own_first", "own_last", "risers_first", "softly", "together"]


def together(before: State, after: State, names: Sequence[str]) -> list[tuple[str, ...]]:
    """All at once: the two ends of each line are one pair, the branch's end before the centre's, the network's last."""
    stands = _stands(before, after)
    ranked = sorted(names, key=lambda name: (stands[name].is_network, stands[name].nearness))
    return [tuple(ranked)] if ranked else []


def softly(before: State, after: State, names: Sequence[str]) -> list[tuple[str, ...]]:
    """What each device can have by itself: branches in waves, then the networks, then one border after another."""
    stands = _stands(before, after)
    of_site: dict[str, list[str]] = {}
    providers, borders = [], []
    for name in names:
        if stands[name].is_network:
            providers.append((name,))
        elif stands[name].nearness:
            borders.append(name)
        else:
            of_site.setdefault(stands[name].site, []).append(name)
    groups: list[tuple[str, ...]] = []
    for turn in range(max(map(len, of_site.values()), default=0)):
        # A site with several routers has one of them changed at a time.
        sites = [site for site, found in of_site.items() if len(found) > turn]
        groups += [
            tuple(of_site[site][turn] for site in wave)
            for wave in split(canaries_first(_knows(before, after, sites), sites))
        ]
    borders.sort(key=lambda name: stands[name].nearness)
    return groups + providers + [(name,) for name in borders]


def own_last(own: Collection[str]) -> Spread:
    """Everybody listens first, then the devices named (and the networks beside them) speak, together."""

    def spread(before: State, after: State, names: Sequence[str]) -> list[tuple[str, ...]]:
        others, speakers = _apart(before, after, names, own)
        return softly(before, after, others) + together(before, after, speakers)

    return spread


def own_first(own: Collection[str]) -> Spread:
    """The devices named (and the networks beside them) fall silent together, then the others stop listening."""

    def spread(before: State, after: State, names: Sequence[str]) -> list[tuple[str, ...]]:
        others, speakers = _apart(before, after, names, own)
        return together(before, after, speakers) + softly(before, after, others)

    return spread


def risers_first(rising: Collection[str]) -> Spread:
    """As softly, but who takes more upon itself does so before the others take less."""

    def spread(before: State, after: State, names: Sequence[str]) -> list[tuple[str, ...]]:
        stands = _stands(before, after)
        groups = softly(before, after, names)
        return sorted(groups, key=lambda group: stands[group[0]].site not in rising)

    return spread


def conductors_last(estate: Estate, centres: Iterable[str]) -> list[str]:
    """Centres in the order in which their borders are changed: those without a bastion first, the backup centre last."""
    return sorted(centres, key=lambda site: (_nearness(estate, site), estate.sites[site].number))


@dataclass(frozen=True, slots=True)
class _Stand:
    """Where a device stands; `nearness` = how near to those who manage the network, 0 for a branch."""

    site: str
    is_network: bool
    nearness: int


def _stands(before: State, after: State) -> Mapping[str, _Stand]:
    found = {}
    for estate in (before.estate, after.estate):
        near = {site: _nearness(estate, site) for site in estate.sites}
        for host in estate.hosts.values():
            found[host.name] = _Stand(
                host.site or "", host.network is not None, near.get(host.site or "", 0)
            )
    return found


def _nearness(estate: Estate, site: str) -> int:
    if estate.sites[site].kind != "centre":
        return 0
    if estate.sites[site].is_backup:
        return 3  # day 0 and every disaster are conducted from here
    return 2 if estate.select(role="bastion", site=site) else 1


def _knows(before: State, after: State, sites: Iterable[str]) -> Estate:
    return after.estate if set(sites) <= set(after.estate.sites) else before.estate


def _apart(
    before: State, after: State, names: Sequence[str], own: Collection[str]
) -> tuple[list[str], list[str]]:
    stands = _stands(before, after)
    speakers = [name for name in names if stands[name].is_network or stands[name].site in own]
    return [name for name in names if name not in speakers], speakers

"""Networks, sites and hosts that come or go: listened for before they speak, silent before nobody listens."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial

from inventory import Estate
from inventory.editing import count_roles, rebuilt
from netconfig.derivation import ROUTED_ROLES
from netconfig.migration.moves import CLOSE, OPEN, Move
from netconfig.migration.spreading import conductors_last, own_first, own_last, softly
from netconfig.migration.state import State
from netconfig.migration.waves import canaries_first, split

__all__ = ["host_moves", "network_moves", "site_moves"]


def network_moves(source: Estate, target: Estate) -> list[Move]:
    """Networks that come are known before the first line to them; those that go are forgotten after their last."""
    coming = tuple(name for name in target.networks if name not in source.networks)
    going = tuple(name for name in source.networks if name not in target.networks)
    return [
        Move(
            key=key,
            kind=kind,
            title=f"{word} {', '.join(names)}",
            rank=rank,
            edit=partial(_networks, target, names),
            touches=_centres_and_networks,
            spread=softly,
        )
        for key, kind, word, rank, names in (
            (OPEN, "open-network", "make known:", (10,), coming),
            (CLOSE, "close-network", "forget", (90,), going),
        )
        if names
    ]


def site_moves(source: Estate, target: Estate) -> list[Move]:
    """Sites that come, centres before branches, and sites that go."""
    coming = [name for name in target.sites if name not in source.sites]
    going = [name for name in source.sites if name not in target.sites]
    centres = [name for name in coming if target.sites[name].kind == "centre"]
    branches = canaries_first(target, [name for name in coming if name not in centres])
    moves = [_coming(target, (name,), (30, at), (1, 1)) for at, name in enumerate(centres)]
    waves = split(branches)
    for number, wave in enumerate(waves, start=1):
        needs = {moves[-1].key} if number > 1 else set()
        moves.append(_coming(target, wave, (45, number), (number, len(waves)), needs))
    moves += [_going(name, (46, at)) for at, name in enumerate(conductors_last(source, going))]
    return moves


def host_moves(source: Estate, target: Estate) -> list[Move]:
    """Servers at sites that stay: who shall hear of a site with servers hears of it before anything runs there."""
    old, new = count_roles(source), count_roles(target)
    both = [name for name in source.sites if name in target.sites]
    union = {
        site: {
            role: max(old[site].get(role, 0), new[site].get(role, 0))
            for role in {**old[site], **new[site]}
        }
        for site in both
    }
    moves = []
    for kind, rank, title, before, after in (
        ("equip", 35, "make room for the servers that come to", old, union),
        ("strip", 85, "forget the servers that left", union, new),
    ):
        sites = tuple(site for site in both if before[site] != after[site])
        if sites:
            moves.append(
                Move(
                    key=kind,
                    kind=kind,
                    title=f"{title} {', '.join(sites)}",
                    rank=(rank,),
                    edit=partial(_counts, {site: after[site] for site in sites}, target),
                    touches=_all_devices,
                    spread=softly,
                    sites=sites,
                )
            )
    return moves


def _coming(
    target: Estate,
    names: tuple[str, ...],
    rank: tuple[int, ...],
    wave: tuple[int, int],
    needs: Collection[str] = (),
) -> Move:
    return Move(
        key=f"in:{names[0]}",
        kind="site-in",
        title=f"join {_spell(names)}",
        rank=rank,
        edit=partial(_join, target, names),
        touches=_all_devices,
        spread=own_last(names),
        needs=frozenset({*needs, OPEN}),
        sites=names,
        wave=wave,
    )


def _going(name: str, rank: tuple[int, ...]) -> Move:
    # It serves nobody any more, so there is nothing to lead around it.
    return Move(
        key=f"out:{name}",
        kind="site-out",
        title=f"take {name} away",
        rank=rank,
        edit=partial(_leave, name),
        touches=_all_devices,
        spread=own_first((name,)),
        sites=(name,),
    )


def _spell(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{len(names)} sites"


def _networks(target: Estate, names: tuple[str, ...], state: State) -> State:
    """Networks come as they are in the target, or go."""
    networks = {n: one for n, one in state.estate.networks.items() if n not in names}
    networks |= {n: target.networks[n] for n in names if n in target.networks}
    return replace(state, estate=rebuilt(state.estate, networks=networks))


def _join(target: Estate, names: tuple[str, ...], state: State) -> State:
    estate = state.estate
    counts: Mapping[str, Mapping[str, int]] = count_roles(estate) | {
        name: count_roles(target)[name] for name in names
    }
    built = rebuilt(
        estate,
        sites=dict(estate.sites) | {name: target.sites[name] for name in names},
        lines=(*estate.lines, *(line for line in target.lines if line.site in names)),
        counts=counts,
        clusters=_clusters(target),
    )
    singles = dict.fromkeys((*estate.singles, *(s for s in target.singles if s.site in names)))
    return replace(state, estate=replace(built, singles=tuple(singles)))


def _leave(name: str, state: State) -> State:
    estate = state.estate
    gone = {host.name for host in estate.hosts.values() if host.site == name}
    sites = {n: site for n, site in estate.sites.items() if n != name}
    return State(rebuilt(estate, sites=sites), state.drained - gone)


def _counts(counts: Mapping[str, Mapping[str, int]], target: Estate, state: State) -> State:
    known = count_roles(state.estate)
    wanted = known | {site: dict(roles) for site, roles in counts.items() if site in known}
    built = rebuilt(state.estate, counts=wanted, clusters=_clusters(target))
    return replace(state, estate=built)


def _clusters(target: Estate) -> dict[str, str]:
    return {host.name: host.cluster for host in target.hosts.values() if host.cluster}


def _all_devices(before: State, after: State) -> frozenset[str]:
    return frozenset(
        host.name
        for state in (before, after)
        for host in state.estate.hosts.values()
        if host.role in ROUTED_ROLES
    )


def _centres_and_networks(before: State, after: State) -> frozenset[str]:
    return frozenset(
        host.name
        for state in (before, after)
        for host in state.estate.hosts.values()
        if host.network
        or (host.role == "router" and state.estate.sites[host.site or ""].kind == "centre")
    )

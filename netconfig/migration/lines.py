"""The lines of each router on their way: new ones come before old ones go, one network at a time.

Invariant: whatever prefix of a router's actions has been done, it has a line that stood before the last one; a router has
never more than `MOST_LINES`; preferring is an action of its own, between coming and going.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from inventory import Estate, Line
from inventory.expansion import host_name
from netconfig.migration.moves import OPEN, LineChange, Move, change_lines, provider_of, routers_of
from netconfig.migration.spreading import conductors_last, softly, together
from netconfig.migration.state import State
from netconfig.migration.waves import canaries_first, split

__all__ = ["MOST_LINES", "Action", "Router", "actions_of", "border_moves", "branch_moves"]

# As many as there are steps of preference: a fifth line would have the weight of a drained router's.
MOST_LINES = 4

Router = tuple[str, int]
"""A site and the number of a router there."""


@dataclass(frozen=True, slots=True)
class Action:
    """What is done to one router's lines at once; `network` comes, goes or is preferred."""

    kind: str
    network: str
    changes: tuple[LineChange, ...]


def actions_of(
    router: Router, old: Sequence[Line], new: Sequence[Line], most: int = MOST_LINES
) -> list[Action]:
    """From the lines that a router has to those it shall have, in order of preference both; never more than `most`."""
    site, number = router
    wanted = [line.network for line in new]
    mbps = {line.network: line.capacity_mbps for line in new}
    place = {line.network: line.place for line in old}
    found: list[Action] = []

    def take_down(network: str) -> None:
        del place[network]
        found.append(Action("remove", network, (LineChange(site, number, network, None),)))

    while True:
        have = sorted(place, key=lambda network: place[network])
        missing = [network for network in wanted if network not in place]
        leaving = [network for network in have if network not in wanted]
        order = [n for n in wanted if n in place] + leaving
        if missing and (len(have) < most or not leaving):
            network = missing[0]
            place[network] = max(place.values(), default=-1) + 1
            change = LineChange(site, number, network, place[network], mbps[network])
            found.append(Action("add", network, (change,)))
        elif have != order or (not leaving and list(place.values()) != _numbered(place)):
            changes = tuple(LineChange(site, number, n, at) for at, n in enumerate(order))
            place = {network: at for at, network in enumerate(order)}
            found.append(Action("prefer", order[0], changes))
        elif leaving:
            take_down(leaving[-1])
        else:
            return found


def _numbered(place: Mapping[str, int]) -> list[int]:
    ranked = sorted(place, key=lambda network: place[network])
    return [ranked.index(network) for network in place]


def branch_moves(
    source: Estate, target: Estate, within: Collection[str] | None = None
) -> list[Move]:
    """The lines of all branches that stay (and are booted), phase by phase, each phase in waves.

    A phase is one kind of action on one network; the next one is what most routers wait for.
    """
    waiting = {
        router: actions
        for router, actions in _todo(source, target, within).items()
        if not _is_centre(source, router) and actions
    }
    last: dict[Router, str] = {}
    moves: list[Move] = []
    phase = 0
    while waiting:
        heads: dict[tuple[str, str], list[Router]] = {}
        for router, actions in waiting.items():
            heads.setdefault((actions[0].kind, actions[0].network), []).append(router)
        kind, network = max(heads, key=lambda head: len(heads[head]))
        taken = {router: waiting[router].pop(0) for router in heads[kind, network]}
        waves = _waves(source, list(taken))
        before: str | None = None
        for number, wave in enumerate(waves, start=1):
            actions = [taken[router] for router in wave]
            needs = {last[router] for router in wave if router in last}
            move = _line_move(
                f"{phase}:{kind}:{network}:{number}",
                (50, phase, number),
                actions,
                needs | ({before} if before else set()),
                (number, len(waves)),
            )
            before = move.key
            moves.append(move)
            last |= dict.fromkeys(wave, move.key)
        waiting = {router: actions for router, actions in waiting.items() if actions}
        phase += 1
    return moves


def border_moves(
    source: Estate,
    target: Estate,
    within: Collection[str] | None = None,
    left: Mapping[str, frozenset[str]] | None = None,
) -> list[Move]:
    """The lines of the centres that stay: each border by itself, and led around while a line of it goes.

    `left` = for each network the changes by which the branches leave it: a centre stays on it until then.
    """
    todo = {
        router: actions
        for router, actions in _todo(source, target, within).items()
        if _is_centre(source, router)
    }
    near = conductors_last(source, dict.fromkeys(site for site, _ in todo))
    adds, removes = [], []
    for site in near:
        for router in sorted(one for one in todo if one[0] == site):
            going = []
            for action in todo[router]:
                key = f"border:{action.kind}:{site}:{router[1]}:{action.network}"
                if action.kind == "add":
                    adds.append(_line_move(key, (20, near.index(site), router[1]), [action], set()))
                elif action.kind == "remove":
                    going.append((key, action))
            after = {key for _, action in going for key in (left or {}).get(action.network, ())}
            is_alone = len([one for one in todo if one[0] == site]) == 1
            removes += _drained(router, (70, near.index(site), router[1]), going, after, is_alone)
    return [*adds, *removes]


def _drained(
    router: Router,
    rank: tuple[int, ...],
    going: Sequence[tuple[str, Action]],
    after: set[str],
    is_alone: bool,
) -> list[Move]:
    """Drain, take the lines down one by one, let it carry again; an only border has nobody to lead to."""
    if not going:
        return []
    name = host_name(router[0], "router", router[1])
    moves = [] if is_alone else [_drain_move(name, router[0], rank, True, after)]
    for key, action in going:
        needs = {moves[-1].key} if moves else after
        moves.append(_line_move(key, (*rank, len(moves)), [action], needs))
    if not is_alone:
        last = {moves[-1].key}
        moves.append(_drain_move(name, router[0], (*rank, len(moves)), False, last))
    return moves


def _drain_move(
    router: str, site: str, rank: tuple[int, ...], is_drained: bool, needs: set[str] | None = None
) -> Move:
    """Lead everything around a router before it is touched, or let it carry again."""

    def edit(state: State) -> State:
        drained = state.drained | {router} if is_drained else state.drained - {router}
        return State(state.estate, drained)

    kind = "drain" if is_drained else "undrain"
    return Move(
        key=f"{kind}:{router}",
        kind=kind,
        title=f"lead everything around {router}" if is_drained else f"let {router} carry again",
        rank=rank,
        edit=edit,
        touches=lambda _before, _after: frozenset({router}),
        spread=softly,
        needs=frozenset(needs or ()),
        sites=(site,),
    )


def _todo(
    source: Estate, target: Estate, within: Collection[str] | None
) -> dict[Router, list[Action]]:
    """The actions of each router of a site that stays."""
    found: dict[Router, list[Action]] = {}
    old, new = _lines_by_router(source), _lines_by_router(target)
    for router, lines in old.items():
        is_booted = within is None or host_name(router[0], "router", router[1]) in within
        if router[0] in target.sites and is_booted:
            # A centre prefers none of its lines, so it may have any number of them.
            most = len(lines) + len(target.networks) if _is_centre(source, router) else MOST_LINES
            found[router] = actions_of(router, lines, new.get(router, []), most)
    return found


def _is_centre(estate: Estate, router: Router) -> bool:
    return estate.sites[router[0]].kind == "centre"


def _lines_by_router(estate: Estate) -> dict[Router, list[Line]]:
    found: dict[Router, list[Line]] = {}
    for line in estate.lines:
        found.setdefault((line.site, line.router), []).append(line)
    return {router: sorted(lines, key=lambda one: one.place) for router, lines in found.items()}


def _waves(source: Estate, routers: Sequence[Router]) -> list[tuple[Router, ...]]:
    found: list[tuple[Router, ...]] = []
    for number in sorted({number for _, number in routers}):
        # A site with several routers has one of them changed at a time.
        sites = canaries_first(source, [site for site, one in routers if one == number])
        found += [tuple((site, number) for site in wave) for wave in split(sites)]
    return found


_WORDS = {
    "add": "bring up {network} at {where}",
    "prefer": "prefer {network} at {where}",
    "remove": "take down {network} at {where}",
}


def _line_move(
    key: str,
    rank: tuple[int, ...],
    actions: Sequence[Action],
    needs: set[str],
    wave: tuple[int, int] = (1, 1),
) -> Move:
    kind, network = actions[0].kind, actions[0].network
    changes = [change for action in actions for change in action.changes]
    routers = list(dict.fromkeys((change.site, change.router) for change in changes))
    sites = tuple(dict.fromkeys(site for site, _ in routers))
    first = host_name(sites[0], "router", routers[0][1])
    where = first if len(routers) == 1 else f"{len(sites)} sites"

    def touches(before: State, after: State) -> frozenset[str]:
        devices = set(routers_of(before.estate, sites))
        if kind != "prefer":
            devices.add(provider_of(after.estate, network))
        return frozenset(devices)

    return Move(
        key=key,
        kind=f"{kind}-line",
        title=_WORDS[kind].format(network=network, where=where),
        rank=rank,
        edit=partial(_changed, changes),
        touches=touches,
        spread=together,
        needs=frozenset(needs | ({OPEN} if kind == "add" else set())),
        sites=sites,
        colour=network,
        wave=wave,
    )


def _changed(changes: Sequence[LineChange], state: State) -> State:
    return change_lines(state, changes)

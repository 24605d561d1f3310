"""Services that get other homes: a new home is there before the old one is left; the turn in between is its own step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from inventory import Estate, Service
from netconfig.migration.moves import Move, routers_of
from netconfig.migration.spreading import risers_first, softly
from netconfig.migration.state import State

__all__ = ["home_moves", "orders_between"]

Order = tuple[str, ...]


def orders_between(old: Order, new: Order) -> list[tuple[str, Order]]:
    """The home orders on the way, each with what is done: `extend`, `turn`, `leave`."""
    found: list[tuple[str, Order]] = []
    wider = (*old, *(home for home in new if home not in old))
    turned = (*new, *(home for home in wider if home not in new))
    for kind, order in (("extend", wider), ("turn", turned), ("leave", new)):
        if order != (found[-1][1] if found else old):
            found.append((kind, order))
    return found


def home_moves(source: Estate, target: Estate) -> list[Move]:
    """The moves of all services; those that go the same way go together."""
    ways: dict[tuple[Order, Order, bool], list[str]] = {}
    for name, service in source.services.items():
        old = service.home_order
        if name in target.services:
            new, is_kept = target.services[name].home_order, True
        else:
            # What is served no more first comes home to a centre that stays: whoever is late still finds it there.
            new = tuple(home for home in old if home in target.sites) or old
            is_kept = False
        ways.setdefault((old, new, is_kept), []).append(name)
    moves: list[Move] = []
    for number, ((old, new, is_kept), names) in enumerate(ways.items()):
        last: str | None = None
        before = old
        for at, (kind, order) in enumerate(orders_between(old, new)):
            title = _title(kind, names, before, order)
            move = _move(f"{kind}:{names[0]}", title, (40, number, at), names, order, (*old, *new))
            spread = risers_first([home for home in order if _rises(home, before, order)])
            moves.append(replace(move, needs=_needs(last, order, source), spread=spread))
            last, before = move.key, order
        if not is_kept:
            title = f"serve {', '.join(names)} no more"
            move = _move(f"retire:{names[0]}", title, (44, number), names, None, new)
            moves.append(replace(move, needs=_needs(last, (), source)))
    for number, (name, service) in enumerate(target.services.items()):
        if name not in source.services:
            order = service.home_order
            title = f"serve {name} from {', '.join(order)}"
            edit = partial(_serve, {name: service})
            move = _move(f"serve:{name}", title, (42, number), [name], order, order)
            moves.append(replace(move, edit=edit, needs=_needs(None, order, source)))
    return moves


def _rises(home: str, before: Order, order: Order) -> bool:
    return home not in before or order.index(home) < before.index(home)


def _needs(last: str | None, order: Order, source: Estate) -> frozenset[str]:
    joined = {f"in:{home}" for home in order if home not in source.sites}
    return frozenset({*joined, *({last} if last else ())})


def _title(kind: str, names: list[str], before: Order, order: Order) -> str:
    what = ", ".join(names)
    if kind == "extend":
        return f"{what}: {', '.join(order[len(before) :])} stands ready too"
    if kind == "turn":
        if before[0] == order[0]:
            return f"{what}: in the order {', '.join(order)}"
        return f"{what}: from {before[0]} to {order[0]}"
    return f"{what}: no longer from {', '.join(home for home in before if home not in order)}"


def _move(
    key: str,
    title: str,
    rank: tuple[int, ...],
    names: list[str],
    order: Order | None,
    homes: Order,
) -> Move:
    def touches(before: State, after: State) -> frozenset[str]:
        return frozenset(
            name for state in (before, after) for name in routers_of(state.estate, homes)
        )

    def edit(state: State) -> State:
        known = dict(state.estate.services)
        for name in names:
            if order is None:
                del known[name]
            else:
                known[name] = replace(known[name], home_order=order)
        return replace(state, estate=replace(state.estate, services=known))

    return Move(
        key=key,
        kind=f"home-{key.partition(':')[0]}",
        title=title,
        rank=rank,
        edit=edit,
        touches=touches,
        spread=softly,
        sites=tuple(dict.fromkeys(homes)),
    )


def _serve(services: Mapping[str, Service], state: State) -> State:
    known = {**state.estate.services, **services}
    return replace(state, estate=replace(state.estate, services=known))

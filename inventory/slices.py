"""Slices of an estate, and what a slice does to counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from inventory.errors import UnknownSlice
from inventory.parts import Host, Site, Slice

__all__ = ["pigeonhole", "resolve_slice"]

FULL = "full"
ROUTERS = "routers:"


def pigeonhole(sites: Sequence[str]) -> int:
    """How many synchronous copies put one elsewhere for certain, given the members' sites.

    The fullest site has m members; beside the leader it can hold at most m - 1 copies, so m
    synchronous copies reach another site whichever member leads. At least 1; 2 for 2 + 2 nodes.
    """
    return max([1, *Counter(sites).values()])


def resolve_slice(
    name: str, slices: Mapping[str, Slice], sites: Mapping[str, Site], hosts: Mapping[str, Host]
) -> tuple[str, ...]:
    """The hosts of a named slice, of `full`, or of `routers:N` (core with N office routers)."""
    if name in slices:
        return slices[name].hosts
    if name == FULL:
        return tuple(hosts)
    count = name.removeprefix(ROUTERS)
    if name.startswith(ROUTERS) and count.isdecimal() and "core" in slices:
        return _routers(int(count), slices["core"].hosts, sites, hosts)
    known = ", ".join([*slices, FULL, f"{ROUTERS}N"])
    raise UnknownSlice(f"'{name}' is no slice of this estate; it has {known}")


def _routers(
    count: int, core: Sequence[str], sites: Mapping[str, Site], hosts: Mapping[str, Host]
) -> tuple[str, ...]:
    def is_office(host: Host) -> bool:
        return host.site is not None and sites[host.site].kind == "office"

    first = [name for name in core if is_office(hosts[name]) and hosts[name].role == "router"]
    rest = [
        host.name
        for host in hosts.values()
        if is_office(host) and host.role == "router" and host.name not in first
    ]
    if count > len(first) + len(rest):
        there = len(first) + len(rest)
        raise UnknownSlice(
            f"'{ROUTERS}{count}' asks for more office routers than the {there} there are"
        )
    chosen = {name for name in core if not is_office(hosts[name])} | {*(first + rest)[:count]}
    return tuple(name for name in hosts if name in chosen)

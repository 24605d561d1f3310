"""Batches that grow: one office alone, then a few, then many, so that a mistake is seen while it is small."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

from inventory import Estate

__all__ = ["SIZES", "canaries_first", "split"]

Item = TypeVar("Item")

# A canary, then five times as many each time; the last wave has whatever is left.
SIZES = (1, 5, 25, 125)


def split(items: Sequence[Item]) -> list[tuple[Item, ...]]:
    """Cut a sequence into waves."""
    found: list[tuple[Item, ...]] = []
    at = 0
    for size in SIZES:
        if at >= len(items):
            return found
        found.append(tuple(items[at : at + size]))
        at += size
    if at < len(items):
        found.append(tuple(items[at:]))
    return found


def canaries_first(estate: Estate, sites: Iterable[str]) -> list[str]:
    """Sites in the order in which they are risked: those without servers and with few seats first.

    Of each kind one comes before the second of any, so that the second wave has seen them all.
    """
    servers = {
        host.site for host in estate.hosts.values() if host.role not in ("router", "terminal")
    }
    ranked = sorted(
        sites,
        key=lambda name: (name in servers, estate.sites[name].seats, estate.sites[name].number),
    )
    seen: set[Hashable] = set()
    first: list[str] = []
    rest: list[str] = []
    for name in ranked:
        kind = (estate.sites[name].kind, name in servers)
        (rest if kind in seen or name in servers else first).append(name)
        seen.add(kind)
    return [*first, *rest]

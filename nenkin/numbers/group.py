"""Groups of numbers that merges make, and what rests on a merge: pure.

Invariant: the groups are at all times those that the merges in force alone make, in the order of their acts. So to
undo a merge takes nothing away but what it added, and restores exactly what was before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Merge(NamedTuple):
    """A merge in force: its act, the head and the numbers put under it."""

    act: int
    head: str
    members: tuple[str, ...]


def resting_on(act: int, merges: Iterable[Merge]) -> tuple[int, ...]:
    """The later merges of `merges` that joined something to the group which `act` made, in their order.

    Who decided them took the numbers of that group for one person's: they are to be looked at again if that is undone.
    """
    groups: dict[str, frozenset[str]] = {}
    made: frozenset[str] = frozenset()
    found = []
    for merge in sorted(merges):
        numbers = (merge.head, *merge.members)
        joined = frozenset[str]().union(*(groups.get(one, {one}) for one in numbers))
        if merge.act == act or made & joined:
            made = joined
            if merge.act != act:
                found.append(merge.act)
        groups.update(dict.fromkeys(joined, joined))
    return tuple(found)

"""Where matching is not transitive: a matches b and b matches c, but a does not match c.

Pairs must never be joined into clusters without looking: each such chain could put two persons under one number. What
is consolidated is what a person reviewed pair by pair; these triples are shown so that it is reviewed together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import NamedTuple

from nenkin.matching.batch import Pair


class Triple(NamedTuple):
    """`middle` matches both `one` and `other`, which do not match one another."""

    one: str
    middle: str
    other: str


def open_triples(pairs: Iterable[Pair]) -> Iterator[Triple]:
    """The open triples among all pairs of some persons, in the order of their numbers."""
    neighbours: dict[str, set[str]] = {}
    for pair in pairs:
        neighbours.setdefault(pair.one, set()).add(pair.other)
        neighbours.setdefault(pair.other, set()).add(pair.one)
    for middle in sorted(neighbours):
        for one, other in combinations(sorted(neighbours[middle]), 2):
            if other not in neighbours[one]:
                yield Triple(one, middle, other)

"""Matching all persons with one another, as a stream.

Birth date and sex are the same at every level. So persons come in the order of these two, those who share them are
compared by grouping their keys, and no more of them are ever held than share a birth date and sex, or a chunk.
Time grows with the persons and the pairs found; a group so large that its pairs would be many is given as a crowd.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby, islice
from operator import itemgetter
from typing import NamedTuple

from nenkin.matching.level import Level, level_of_keys
from nenkin.matching.name import Keys, keys, loose_keys
from nenkin.matching.person import Person

CHUNK = 8192
CROWD = 30
_SHARED = itemgetter(2, 3)


class InvalidOrder(ValueError):
    """Persons do not come in the order of birth date and sex; the message names the first who does not."""


class Pair(NamedTuple):
    """Two numbers that may be one person's, for a person to review; `one` came first."""

    level: Level
    one: str
    other: str


@dataclass(frozen=True, slots=True)
class Crowd:
    """More numbers than `CROWD` that all match one another by one key: to be looked at as a whole."""

    level: Level
    numbers: tuple[str, ...]


def match(persons: Iterable[Person]) -> Iterator[Pair | Crowd]:
    """The pairs of persons that match at any level, each once; raises InvalidOrder, InvalidName.

    `persons` come in ascending order of birth date and sex; what comes out depends on them and their order alone.
    """
    source = iter(persons)
    held: list[Person] = []
    before: tuple[str, ...] = ()
    while chunk := list(islice(source, CHUNK)):
        held += chunk
        last = _SHARED(held[-1])
        # All but those who may share birth date and sex with persons still to come.
        whole = len(held)
        while whole and _SHARED(held[whole - 1]) == last:
            whole -= 1
        if whole:
            yield from _match_blocks(held[:whole], before)
            before = _SHARED(held[whole - 1])
            held = held[whole:]
    if held:
        yield from _match_blocks(held, before)


def _match_blocks(persons: list[Person], before: tuple[str, ...]) -> Iterator[Pair | Crowd]:
    looses, plains = loose_keys(list(map(itemgetter(1), persons)))
    start = 0
    for shared, block in groupby(map(_SHARED, persons)):
        if shared < before:
            raise InvalidOrder(
                f"number {persons[start].number}, born {', '.join(shared)}: it stands behind {', '.join(before)}"
            )
        before = shared
        end = start + len(list(block))
        if end - start > 1:
            yield from _match_block(persons[start:end], looses[start:end], plains[start:end])
        start = end


def _match_block(
    persons: list[Person], looses: list[bytes], plains: list[bytes]
) -> Iterator[Pair | Crowd]:
    """The pairs of persons who share birth date and sex, in their order, behind the crowds."""
    by_loose = _groups(looses)
    # A group of one loose key has been seen as one of that key.
    others = [(group, False) for group in _groups(plains)]
    others += [(group, True) for group in _homes(persons)]
    others = [entry for entry in others if len({looses[i] for i in entry[0]}) > 1]
    groups = [(group, False) for group in by_loose] + others
    found: dict[tuple[int, int], Level] = {}
    for group, is_home in groups:
        of_each = [(i, keys(persons[i].name)) for i in group]
        if len(group) > CROWD:
            yield Crowd(_level(of_each, is_home), tuple(persons[i].number for i in group))
            continue
        for (i, one), (j, other) in combinations(of_each, 2):
            level = level_of_keys(one, other, is_home)
            if level is not None:
                found.setdefault((i, j), level)
    for i, j in sorted(found):
        yield Pair(found[i, j], persons[i].number, persons[j].number)


def _level(of_each: list[tuple[int, Keys]], is_home: bool) -> Level:
    if len({one.match for _, one in of_each}) == 1:
        return Level.DUPLICATE
    return Level.RENAMED if is_home else Level.CONFIRM


def _homes(persons: list[Person]) -> Iterator[list[int]]:
    """The places of persons with one address and given name."""
    for group in _groups(list(map(itemgetter(4), persons))):
        for part in _groups([keys(persons[i].name).given for i in group]):
            yield [group[k] for k in part]


def _groups(values: Sequence[Hashable]) -> list[list[int]]:
    """The places of values that stand more than once, each value's together; what is empty is like nothing."""
    if len(set(values)) == len(values):
        return []
    places: dict[Hashable, list[int]] = {}
    for place, value in enumerate(values):
        if value:
            places.setdefault(value, []).append(place)
    return [of_value for of_value in places.values() if len(of_value) > 1]

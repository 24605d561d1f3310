"""Matching all persons with one another, as a stream.

Birth date and sex are the same at every level. So persons come in the order of these two, those who share them are
compared by grouping their keys, and no more of them are ever held than share a birth date and sex.
Time grows with the persons and the pairs found; a group so large that its pairs would be many is given as a crowd.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

from nenkin.matching.block import Block, blocks
from nenkin.matching.level import Level, level_of_keys
from nenkin.matching.name import END, Keys, given_key, match_words
from nenkin.matching.person import Person

CROWD = 30


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
    return match_blocks(blocks(persons))


def match_blocks(given: Iterable[Block]) -> Iterator[Pair | Crowd]:
    """The same of persons who come as blocks, ascending and each but once."""
    before: tuple[str, str] = ("", "")
    for block in given:
        shared = block.birth, block.sex
        if shared <= before:
            raise InvalidOrder(
                f"number {block.numbers[0]}, born {', '.join(shared)}: it stands behind {', '.join(before)}"
            )
        before = shared
        yield from _match_block(block)


def _match_block(block: Block) -> Iterator[Pair | Crowd]:
    """The pairs of a block, in the order of its persons, behind the crowds."""
    looses, plains = block.keys()
    groups = [(group, False) for group in _groups(looses)]
    others = [(group, False) for group in _plain_groups(looses, plains)]
    homes = _groups(block.addresses)
    if not groups and not others and not homes:
        return
    of_all = _Lazy(block, looses, plains)
    others += [(group, True) for group in _homes(homes, of_all)]
    # A group of one loose key has been seen as one of that key.
    groups += [entry for entry in others if len({looses[i] for i in entry[0]}) > 1]
    found: dict[tuple[int, int], Level] = {}
    for group, is_home in groups:
        of_each = list(zip(group, of_all.keys(group), strict=True))
        if len(group) > CROWD:
            yield Crowd(_level(of_each, is_home), tuple(block.numbers[i] for i in group))
            continue
        for (i, one), (j, other) in combinations(of_each, 2):
            level = level_of_keys(one, other, is_home)
            if level is not None:
                found.setdefault((i, j), level)
    for i, j in sorted(found):
        yield Pair(found[i, j], block.numbers[i], block.numbers[j])


class _Lazy:
    """The keys of those persons of a block who stand in a group: most stand in none."""

    def __init__(self, block: Block, looses: list[bytes], plains: list[bytes]) -> None:
        self._names = block.names.split(END)
        self._looses = looses
        self._plains = plains

    def keys(self, group: Sequence[int]) -> Iterator[Keys]:
        """The keys of a group."""
        names = match_words([self._names[i] for i in group])
        for i, words in zip(group, names, strict=True):
            yield Keys(b"".join(words), self._looses[i], self._plains[i], given_key(words))


def _level(of_each: list[tuple[int, Keys]], is_home: bool) -> Level:
    if len({one.match for _, one in of_each}) == 1:
        return Level.DUPLICATE
    return Level.RENAMED if is_home else Level.CONFIRM


def _plain_groups(looses: list[bytes], plains: list[bytes]) -> list[list[int]]:
    """The places of each plain key of which somebody has another loose key: the others are grouped by that."""
    differing = {plain for loose, plain in zip(looses, plains, strict=True) if loose != plain}
    if not differing:
        return []
    places: dict[bytes, list[int]] = {}
    for place, plain in enumerate(plains):
        if plain in differing and plain:
            places.setdefault(plain, []).append(place)
    return [group for group in places.values() if len(group) > 1]


def _homes(homes: list[list[int]], of_all: _Lazy) -> Iterator[list[int]]:
    """The places of persons with one address and given name."""
    for home in homes:
        for part in _groups([keys.given for keys in of_all.keys(home)]):
            yield [home[k] for k in part]


def _groups(values: Sequence[Hashable]) -> list[list[int]]:
    """The places of values that stand more than once, each value's together; what is empty is like nothing."""
    if len(set(values)) == len(values):
        return []
    counts = Counter(values)
    places: dict[Hashable, list[int]] = {v: [] for v, count in counts.items() if v and count > 1}
    if places:
        for place, value in enumerate(values):
            if value in places:
                places[value].append(place)
    return list(places.values())

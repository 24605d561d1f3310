"""Persons who share birth date and sex, column by column: thousands of names are one text, and one step makes their keys."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from nenkin.matching.name import END, joined_keys, loose_keys
from nenkin.matching.person import Person

_SHARED = itemgetter(2, 3)


class Block(NamedTuple):
    """All persons of one birth date (YYYY-MM-DD) and sex: numbers, names parted by END, addresses or what is empty."""

    birth: str
    sex: str
    numbers: Sequence[str]
    names: str
    addresses: Sequence[Hashable]

    def keys(self) -> tuple[list[bytes], list[bytes]]:
        """The loose and the plain keys; raises InvalidName."""
        return joined_keys(self.names, len(self.numbers))


def blocks(persons: Iterable[Person]) -> Iterator[Block]:
    """Persons in ascending order of birth date and sex as blocks; raises InvalidName."""
    for (birth, sex), group in groupby(persons, _SHARED):
        numbers, names, _, _, addresses = zip(*group, strict=True)
        if any(END in name for name in names):
            loose_keys(names)
        yield Block(birth, sex, numbers, END.join(names), addresses)

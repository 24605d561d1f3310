"""What a client sends and when: fixed in advance, so nothing that happens can change it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypedDict

__all__ = ["Contribution", "Planned", "contribution", "schedule"]

_FIRST_YEAR = 1998
_MONTHS = 27 * 12
_LEAST_PREMIUM = 13_300
"""Yen: the premium (国民年金保険料) of the first of these months, 1998-04 to 2025-03; later ones
are higher, and the service takes nothing above the premium of a month."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A transaction as planned: `due` is seconds after the start."""

    index: int
    due: float
    kind: Literal["write", "read"]


class Contribution(TypedDict):
    """The body of a post."""

    number: str
    month: str
    amount: int


def schedule(seed: int, rate: float, write_share: float) -> Iterator[Planned]:
    """Give the schedule of a seed without end: one transaction in each slot of 1/rate seconds."""
    chance = random.Random(seed)
    index = 0
    while True:
        due = (index + chance.random()) / rate
        yield Planned(index, due, "write" if chance.random() < write_share else "read")
        index += 1


def contribution(index: int, numbers: Sequence[str]) -> Contribution:
    """Give the post of the index-th transaction; no person pays a month twice in a run."""
    month = (index // len(numbers)) % _MONTHS
    year, of_year = divmod(month + 3, 12)
    return {
        "number": numbers[index % len(numbers)],
        "month": f"{_FIRST_YEAR + year:04d}-{of_year + 1:02d}",
        # Amounts differ, so that an answer or an entry that belongs to another post is seen.
        "amount": _LEAST_PREMIUM - index % 1000,
    }

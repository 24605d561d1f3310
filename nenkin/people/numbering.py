"""Which number the person at a place of the population has.

A block of `BLOCK` places is a town of its own: an office, its next serials, its establishments. Blocks go round the
offices, so that every office has issued 1 to n without a hole.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from nenkin.dated import rows
from nenkin.number import LAST_SERIAL

BLOCK = 1000
ESTABLISHMENTS = (
    24  # of a block; nationwide an establishment comes to 43 insured persons (domain 0)
)


class InvalidPopulation(ValueError):
    """A population cannot be made; the message names the value and the rule."""


@dataclass(frozen=True, slots=True)
class Office:
    """An office (年金事務所) that issues numbers, with the city it lies in."""

    code: str
    city: str
    postcode: str


@dataclass(frozen=True, slots=True)
class Part:
    """The places from `low` to before `high` of a block."""

    block: int
    low: int
    high: int


def office(block: int) -> Office:
    """The office of a block."""
    found = offices()
    return found[block % len(found)]


def serials_before(block: int) -> int:
    """How many serials the office of a block has issued before it."""
    return block // len(offices()) * BLOCK


def establishments_before(block: int) -> int:
    """How many establishments the office of a block has before it."""
    return block // len(offices()) * ESTABLISHMENTS


def parts(first: int, count: int) -> list[Part]:
    """The parts of blocks that hold the places from `first` on; raises InvalidPopulation."""
    end = first + count
    most = len(offices()) * (LAST_SERIAL // BLOCK) * BLOCK
    if first < 0 or count < 1 or end > most:
        raise InvalidPopulation(
            f"places {first} to {end - 1}: they are from 0 to {most - 1}, for an office has {LAST_SERIAL} serials"
        )
    return [
        Part(block, max(first - block * BLOCK, 0), min(end - block * BLOCK, BLOCK))
        for block in range(first // BLOCK, (end - 1) // BLOCK + 1)
    ]


@cache
def offices() -> tuple[Office, ...]:
    """All offices, in the order of the table `people_offices`."""
    return tuple(
        Office(f"{row['code']}{number:02d}", row["prefecture"] + row["city"], row["postcode"])
        for row in rows("people_offices")
        for number in range(1, int(row["offices"]) + 1)
    )

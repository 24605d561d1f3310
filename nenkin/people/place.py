"""Where people who do not exist live, and where they have their accounts."""

from __future__ import annotations

from functools import cache

from nenkin.dated import rows
from nenkin.people.name import Draw
from nenkin.people.numbering import Office

_BRANCHES = 20  # of a bank
_KINDS = "1111111112"


class Places:
    """The addresses of a city."""

    def __init__(self, office: Office) -> None:
        """`office` lies in the city."""
        self._towns = [f"{office.postcode}\t{office.city}{town}" for town in _towns()]

    def draw(self, draw: Draw) -> str:
        """A postcode and an address, divided by a tab."""
        town = self._towns[int(draw() * len(self._towns))]
        return f"{town}{1 + int(draw() * 40)}-{1 + int(draw() * 30)}-{1 + int(draw() * 99)}"


def account(draw: Draw) -> str:
    """Kind, bank, branch and account, divided by tabs."""
    branches = _branches()
    branch = branches[int(draw() * len(branches))]
    return f"{_KINDS[int(draw() * len(_KINDS))]}\t{branch}\t{int(draw() * 10_000_000):07d}"


@cache
def _towns() -> tuple[str, ...]:
    return tuple(row["town"] for row in rows("people_towns"))


@cache
def _branches() -> tuple[str, ...]:
    """Banks with their branches, each bank as often as its weight says."""
    return tuple(
        f"{row['bank']}\t{branch * 7 % 1000:03d}"
        for row in rows("people_banks")
        for branch in range(1, _BRANCHES * int(row["weight"]) + 1)
    )

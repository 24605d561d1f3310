"""Rules that go by the day of birth: multipliers, factors, caps, rates and start ages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from nenkin.benefits.ages import birth_year
from nenkin.benefits.refusals import NotCovered
from nenkin.benefits.rounding import thousandths
from nenkin.dated import Dated, rows

__all__ = ["FIRST_BIRTH", "Births", "ClaimRate", "Multipliers", "possible_months"]

T = TypeVar("T")
FIRST_BIRTH = date(1926, 4, 2)
_FULL_YEARS = 480


@dataclass(frozen=True, slots=True)
class Multipliers:
    """Millionths of remuneration that a month earns, to 2003-03 and after; `former`: the level before 2000."""

    before: int
    after: int
    former_before: int
    former_after: int


@dataclass(frozen=True, slots=True)
class ClaimRate:
    """By how many thousandths each month of an early or late claim changes a pension, and how many months it can be."""

    permille: int
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Births:
    """The tables by day of birth; a value is asked for by `of`."""

    multipliers: Dated[Multipliers]
    factors: Dated[int]
    caps: Dated[int]
    transfers: Dated[int]
    starts: Mapping[str, Dated[int]]
    claims: Mapping[str, Dated[ClaimRate]]

    @classmethod
    def read(cls) -> Births:
        """From the tables; FileNotFoundError, ValueError."""
        starts, claims = rows("special_starts"), rows("claim_rates")
        return cls(
            _by_birth("multipliers", _multipliers),
            _by_birth("fixed_factors", lambda row: thousandths(row["factor"])),
            _by_birth("fixed_caps", lambda row: int(row["months"])),
            _by_birth("transfer_rates", lambda row: thousandths(row["rate"])),
            {
                part: _of_rows(
                    f"special_starts {part}",
                    [row for row in starts if row["part"] == part],
                    lambda row: int(row["age"]),
                )
                for part in ("fixed", "proportional")
            },
            {
                kind: _of_rows(
                    f"claim_rates {kind}",
                    [row for row in claims if row["kind"] == kind],
                    lambda row: ClaimRate(
                        int(row["permille"]), int(row["least_months"]), int(row["most_months"])
                    ),
                )
                for kind in ("early", "late")
            },
        )

    @property
    def latest(self) -> Multipliers:
        """The multipliers of the youngest, which disability and short-term survivors' pensions take for every birth."""
        return self.multipliers.values[-1]

    def of(self, table: Dated[T], birth: date) -> T:
        """The row of a birth; NotCovered before 1926-04-02."""
        if birth < FIRST_BIRTH:
            raise NotCovered("old_law_births", "birth", birth)
        return table.at(birth)


def possible_months(birth: date) -> int:
    """The months of a full old-age basic pension (加入可能年数 × 12): 300 for births of 1926, 480 since 1941.

    The denominators of the widows' transitional addition (昭60附則 table 9) print the same figures.
    """
    if birth < FIRST_BIRTH:
        raise NotCovered("old_law_births", "birth", birth)
    return min(_FULL_YEARS, 300 + 12 * (birth_year(birth) - 1926))


def _multipliers(row: Mapping[str, str]) -> Multipliers:
    return Multipliers(
        thousandths(row["before"]),
        thousandths(row["after"]),
        thousandths(row["former_before"]),
        thousandths(row["former_after"]),
    )


def _by_birth(name: str, parse: Callable[[Mapping[str, str]], T]) -> Dated[T]:
    return _of_rows(name, rows(name), parse)


def _of_rows(
    name: str, found: list[dict[str, str]], parse: Callable[[Mapping[str, str]], T]
) -> Dated[T]:
    return Dated.of(name, ((date.fromisoformat(row["born_from"]), parse(row)) for row in found))

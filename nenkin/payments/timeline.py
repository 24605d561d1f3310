"""What an award is worth from which month on: the claim's facts, what changed of them since, and the rules of each month."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from nenkin.benefits.ages import attained, month_of
from nenkin.benefits.award import Award
from nenkin.benefits.refusals import InvalidCase
from nenkin.benefits.rules import Rules
from nenkin.payments.claim import Claim
from nenkin.payments.formula import award_of

__all__ = ["Figure", "Stage", "figures_of", "stage_at"]

_AGES = (*range(60, 66),)


@dataclass(frozen=True, slots=True)
class Figure:
    """Yen a year from a month on, with the award that they come from."""

    month: int
    award: Award


@dataclass(frozen=True, slots=True)
class Stage:
    """The facts that hold from a month on; None: the right has ended."""

    since: int
    claim: Claim | None


def figures_of(
    rules: Rules,
    stages: Sequence[Stage],
    first: int,
    last: int,
    awarded: date,
    replaced: Iterable[int] = (),
) -> list[Figure]:
    """A figure from the month `first` on and from each month to `last` in which rules, facts or ages change it.

    `stages`: ascending; `replaced`: months with a figure that must not stand on.
    Raises InvalidCase, NotCovered, NotAwarded (NoRule) as the formulas do.
    """
    found: list[Figure] = []
    always = set(replaced)
    for month in sorted({first, *always, *_changes(rules, stages, first, last)}):
        claim = stage_at(stages, month)
        award = Award(0, 0) if claim is None else award_of(rules, claim, month, awarded)
        if not found or month in always or _yen(award) != _yen(found[-1].award):
            found.append(Figure(month, award))
    return found


def stage_at(stages: Sequence[Stage], month: int) -> Claim | None:
    """The facts of a month; InvalidCase before the first."""
    held = [stage for stage in stages if stage.since <= month]
    if not held:
        raise InvalidCase("month", month, "it is before the right began")
    return held[-1].claim


def _changes(rules: Rules, stages: Iterable[Stage], first: int, last: int) -> Iterator[int]:
    """Months after `first`, to `last`, in which the award may be another than the month before."""
    days = {*rules.basic.days, *rules.rounding.days, *rules.specials.days}
    days |= {day for table in rules.choices.by_name.values() for day in table.days}
    months = {month_of(day) for day in days} | set(range(first // 12 * 12 + 3, last + 1, 12))
    for stage in stages:
        months.add(stage.since)
        if stage.claim is not None:
            months |= _ages(stage.claim)
    yield from (month for month in months if first < month <= last)


def _ages(claim: Claim) -> set[int]:
    """The months from which an age of somebody counts, each the one after it is attained."""
    months = {month_of(attained(claim.birth, age)) + 1 for age in _AGES}
    for birth in claim.child_births:
        # To 31 March after 18 is attained: from April on no child.
        attains = month_of(attained(birth, 18))
        months.add((attains - 3) // 12 * 12 + 15)
    spouse = claim.spouse
    if spouse is not None:
        months.add(month_of(attained(spouse.birth, 65)) + 1)
        if spouse.pension_from is not None:
            months.add(spouse.pension_from)
    if claim.deceased is not None:
        months.add(month_of(claim.deceased.death) + 61)
    if claim.split is not None:
        months.add(month_of(claim.split.requested) + 1)
    return months


def _yen(award: Award) -> tuple[int, int]:
    return award.basic, award.employees

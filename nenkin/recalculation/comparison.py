"""One award compared: the figures that stand against those recomputed month by month, equal months in a row told once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from nenkin.recalculation.award import award, lump
from nenkin.recalculation.book import Book
from nenkin.recalculation.couple import Partner, beside_partner
from nenkin.recalculation.facts import (
    Facts,
    day_of,
    facts_in,
    is_child,
    is_reached,
    month_of,
    number_of,
)

__all__ = ["Differing", "Held", "compare"]

_AGES = range(60, 66)
_TABLES = ("basic_amounts", "award_rounding", "special_additions", "benefit_choices")
_NAMES = ("basic", "employees")


@dataclass(frozen=True)
class Held:
    """An award as it stands: claim and changes as handed in, the day decided, and month, basic, employees of its figures."""

    number: str
    code: str
    claim: Facts
    decided: date
    figures: Sequence[tuple[int, int, int]]
    changes: Sequence[Facts] = ()
    partners: Sequence[Partner] = ()
    once: int | None = None


@dataclass(frozen=True)
class Differing:
    """Months (both included, by number) in which what stands is not what is recomputed; yen a year, or once."""

    number: str
    code: str
    kind: str
    month: int
    until: int
    paid: int
    recomputed: int
    sentence: str


def compare(book: Book, held: Held, last: date) -> list[Differing]:
    """The differences from the first month of the right to a month; Unknown where a month cannot be recomputed."""
    if held.once is not None:
        whole = lump(book, held.claim, held.decided)
        first = number_of(month_of(held.claim["begun"]))
        if whole == held.once:
            return []
        said = f"{held.once} yen are to be paid once, {whole} are recomputed"
        return [_differing(held, "lump", first, first, held.once, whole, said)]
    months = [month for month, *_ in held.figures]
    runs: dict[str, list[Differing]] = {name: [] for name in _NAMES}
    for month, again, notes in _recomputed(book, held, last):
        place = bisect_right(months, month)
        _, basic, employees = held.figures[place - 1] if place else (0, 0, 0)
        for name, paid, yen in zip(_NAMES, (basic, employees), again, strict=True):
            if paid != yen:
                _extend(held, runs[name], name, month, paid, yen, notes)
    return [one for name in _NAMES for one in runs[name]]


def _recomputed(
    book: Book, held: Held, last: date
) -> Iterator[tuple[int, tuple[int, int], tuple[str, ...]]]:
    kept: dict[object, tuple[int, int]] = {}
    bounds = _bounds(book)
    first = number_of(month_of(held.claim["begun"]))
    for number in range(first, number_of(last) + 1):
        month = month_of(number)
        facts = facts_in(month, held.claim, held.changes)
        if facts is None:
            yield number, (0, 0), ()
            continue
        facts, notes = beside_partner(facts, month, held.partners)
        key = (bisect_right(bounds, month), repr(facts), _states(facts, month))
        if key not in kept:
            kept[key] = award(book, facts, month, held.decided)
        yield number, kept[key], notes


def _states(facts: Facts, month: date) -> tuple[object, ...]:
    """All that makes one month of equal facts and rules another than the next."""
    number = number_of(month)
    births = [day_of(facts["birth"])]
    spouse = facts.get("spouse")
    if spouse:
        births.append(day_of(spouse["birth"]))
    began = spouse.get("pension_from") if spouse else None
    split, deceased = facts.get("split"), facts.get("deceased")
    return (
        tuple(is_reached(birth, age, month) for birth in births for age in _AGES),
        sum(is_child(day_of(birth), month) for birth in facts.get("child_births", ())),
        began is not None and number_of(month_of(began)) <= number,
        number_of(day_of(split["requested"])) < number if split else False,
        number_of(day_of(deceased["death"])) + 60 < number if deceased else False,
    )


def _bounds(book: Book) -> list[date]:
    """The days from which rules change, each April among them, for averages and rates of a year."""
    days = {day_of(row["from"]) for name in _TABLES for row in book.table(name)}
    return sorted(days | {date(year, 4, 1) for year in range(1986, 2101)})


def _extend(
    held: Held,
    runs: list[Differing],
    name: str,
    month: int,
    paid: int,
    yen: int,
    notes: tuple[str, ...],
) -> None:
    first = month
    if runs and (runs[-1].until, runs[-1].paid, runs[-1].recomputed) == (month - 1, paid, yen):
        first = runs.pop().month
    why = f" ({'; '.join(notes)})" if notes else ""
    said = (
        f"from {month_of(first):%Y-%m} to {month_of(month):%Y-%m} the {name} pension stands at {paid} yen a year, "
        f"{yen} are recomputed{why}"
    )
    runs.append(_differing(held, name, first, month, paid, yen, said))


def _differing(
    held: Held, kind: str, month: int, until: int, paid: int, yen: int, said: str
) -> Differing:
    sentence = f"{held.number} {held.code}: {said}"
    return Differing(held.number, held.code, kind, month, until, paid, yen, sentence)

"""The facts of an award in one month, from the claim and the changes as they were handed in (JSON), looked up backwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

__all__ = [
    "Facts",
    "day_of",
    "facts_in",
    "is_child",
    "is_reached",
    "month_of",
    "months_of",
    "number_of",
]

Facts = Mapping[str, Any]


def month_of(value: object) -> date:
    """The first day of a month written 2025-04, or given by its number (year times 12 plus month minus 1)."""
    if isinstance(value, int):
        return date(value // 12, value % 12 + 1, 1)
    return date.fromisoformat(f"{value}-01")


def number_of(day: date) -> int:
    """The number of the month of a day."""
    return day.year * 12 + day.month - 1


def day_of(value: object) -> date:
    """A day as it was handed in."""
    return date.fromisoformat(str(value))


def months_of(runs: Sequence[Facts]) -> Iterator[tuple[date, Facts]]:
    """Each month's first day with its run."""
    for run in runs:
        first = number_of(month_of(run["first"]))
        for place in range(run["months"]):
            yield month_of(first + place), run


def is_reached(birth: date, age: int, month: date) -> bool:
    """Whether an age was attained before a month begins: on the eve of the birthday, so a birthday on the 1st counts."""
    return (birth.year + age, birth.month, birth.day) <= (month.year, month.month, month.day)


def is_child(birth: date, day: date) -> bool:
    """Whether the school year of the 18th birthday still runs; school years of birth begin on 2 April."""
    year = birth.year if (birth.month, birth.day) > (4, 1) else birth.year - 1
    return day <= date(year + 19, 3, 31)


def facts_in(month: date, claim: Facts, changes: Sequence[Facts]) -> Facts | None:
    """What holds in a month: the latest change that says something of a field, else the claim; None when the right is over.

    Changes of one month count in the order in which they came; an end is for good.
    """
    held = [(_since(one), place) for place, one in enumerate(changes)]
    ordered = sorted(pair for pair in held if pair[0] <= month)
    found: dict[str, Any] = {}
    for since, place in reversed(ordered):
        change = changes[place]
        if change["kind"] in ("death", "loss"):
            return None
        if since and change["kind"] in ("revision", "split"):
            found = {**change.get("facts", {}), **found}
    return {**claim, **found}


def _since(change: Facts) -> date:
    kind = change["kind"]
    if kind == "revision":
        return month_of(change["since"])
    day = day_of(change["facts"]["split"]["requested"] if kind == "split" else change["day"])
    after = number_of(day) + (kind in ("split", "death", "loss"))
    return month_of(after)

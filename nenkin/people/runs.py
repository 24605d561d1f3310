"""Lines of contribution runs, ready made where a run is a whole year of one amount."""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass
from datetime import date
from itertools import accumulate

from nenkin.dated import rows
from nenkin.people.month import FIRST_DAY, first_day, ordinal
from nenkin.remuneration.national import payable

ADDITIONAL = "additional"  # paid, and the additional premium (付加) with it
UNKNOWN = "\\N"
_FREE = frozenset({"full", "student", "deferment"})
# How often the months of category 1 are what, in thousandths (made up).
_OFTEN = {
    "paid": 680,
    "unpaid": 100,
    "full": 70,
    ADDITIONAL: 60,
    "deferment": 40,
    "half": 20,
    "three_quarters": 15,
    "quarter": 15,
}
STUDENT = "student"


@dataclass(frozen=True, slots=True)
class Amounts:
    """The amounts of a kind: `starts` of the spans of one amount, their whole lines and what ends a line of each.

    `index` tells the span of a month from `begin` on.
    """

    begin: int
    starts: tuple[int, ...]
    index: tuple[int, ...]
    wholes: tuple[str, ...]
    ends: tuple[str, ...]
    before: str


class Runs:
    """The runs of category 1 until a month."""

    def __init__(self, until: int) -> None:
        """`until` is the last month there is."""
        self._flat = {"unpaid": "\tunpaid\t0\tf\n", **{k: f"\t{k}\t0\tf\n" for k in _FREE}}
        self._flat["employees"] = f"\temployees\t{UNKNOWN}\tf\n"
        self._flat["dependant"] = f"\tdependant\t{UNKNOWN}\tf\n"
        begins = _begins()
        self._amounts = {
            kind: _amounts(kind, begins.get(kind, begins["paid"]), until)
            for kind in _OFTEN
            if kind not in self._flat
        }
        self.student_begin = begins[STUDENT]
        # Of the months before the tables begin a full exemption is known nevertheless: it is no yen.
        entries = {kind: 0 if kind == "full" else begins.get(kind, 0) for kind in _OFTEN}
        self._eras = sorted(set(entries.values()) - {begins["paid"]})
        self._choices = []
        for era in self._eras:
            kinds = [k for k in _OFTEN if entries[k] <= era or k in {"paid", ADDITIONAL}]
            self._choices.append((kinds, list(accumulate(_OFTEN[kind] for kind in kinds))))

    def kind(self, month: int, draw: float) -> str:
        """A kind that there is in a month, by a number from 0 to 1."""
        kinds, steps = self._choices[bisect(self._eras, month) - 1]
        return kinds[bisect(steps, draw * steps[-1])]

    def add(self, kind: str, start: int, end: int, lines: list[str]) -> None:
        """Adds the lines of the months from `start` to before `end`."""
        flat = self._flat.get(kind)
        if flat is not None:
            lines.append(f"{FIRST_DAY[start]}\t{FIRST_DAY[end - 1]}{flat}")
            return
        amounts = self._amounts[kind]
        begin = amounts.begin
        if start < begin:
            lines.append(f"{FIRST_DAY[start]}\t{FIRST_DAY[min(end, begin) - 1]}{amounts.before}")
            if end <= begin:
                return
            start = begin
        i, j = amounts.index[start - begin], amounts.index[end - 1 - begin]
        if i == j:
            lines.append(f"{FIRST_DAY[start]}\t{FIRST_DAY[end - 1]}{amounts.ends[i]}")
            return
        lines.append(f"{FIRST_DAY[start]}\t{FIRST_DAY[amounts.starts[i + 1] - 1]}{amounts.ends[i]}")
        lines += amounts.wholes[i + 1 : j]
        lines.append(f"{FIRST_DAY[amounts.starts[j]]}\t{FIRST_DAY[end - 1]}{amounts.ends[j]}")


def _begins() -> dict[str, int]:
    """The month in which the premium of each kind begins to be known."""
    found = {"paid": min(_month(row["from"]) for row in rows("national_premiums"))}
    for row in rows("exemption_payables"):
        month = _month(row["from"])
        found[row["kind"]] = min(month, found.get(row["kind"], month))
    return found


def _amounts(kind: str, begin: int, until: int) -> Amounts:
    name, is_additional = (
        ("paid", kind == ADDITIONAL) if kind in {"paid", ADDITIONAL} else (kind, False)
    )
    months = range(begin, until + 1)
    exemption = None if name == "paid" else name
    yen = [payable(first_day(month), exemption, is_additional) for month in months]
    flag = "t" if is_additional else "f"
    starts = [m for m, now, was in zip(months, yen, [-1, *yen], strict=False) if now != was]
    ends = [f"\t{name}\t{yen[start - begin]}\t{flag}\n" for start in starts]
    lasts = [*(start - 1 for start in starts[1:]), until]
    wholes = [
        f"{FIRST_DAY[start]}\t{FIRST_DAY[last]}{end}"
        for start, last, end in zip(starts, lasts, ends, strict=True)
    ]
    index = tuple(bisect(starts, month) - 1 for month in months)
    before = f"\t{name}\t{UNKNOWN}\t{flag}\n"
    return Amounts(begin, tuple(starts), index, tuple(wholes), tuple(ends), before)


def _month(day: str) -> int:
    return ordinal(date.fromisoformat(day))

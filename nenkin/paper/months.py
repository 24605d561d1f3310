"""What a record's months are worth: counted by kind for a person to read, and as credits and earnings for the formulas."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from nenkin.benefits.ages import attained, first_day, month_of
from nenkin.benefits.credits import Kind
from nenkin.benefits.credits import Run as Months
from nenkin.paper.record import Record, Run
from nenkin.remuneration.national import due, national_premium

__all__ = ["Pay", "Tally", "pays", "tally"]

# How a recorded kind counts for the basic pension between 20 and 60.
_CREDIT = {
    "paid": Kind.PAID,
    "employees": Kind.PAID,
    "dependant": Kind.PAID,
    "quarter": Kind.QUARTER,
    "half": Kind.HALF,
    "three_quarters": Kind.THREE_QUARTERS,
    "full": Kind.FULL,
    "student": Kind.DEFERRED,
    "deferment": Kind.DEFERRED,
    "unpaid": Kind.UNPAID,
}


@dataclass(frozen=True, slots=True)
class Tally:
    """Months by recorded kind, yen known to be paid, unpaid spans past their due day, and what the formulas take."""

    by_kind: dict[str, int]
    paid_yen: int
    additional: int
    unpaid: tuple[tuple[int, int], ...]
    runs: tuple[Run, ...]
    credits: tuple[Months, ...]
    employees: int
    employees_basic: int

    @property
    def unpaid_months(self) -> int:
        """Months whose premium is overdue."""
        return sum(end - first for first, end in self.unpaid)


def tally(record: Record, day: date, end: int | None = None) -> Tally:
    """The months before the month `end` (by default the one after the day's) as they stand on a day.

    An unpaid month counts as such only when its due day is over.
    """
    stop = month_of(day) + 1 if end is None else end
    adult, sixty = month_of(attained(record.birth, 20)), month_of(attained(record.birth, 60))
    by_kind: dict[str, int] = defaultdict(int)
    unpaid: list[tuple[int, int]] = []
    credit: list[Months] = []
    yen = additional = employees = employees_basic = 0
    runs = tuple(_cut(_merged(record), stop))
    for run in runs:
        first, end_of_run, kind = run.first, run.last + 1, run.kind
        months = end_of_run - first
        yen += (run.amount or 0) * months
        if run.is_additional:
            additional += months
        inner, outer = max(first, adult), min(end_of_run, sixty)
        if kind == "employees":
            employees += months
            employees_basic += max(0, outer - inner)
            if first < adult:
                credit.append(Months(Kind.COUNTED, first, min(end_of_run, adult) - first))
            if end_of_run > sixty:
                start = max(first, sixty)
                credit.append(Months(Kind.COUNTED, start, end_of_run - start))
        elif kind == "unpaid":
            late = _overdue(first, end_of_run, day)
            if late > first:
                if unpaid and unpaid[-1][1] == first:
                    unpaid[-1] = (unpaid[-1][0], late)
                else:
                    unpaid.append((first, late))
            by_kind["pending"] += end_of_run - max(late, first)
            months = max(late - first, 0)
        by_kind[kind] += months
        if outer > inner:
            credit.append(Months(_CREDIT[kind], inner, outer - inner))
    return Tally(
        dict(by_kind),
        yen,
        additional,
        tuple(unpaid),
        runs,
        tuple(credit),
        employees,
        employees_basic,
    )


@dataclass(frozen=True, slots=True)
class Pay:
    """Months from the first to before the end of one standard remuneration in yen; None where no decision is on record."""

    first: int
    end: int
    standard: int | None


def pays(record: Record, end: int) -> Iterator[Pay]:
    """Months as an employee before `end`: each standard holds until the next decision or the loss of qualification."""
    place = 0
    decisions = record.decisions
    for period in record.periods:
        if period.category != 2:
            continue
        start = month_of(period.acquired)
        stop = min(end, month_of(period.lost) if period.lost else end)
        while place < len(decisions) and decisions[place].first < start:
            place += 1
        standard: int | None = None
        at = start
        while at < stop:
            while place < len(decisions) and decisions[place].first <= at:
                standard = decisions[place].standard
                place += 1
            following = decisions[place].first if place < len(decisions) else stop
            until = min(following, stop)
            yield Pay(at, until, standard)
            at = until


def _merged(record: Record) -> Sequence[Run]:
    """The runs, with the months posted one by one put where they belong."""
    if not record.postings:
        return record.runs
    posted: dict[int, int] = defaultdict(int)
    for month, amount in record.postings:
        posted[month] += amount
    made: list[Run] = []
    for run in record.runs:
        first = run.first
        for month in sorted(month for month in posted if run.first <= month <= run.last):
            if first < month:
                made.append(run._replace(first=first, last=month - 1))
            made.append(_posted(month, posted.pop(month), run))
            first = month + 1
        if first <= run.last:
            made.append(run._replace(first=first))
    made += [Run(month, month, "paid", amount, False) for month, amount in posted.items()]
    return sorted(made)


def _posted(month: int, amount: int, run: Run) -> Run:
    """What a month of a run is after payments: an exempt one is paid when all of its premium is."""
    total = amount + (run.amount or 0)
    if run.kind in {"employees", "dependant"}:
        return Run(month, month, run.kind, None, False)
    if run.kind in {"unpaid", "paid"} or total >= national_premium(first_day(month)):
        return Run(month, month, "paid", total, run.is_additional)
    return Run(month, month, run.kind, total, False)


def _cut(runs: Sequence[Run], stop: int) -> Iterator[Run]:
    for run in runs:
        if run.last < stop:
            yield run
        elif run.first < stop:
            yield run._replace(last=stop - 1)


def _overdue(first: int, end: int, day: date) -> int:
    """The month after the last one of a span that is overdue on a day."""
    late = end
    while late > first and due(first_day(late - 1)) >= day:
        late -= 1
    return late

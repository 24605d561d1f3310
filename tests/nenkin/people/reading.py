"""Blocks of people read back, and what must be true of each person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from itertools import pairwise

from nenkin.people.lines import COLUMNS, TRUTH_HEADER, Block
from nenkin.people.maker import Maker
from nenkin.people.numbering import parts
from nenkin.remuneration.grades import grades_at
from nenkin.remuneration.national import national_premium, payable

UNTIL = date(2026, 3, 1)
_KIND_OF = {"2": {"employees"}, "3": {"dependant"}}
_FREE = {"full", "student", "deferment", "unpaid"}
Row = dict[str, str]


@cache
def maker(seed: int) -> Maker:
    return Maker(seed, UNTIL)


@cache
def blocks(seed: int, count: int, first: int = 0) -> list[Block]:
    return [maker(seed).make(part, 7) for part in parts(first, count)]


def rows(block: Block, table: str) -> list[Row]:
    """The lines of a table by column."""
    names = COLUMNS[table].split(", ")
    lines = block.tables[table].splitlines()
    return [dict(zip(names, line.split("\t"), strict=True)) for line in lines]


def truth(block: Block) -> list[Row]:
    names = TRUTH_HEADER.rstrip("\n").split("\t")
    return [dict(zip(names, line.split("\t"), strict=True)) for line in block.truth.splitlines()]


@dataclass
class Record:
    """One person, with what stands under all numbers, in the order of the numbers."""

    person: Row
    periods: list[Row] = field(default_factory=list)
    runs: list[Row] = field(default_factory=list)
    decisions: list[Row] = field(default_factory=list)
    numbers: int = 1


def records(block: Block) -> list[Record]:
    """The persons of whole groups, numbers of one person put together."""
    first_of = {row["number"]: row["person"] for row in truth(block)}
    found: dict[str, Record] = {}
    for row in rows(block, "persons"):
        owner = found.get(first_of.get(row["number"], ""))
        if owner is None:
            found[row["number"]] = Record(row)
        else:
            owner.numbers += 1
    for table, name in (
        ("periods", "periods"),
        ("contribution_runs", "runs"),
        ("decisions", "decisions"),
    ):
        for row in rows(block, table):
            getattr(found[first_of.get(row["number"], row["number"])], name).append(row)
    return list(found.values())


def following(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def months(first: date, end: date) -> Iterator[date]:
    while first < end:
        yield first
        first = following(first)


def breaches(record: Record) -> list[str]:
    """What is wrong with a person's record, empty if nothing is."""
    birth = date.fromisoformat(record.person["birth_date"])
    adult = _reached(birth, 20)
    found = [*_of_periods(record.periods, adult), *_of_runs(record.runs, adult)]
    kinds = {month: row for row in record.runs for month in _months_of(row)}
    covered = set()
    for period in record.periods:
        first = date.fromisoformat(period["acquired"]).replace(day=1)
        end = following(UNTIL) if period["lost"] == "\\N" else _day(period["lost"]).replace(day=1)
        for month in months(first, end):
            covered.add(month)
            kind = kinds[month]["kind"] if month in kinds else "none"
            is_employed = kind in {"employees", "dependant"}
            if kind not in _KIND_OF.get(period["category"], {kind} if not is_employed else set()):
                found.append(f"{month}: category {period['category']}, but the run says {kind}")
    if covered != set(kinds):
        found.append("the runs speak of other months than the periods")
    return [*found, *_of_decisions(record)]


def _of_periods(periods: list[Row], adult: date) -> Iterator[str]:
    if not periods or _day(periods[0]["acquired"]) > adult:
        yield "no period from the day of becoming 20 on"
    for one, next_one in pairwise(periods):
        if one["lost"] != next_one["acquired"]:
            yield f"a period is lost on {one['lost']}, the next acquired on {next_one['acquired']}"
    last = periods[-1]
    if last["lost"] != "\\N" and _day(last["lost"]) < _reached(_birth(adult), 60):
        yield f"nothing from {last['lost']} on"


def _of_runs(runs: list[Row], adult: date) -> Iterator[str]:
    if _day(runs[0]["first"]) > adult.replace(day=1):
        yield "no run of the month of becoming 20"
    for one, next_one in pairwise(runs):
        if following(_day(one["last"])) != _day(next_one["first"]):
            yield f"a run ends with {one['last']}, the next begins with {next_one['first']}"
        same = [
            one[name] == next_one[name] for name in ("number", "kind", "amount", "is_additional")
        ]
        if all(same):
            yield f"the runs from {one['first']} and {next_one['first']} are one"
    for run in runs:
        for month in _months_of(run):
            if run["amount"] != _amount(run, month):
                yield f"{month}: {run['amount']} for {run['kind']}, not {_amount(run, month)}"


def _of_decisions(record: Record) -> Iterator[str]:
    for row in record.decisions:
        first = _day(row["first"])
        if grades_at(first).of(int(row["average"])).standard != int(row["standard"]):
            yield f"{first}: the standard of {row['average']} is not {row['standard']}"
    made = [(row["first"], row["kind"], row["establishment"]) for row in record.decisions]
    wanted: list[tuple[str, str, str]] = []
    for period in record.periods:
        if period["category"] == "2":
            wanted += _decisions_due(period)
    if made != wanted:
        yield f"decisions {made}, not {wanted}"


def _decisions_due(period: Row) -> Iterator[tuple[str, str, str]]:
    first = _day(period["acquired"]).replace(day=1)
    end = following(UNTIL) if period["lost"] == "\\N" else _day(period["lost"]).replace(day=1)
    code = period["establishment"]
    if first >= date(2003, 4, 1):
        yield str(first), "acquisition", code
    for month in months(max(first, date(2003, 4, 1)), end):
        # Whoever began from June on has the standard until the August of the next year.
        is_recent = month.year == first.year and first.month >= 6 and first >= date(2003, 4, 1)
        if month.month == 9 and not is_recent:
            yield str(month), "fixed_time", code


def _amount(run: Row, month: date) -> str:
    kind = run["kind"]
    if kind in {"employees", "dependant"}:
        return "\\N"
    if kind in _FREE:
        return "0"
    if month < date(1998, 4, 1):
        return "\\N"
    if kind == "paid":
        return str(national_premium(month) + (400 if run["is_additional"] == "t" else 0))
    return str(payable(month, kind))


def _months_of(run: Row) -> Iterable[date]:
    return months(_day(run["first"]), following(_day(run["last"])))


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _reached(birth: date, years: int) -> date:
    # Of 29 February the age of 20, 40 and 60 comes in a leap year too.
    return birth.replace(year=birth.year + years) - timedelta(days=1)


def _birth(adult: date) -> date:
    day = adult + timedelta(days=1)
    return day.replace(year=day.year - 20)

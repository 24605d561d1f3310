"""A record as the screen shows it: from the desk's answer, with months by year and what they come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from nenkin.benefits.ages import age_on, month_of
from nenkin.paper.japanese import day_text, month_text, year_text
from nenkin.paper.months import Tally, tally
from nenkin.paper.record import Record
from nenkin.paper.viewed import record_of
from nenkin.paper.words import KINDS, MARKS
from nenkin.remuneration.national import payable_until

__all__ = ["Shown", "shown"]

_APRIL = 3


class Month(NamedTuple):
    """A month's mark and kind, empty where nothing is on record; `payable` is how it is keyed where it can be paid."""

    mark: str
    kind: str
    title: str
    payable: str


@dataclass(frozen=True, slots=True)
class Year:
    """A fiscal year's twelve months, April first."""

    name: str
    months: tuple[Month, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page of a person says beside the record itself."""

    record: Record
    age: int
    held: Tally
    years: Sequence[Year]


def shown(body: Mapping[str, Any], today: date) -> Shown:
    """What is shown of an answer on a day."""
    record = record_of(body)
    held = tally(record, today)
    return Shown(record, age_on(record.birth, today), held, tuple(_years(held, today)))


def _years(held: Tally, today: date) -> list[Year]:
    kinds: dict[int, str] = {}
    for run in held.runs:
        for month in range(run.first, run.last + 1):
            kinds[month] = run.kind
    if not kinds:
        return []
    first, last = min(kinds), max(kinds)
    years = []
    for start in range(
        (last - _APRIL) // 12 * 12 + _APRIL, (first - _APRIL) // 12 * 12 + _APRIL - 1, -12
    ):
        months = []
        for month in range(start, start + 12):
            kind = kinds.get(month, "")
            title = f"{month_text(month)} {KINDS[kind]}" if kind else ""
            day = date(month // 12, month % 12 + 1, 1)
            can_pay = kind == "unpaid" and payable_until(day) >= today
            months.append(
                Month(MARKS.get(kind, ""), kind, title, f"{day:%Y-%m}" if can_pay else "")
            )
        years.append(Year(year_text(date(start // 12, 4, 30)), tuple(months)))
    return years


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _month(text: str) -> int:
    return month_of(date.fromisoformat(f"{text}-01"))


def day_words(text: str | None) -> str:
    """A day of an answer in Japanese; nothing for none."""
    return day_text(_day(text)) if text else ""


def month_words(text: str) -> str:
    """A month of an answer in Japanese."""
    return month_text(_month(text))

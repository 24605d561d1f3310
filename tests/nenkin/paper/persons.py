"""Persons for tests, written as months."""

from __future__ import annotations

from datetime import date

from nenkin.benefits.ages import attained, month_number, month_of
from nenkin.paper.record import Decision, Period, Record, Run

BIRTH = date(1970, 7, 15)
ADULT, SIXTY = month_of(attained(BIRTH, 20)), month_of(attained(BIRTH, 60))


def month(text: str) -> int:
    """`2025-04` as a number."""
    year, number = text.split("-")
    return month_number(int(year), int(number))


def run(first: str, last: str, kind: str = "paid", amount: int | None = None) -> Run:
    """A run from month to month."""
    return Run(month(first), month(last), kind, amount, False)


def person(*runs: Run, **more: object) -> Record:
    """Somebody born on 15 July 1970 with these runs."""
    given: dict[str, object] = {
        "number": "2101-000001",
        "name_kana": "ネンキン ハナコ",
        "name_kanji": "年金 花子",
        "birth": BIRTH,
        "sex": "female",
        "postcode": "1680071",
        "address": "東京都杉並区高井戸西3-5-24",
        "runs": runs,
    }
    return Record(**(given | more))  # type: ignore[arg-type]


def employee(first: str, last: str, standard: int, birth: date = BIRTH) -> Record:
    """Somebody who was employed from a month to a month at one standard, and nothing else."""
    begun, ended = month(first), month(last)
    start = date(begun // 12, begun % 12 + 1, 1)
    end = date((ended + 1) // 12, (ended + 1) % 12 + 1, 1)
    return person(
        Run(begun, ended, "employees", None, False),
        birth=birth,
        periods=(Period(start, end, 2, "2101-00001"),),
        decisions=(Decision(begun, "acquisition", standard),),
    )

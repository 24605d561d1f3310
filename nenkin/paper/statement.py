"""The contribution statement (納付記録のお知らせ): age, months by kind, what is overdue, paid and earned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from nenkin.benefits.ages import age_on
from nenkin.benefits.refusals import NotCovered
from nenkin.paper.estimate import worth
from nenkin.paper.level import Levels
from nenkin.paper.months import Tally, tally
from nenkin.paper.record import Record

__all__ = ["Statement", "statement"]


@dataclass(frozen=True, slots=True)
class Statement:
    """What is printed of one person; amounts in yen a year, None where `sentence` says why they are not told."""

    record: Record
    day: date
    age: int
    held: Tally
    eligible: int
    needed: int
    level: date | None
    basic: int | None
    employees: int | None
    sentence: str


def statement(levels: Levels, record: Record, day: date) -> Statement:
    """The statement of a record on a day."""
    held = tally(record, day)
    credit = levels.rules.exemptions.credits(held.credits)
    level: date | None = None
    basic: int | None = None
    employees: int | None = None
    try:
        level = levels.day(record.birth, day, held.employees > 0)
        basic, employees, sentence = worth(levels, record, held, level)
    except NotCovered:
        sentence = "この生年月日の年金額の計算式が登録されていません。"
    return Statement(
        record,
        day,
        age_on(record.birth, day),
        held,
        credit.eligible,
        levels.rules.eligibility.at(day),
        level,
        basic,
        employees,
        sentence,
    )

"""The grades of the standard monthly remuneration (標準報酬月額等級) of the employees' pension, by month."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from functools import cache

from nenkin.dated import Dated, rows


class InvalidStandard(ValueError):
    """An amount is no standard monthly remuneration of the month; the message names both and the table's span."""


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade: its number from 1, the standard and the lowest pay that belongs to it, in yen a month."""

    number: int
    standard: int
    floor: int


@dataclass(frozen=True, slots=True)
class Grades:
    """The grades of a time, from the lowest, which any lower pay belongs to, to the highest, which any higher does."""

    grades: tuple[Grade, ...]

    def of(self, pay: int) -> Grade:
        """The grade of a month's pay in yen; ValueError below 0."""
        if pay < 0:
            raise ValueError(f"pay {pay}: it is 0 yen or more")
        return self.grades[bisect_right(self.grades, pay, key=lambda grade: grade.floor) - 1]

    def number(self, standard: int) -> int:
        """The number of the grade with a standard; raises InvalidStandard."""
        grade = self.of(standard)
        if grade.standard != standard:
            lowest, highest = self.grades[0].standard, self.grades[-1].standard
            raise InvalidStandard(
                f"standard {standard}: none of the {len(self.grades)} grades from {lowest} to {highest}"
            )
        return grade.number

    def is_end(self, number: int) -> bool:
        """Whether a grade is the lowest or the highest."""
        return number in {1, len(self.grades)}


def grades_at(month: date) -> Grades:
    """The grades of a month; raises NoRule before the first."""
    return _grades().at(month)


@cache
def _grades() -> Dated[Grades]:
    ladder = [(int(row["standard"]), int(row["floor"])) for row in rows("remuneration_ladder")]
    found = []
    for row in rows("remuneration_spans"):
        lowest, highest = int(row["lowest"]), int(row["highest"])
        span = [step for step in ladder if lowest <= step[0] <= highest]
        # Whatever lies below the second grade belongs to the first.
        floors = [0, *(floor for _, floor in span[1:])]
        steps = enumerate(zip(span, floors, strict=True), start=1)
        grades = tuple(Grade(number, step[0], floor) for number, (step, floor) in steps)
        found.append((date.fromisoformat(row["from"]), Grades(grades)))
    return Dated.of("remuneration_spans", found)

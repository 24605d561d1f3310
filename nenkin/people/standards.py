"""Lines of decisions on standard remuneration, ready made by year and pay."""

from __future__ import annotations

from datetime import date

from nenkin.dated import rows
from nenkin.people.month import FIRST_DAY, first_day, ordinal, september, year_of
from nenkin.remuneration.grades import grades_at

TOP = 480  # pay classes, each half a percent above the one before
MOST_STEPS = 6  # classes that pay rises by in a year
_LOWEST, _RATIO = 86_000, 1.0049
# Who begins from June on has the standard until the August of the next year (厚生年金保険法 22).
_JUNE = 5


class Standards:
    """The decisions from the first month for which the rules are known until a month."""

    def __init__(self, until: int) -> None:
        """`until` is the last month there is."""
        self.begin = min(ordinal(date.fromisoformat(row["from"])) for row in rows("base_days"))
        first, last = year_of(self.begin), year_of(until)
        # Whoever is at the top stays there, however many years are to come.
        most = TOP + MOST_STEPS * (last - first + 1)
        self._pay = [int(_LOWEST * _RATIO ** min(step, TOP)) for step in range(most + 1)]
        self._first_year = first
        self._fixed_time = []
        for year in range(first, last + 1):
            day = date(year, 9, 1)
            grades = grades_at(day)
            texts = [f"{day}\tfixed_time\t{pay}\t{grades.of(pay).standard}\t" for pay in self._pay]
            self._fixed_time.append(texts)

    def add(
        self, start: int, end: int, pay: int, steps: int, establishment: str, lines: list[str]
    ) -> int:
        """Adds the decisions of an employment; the class of the last pay.

        `pay` is the class at first, `steps` (at least 1) what it rises by in a year.
        """
        year = year_of(start)
        if start >= self.begin:
            amount = self._pay[pay]
            standard = grades_at(first_day(start)).of(amount).standard
            lines.append(f"{FIRST_DAY[start]}\tacquisition\t{amount}\t{standard}\t{establishment}")
            year += start % 12 >= _JUNE
        else:
            year = self._first_year
        last = year_of(end - 1)
        if end <= september(last):
            last -= 1
        count = last - year + 1
        if count <= 0:
            return pay
        stop = pay + steps * count
        at = year - self._first_year
        lines += [
            texts[step] + establishment
            for texts, step in zip(self._fixed_time[at:], range(pay, stop, steps), strict=False)
        ]
        return min(stop, TOP)

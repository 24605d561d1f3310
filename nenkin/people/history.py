"""The history of a person: periods of qualification, contribution runs and decisions, as lines."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from datetime import date
from itertools import accumulate
from random import Random
from typing import NamedTuple

from nenkin.people.month import DAY, FIRST_DAY, YEAR_MONTH, ordinal
from nenkin.people.name import Draw
from nenkin.people.runs import STUDENT, UNKNOWN, Runs
from nenkin.people.standards import MOST_STEPS, TOP, Standards

# Since then spouses of employees are category 3 and each month has one of the three.
_DEPENDANTS_FROM = ordinal(date(1986, 4, 1))
_ADULT, _OLD = 20 * 12, 40 * 12  # months from birth to 20, and from 20 to 60
_SCHOOL_ENDS = 18 * 12
_APRIL = 3
_MOST_AFTER = 100  # months after 60 in which employees may go on
_WORKING_SHARE = 0.25  # who works from 18 on
_EMPLOYED_SHARE = 0.25  # who does at 20, of the others
_STUDENT_SHARE = 0.5
_AFTER_SHARE = 0.5  # of employees at 60, who goes on
_LOWEST_PAY, _PAYS = 10, 170  # the pay class at first
_PAY_CHANGES = 60  # the classes that another employment may be apart
# How many periods a whole life of 40 years has, in hundredths (made up).
_COUNTS = list(accumulate([3, 8, 17, 24, 22, 14, 8, 4]))
_LONE_MONTHS = 14  # a period is not much shorter than this on average
# Most changes are made on the first of a month.
_CHANGES = (*(DAY[1] for _ in range(28)), *DAY[1:29])
_KINDS = {2: "employees", 3: "dependant"}


class Lines(NamedTuple):
    """What stands under one number."""

    periods: list[str]
    runs: list[str]
    decisions: list[str]


class _Period(NamedTuple):
    """A category from the month `begin` to before the month `end`, and the days of it."""

    category: int
    begin: int
    end: int
    acquired: str
    lost: str


class Histories:
    """Makes histories until a month."""

    def __init__(self, until: int) -> None:
        """`until` is the last month there is."""
        self._until = until
        self._runs = Runs(until)
        self._standards = Standards(until)

    def make(
        self,
        rng: Random,
        born: int,
        day: int,
        sex: str,
        establishments: Sequence[str],
        numbers: int,
    ) -> list[Lines]:
        """The history of who was born in a month on a day, over so many numbers held one after another.

        `establishments` are codes with the end of a line. The months from the one in which the person becomes 20 have
        all been spoken of, up to the last month, or until 60 and a later end of employment.
        """
        draw = rng.random
        at_school = draw() >= _WORKING_SHARE
        plan = self._plan(draw, born, day, sex, at_school)
        marks = sorted(1 + int(draw() * (len(plan) - 1)) for _ in range(numbers - 1))
        bounds = [0, *marks, len(plan)]
        return [
            self._write(
                draw, plan[bounds[number] : bounds[number + 1]], establishments, number == 0
            )
            for number in range(numbers)
        ]

    def _plan(self, draw: Draw, born: int, day: int, sex: str, at_school: bool) -> list[_Period]:
        """The periods of a life."""
        stop = self._until + 1
        # A person is 20 the day before the birthday.
        adult = born + _ADULT - (day == 1)
        reached = DAY[day - 1 if day > 1 else _last_day(adult)]
        start, acquired, category = adult, YEAR_MONTH[adult] + reached, 1
        april = (born + _SCHOOL_ENDS - _APRIL + 11) // 12 * 12 + _APRIL
        if not at_school and april < adult:
            start, acquired, category = april, FIRST_DAY[april], 2
        elif draw() < _EMPLOYED_SHARE:
            category = 2
        old = adult + _OLD
        end = min(stop, old)
        starts = self._starts(draw, start, end)
        plan = []
        for begin, following in zip(starts, [*starts[1:], 0], strict=True):
            if following:
                lost = YEAR_MONTH[following] + _CHANGES[int(draw() * len(_CHANGES))]
            elif category == 2 and end == old and draw() < _AFTER_SHARE:
                following = min(stop, old + 1 + int(draw() * _MOST_AFTER))
                lost = FIRST_DAY[following]
            else:
                following, lost = end, YEAR_MONTH[end] + reached
            plan.append(
                _Period(category, begin, following, acquired, lost if following < stop else UNKNOWN)
            )
            chosen = _next(draw(), category, sex, following)
            # Before 20 there are employees only (国民年金法 7).
            acquired, category = lost, chosen if following >= adult else 2
        return plan

    def _write(
        self, draw: Draw, plan: list[_Period], establishments: Sequence[str], is_young: bool
    ) -> Lines:
        """The lines of periods that stand under one number; `is_young` where the first begins a life's work."""
        periods: list[str] = []
        runs: list[str] = []
        decisions: list[str] = []
        pay = _LOWEST_PAY + int(draw() * _PAYS)
        # Employment by several establishments one after another is one run of months.
        opened = -1
        for place, (category, begin, end, acquired, lost) in enumerate(plan):
            establishment = UNKNOWN
            if category == 1:
                self._unemployed(draw, begin, end, is_young and place == 0, runs)
            else:
                if category == 2:
                    code = establishments[int(draw() * len(establishments))]
                    steps = 1 + int(draw() * MOST_STEPS)
                    pay = self._standards.add(begin, end, min(pay, TOP), steps, code, decisions)
                    pay = max(0, pay + int(draw() * _PAY_CHANGES) - _PAY_CHANGES // 2)
                    establishment = code[:-1]
                if opened < 0:
                    opened = begin
                if place + 1 == len(plan) or plan[place + 1].category != category:
                    self._runs.add(_KINDS[category], opened, end, runs)
                    opened = -1
            periods.append(f"{acquired}\t{category}\t{establishment}\t{lost}\n")
        return Lines(periods, runs, decisions)

    @staticmethod
    def _starts(draw: Draw, start: int, end: int) -> list[int]:
        """The months in which the periods begin."""
        months = end - start
        count = min(1 + bisect(_COUNTS, draw() * 100), 1 + months // _LONE_MONTHS)
        inner = {start + 1 + int(draw() * (months - 1)) for _ in range(count - 1)}
        return [start, *sorted(inner)]

    def _unemployed(
        self, draw: Draw, start: int, end: int, is_first: bool, lines: list[str]
    ) -> None:
        """Adds the runs of a period of category 1; whoever has it first may study."""
        add = self._runs.add
        if is_first and start >= self._runs.student_begin and draw() < _STUDENT_SHARE:
            ends = min(end, start + 22 + int(draw() * 14))
            add(STUDENT, start, ends, lines)
            if ends == end:
                return
            start = ends
        kind = self._runs.kind(start, draw())
        if draw() < 0.8 and end - start > 1:
            middle = start + 1 + int(draw() * (end - start - 1))
            other = self._runs.kind(middle, draw())
            if other != kind:
                add(kind, start, middle, lines)
                start, kind = middle, other
        add(kind, start, end, lines)


def _next(draw: float, category: int, sex: str, month: int) -> int:
    """The category after one; employees may become employees of another establishment."""
    if category == 1:
        step = 3 if draw < (0.2 if sex == "female" else 0.02) else 2
    elif category == 2:
        step = 3 if draw < (0.22 if sex == "female" else 0.02) else 2 if draw < 0.42 else 1
    else:
        step = 2 if draw < 0.42 else 1
    if step == 3 and month < _DEPENDANTS_FROM:
        return 3 - category
    return step


def _last_day(month: int) -> int:
    """The last day of the month."""
    following = date.fromisoformat(FIRST_DAY[month + 1])
    return date.fromordinal(following.toordinal() - 1).day

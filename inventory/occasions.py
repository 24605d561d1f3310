"""When something happens, in the words of an operator's calendar: `last business day`, `pay day - 4`, `saturday 2 in 03`.

    daily                        business day                 closed day
    monday … sunday              saturday 2                   business day 1 (of the month)
    last business day            day 25 [or before|or after]  first|last business day of the week
    pay day                      monthly pay day              day after a holiday

Behind each may stand `- N` or `+ N` (business days before or after it) and `in MM[, MM…]` (months of the day that it
stands beside). A day of the month that is no business day is left out, unless `or before` or `or after` moves it (振替).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from inventory.calendar import Calendar

__all__ = ["FORMS", "Occasion", "parse_occasion"]

FORMS = (
    "daily, business day, closed day, monday, saturday 2, business day 1, last business day, day 25 or before, "
    "first business day of the week, pay day - 4, monthly pay day, day after a holiday; each may end in `in 03`"
)

_DAY = timedelta(days=1)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TEXT = re.compile(
    r"(?P<what>.+?)(?: (?P<sign>[+-]) (?P<count>\d{1,2}))?(?: in (?P<months>\d\d(?:, ?\d\d)*))?"
)
_Rule = Callable[[date, Calendar], bool]


@dataclass(frozen=True, slots=True)
class Occasion:
    """A rule that holds on some days; two of the same text are equal."""

    text: str

    def holds(self, day: date, calendar: Calendar) -> bool:
        """Whether it is this day."""
        found = _parse(self.text)
        assert found is not None, self.text
        rule, offset, months = found
        if offset:
            if not calendar.is_business_day(day):
                return False
            day = _moved(day, -offset, calendar)
        return (not months or day.month in months) and rule(day, calendar)


def parse_occasion(text: str) -> Occasion | None:
    """The occasion of a text, None where it is none; FORMS says what there is."""
    return None if _parse(text) is None else Occasion(text)


def _moved(day: date, count: int, calendar: Calendar) -> date:
    """The business day `count` business days after (or before) a day."""
    if count < 0:
        return calendar.business_day_before(day, -count)
    while count:
        day += _DAY
        count -= calendar.is_business_day(day)
    return day


@functools.cache
def _parse(text: str) -> tuple[_Rule, int, frozenset[int]] | None:
    match = _TEXT.fullmatch(text)
    if match is None:
        return None
    months = frozenset(int(month) for month in (match["months"] or "").split(",") if month.strip())
    rule = _rule(match["what"])
    if rule is None or not months <= frozenset(range(1, 13)):
        return None
    count = int(match["count"] or 0)
    return rule, -count if match["sign"] == "-" else count, months


def _rule(what: str) -> _Rule | None:
    if what in _PLAIN:
        return _PLAIN[what]
    name, _, number = what.partition(" ")
    if name in _WEEKDAYS:
        weekday = _WEEKDAYS.index(name)
        if not number:
            return lambda day, _: day.weekday() == weekday
        if number in ("1", "2", "3", "4"):
            return lambda day, _: day.weekday() == weekday and (day.day - 1) // 7 + 1 == int(number)
    if match := re.fullmatch(r"business day (\d{1,2})", what):
        nth = int(match[1])
        return (lambda day, calendar: _nth_business_day(day, nth, calendar)) if nth else None
    if match := re.fullmatch(r"day (\d{1,2})(?: or (before|after))?", what):
        number, way = match[1], match[2]
        if 1 <= int(number) <= 28:
            return lambda day, calendar: _day_of_month(day, int(number), way, calendar)
    return None


def _nth_business_day(day: date, nth: int, calendar: Calendar) -> bool:
    if not calendar.is_business_day(day):
        return False
    first = day.replace(day=1)
    return sum(calendar.is_business_day(first + n * _DAY) for n in range(day.day)) == nth


def _day_of_month(day: date, number: int, way: str | None, calendar: Calendar) -> bool:
    if not calendar.is_business_day(day):
        return False
    if day.day == number:
        return True
    step = {"before": _DAY, "after": -_DAY}.get(way or "")
    if step is None:
        return False
    # Closed days lie between this one and the day that was meant.
    other = day + step
    while not calendar.is_business_day(other):
        if other.day == number:
            return True
        other += step
    return False


def _is_edge(day: date, step: timedelta, calendar: Calendar, period: Callable[[date], int]) -> bool:
    """Whether no business day of the same period lies before (or behind) this one."""
    if not calendar.is_business_day(day):
        return False
    other = day + step
    while period(other) == period(day):
        if calendar.is_business_day(other):
            return False
        other += step
    return True


def _week(day: date) -> int:
    return day.isocalendar().week


def _is_after_holiday(day: date, calendar: Calendar) -> bool:
    """The first business day after a closed day that is neither Saturday nor Sunday."""
    other = day - _DAY
    while not calendar.is_business_day(other):
        if other.weekday() < 5:
            return calendar.is_business_day(day)
        other -= _DAY
    return False


_PLAIN: dict[str, _Rule] = {
    "daily": lambda day, calendar: True,
    "business day": lambda day, calendar: calendar.is_business_day(day),
    "closed day": lambda day, calendar: not calendar.is_business_day(day),
    "last business day": lambda day, calendar: _is_edge(day, _DAY, calendar, lambda d: d.month),
    "first business day of the week": lambda day, calendar: _is_edge(day, -_DAY, calendar, _week),
    "last business day of the week": lambda day, calendar: _is_edge(day, _DAY, calendar, _week),
    "pay day": lambda day, calendar: (
        day.month in calendar.pay_months and day == calendar.pay_date(day.year, day.month)
    ),
    "monthly pay day": lambda day, calendar: day == calendar.pay_date(day.year, day.month),
    "day after a holiday": _is_after_holiday,
}

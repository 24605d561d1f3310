"""Ages and months as the law counts them."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

__all__ = [
    "add_months",
    "age_on",
    "attained",
    "birth_year",
    "first_day",
    "month_number",
    "month_of",
]


def month_number(year: int, month: int) -> int:
    """Months since year 0, so that months can be counted, compared and subtracted."""
    return year * 12 + month - 1


def month_of(day: date) -> int:
    """The number of the month a day lies in."""
    return day.year * 12 + day.month - 1


def first_day(month: int) -> date:
    """The first day of a month given by its number."""
    return date(month // 12, month % 12 + 1, 1)


def attained(birth: date, age: int) -> date:
    """The day on which an age is attained: the day before the birthday (年齢計算ニ関スル法律).

    That is why the births of a rule run from 2 April to 1 April: who is born on 1 April attains an age in March.
    """
    year = birth.year + age
    if (birth.month, birth.day) == (2, 29) and not calendar.isleap(year):
        return date(year, 2, 28)
    return date(year, birth.month, birth.day) - timedelta(days=1)


def age_on(birth: date, day: date) -> int:
    """The age attained by the end of a day."""
    age = day.year - birth.year + 1
    while attained(birth, age) > day:
        age -= 1
    return age


def birth_year(birth: date) -> int:
    """The year of birth as the law's tables count it, from 2 April to 1 April."""
    return birth.year if (birth.month, birth.day) >= (4, 2) else birth.year - 1


def add_months(day: date, months: int) -> date:
    """The same day some months on, or that month's last where it has no such day."""
    month = month_of(day) + months
    year, number = month // 12, month % 12 + 1
    return date(year, number, min(day.day, calendar.monthrange(year, number)[1]))

"""Months as whole numbers from January 1900 on, and how they are written."""

from __future__ import annotations

from datetime import date

_FIRST, _LAST = 1900, 2099

YEAR_MONTH = tuple(
    f"{year}-{month:02d}" for year in range(_FIRST, _LAST + 1) for month in range(1, 13)
)
FIRST_DAY = tuple(f"{text}-01" for text in YEAR_MONTH)
DAY = tuple(f"-{day:02d}" for day in range(32))


def ordinal(day: date) -> int:
    """The number of the month of a day."""
    return (day.year - _FIRST) * 12 + day.month - 1


def first_day(month: int) -> date:
    """The first day of a month."""
    return date.fromisoformat(FIRST_DAY[month])


def september(year: int) -> int:
    """The number of a year's September."""
    return (year - _FIRST) * 12 + 8


def year_of(month: int) -> int:
    """The year of a month."""
    return _FIRST + month // 12

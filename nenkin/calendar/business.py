"""The banks' business days (銀行営業日)."""

from __future__ import annotations

from datetime import date, timedelta

from nenkin.calendar.holidays import holiday

_DAY = timedelta(days=1)
_SATURDAY = 5
# 銀行法施行令 5: besides Saturdays, Sundays and public holidays, 31 December to 3 January.
_YEAR_END = {(12, 31), (1, 1), (1, 2), (1, 3)}


def is_business_day(day: date) -> bool:
    """Whether banks are open on a day; raises OutsideCalendar."""
    is_open = day.weekday() < _SATURDAY and (day.month, day.day) not in _YEAR_END
    return holiday(day) is None and is_open


def previous_or_same(day: date) -> date:
    """The day itself if banks are open, else the last day before on which they are."""
    while not is_business_day(day):
        day -= _DAY
    return day


def next_or_same(day: date) -> date:
    """The day itself if banks are open, else the first day after on which they are."""
    while not is_business_day(day):
        day += _DAY
    return day


def business_days_before(day: date, count: int) -> date:
    """The count-th business day before a day, which itself need not be one; ValueError below 1."""
    return _step(day, count, -_DAY)


def business_days_after(day: date, count: int) -> date:
    """The count-th business day after a day, which itself need not be one; ValueError below 1."""
    return _step(day, count, _DAY)


def _step(day: date, count: int, step: timedelta) -> date:
    if count < 1:
        raise ValueError(f"count {count}: business days are counted from 1 on")
    while count:
        day += step
        count -= is_business_day(day)
    return day

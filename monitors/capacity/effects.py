"""What the calendar does to a day: weekdays, days on which offices are closed, month ends and pay days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from inventory.calendar import Calendar
from monitors.capacity.series import Floats

__all__ = ["EFFECTS", "calendar_effects"]

EFFECTS = (
    *("tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    *("closed", "after-closed", "month-end", "month-begin", "before-pay-day", "pay-day"),
    *("last-days", "weekend-last-days", "first-days", "other-pay-day"),
)
"""Columns of the effects; a Monday on which nothing else happens has none."""
_ENDS = 3
"""Days of a month that count as its first and its last."""


def calendar_effects(calendar: Calendar, days: Sequence[date]) -> Floats:
    """A row for each day, 1 where an effect of `EFFECTS` holds; a month ends on its last business day."""
    effects = np.zeros((len(days), len(EFFECTS)))
    column = {name: number for number, name in enumerate(EFFECTS)}
    paid = _pay_days(calendar, days)
    others = _other_pay_days(calendar, days) - paid
    for row, day in enumerate(days):
        # By the calendar too, for what people do at the end of a month whether or not offices work.
        # On a weekend it is another share of a much smaller load, and would be taken for that of a working day.
        is_weekend = day.weekday() >= 5
        last = "weekend-last-days" if is_weekend else "last-days"
        effects[row, column[last]] = (day + timedelta(days=_ENDS)).month != day.month
        effects[row, column["first-days"]] = day.day <= _ENDS and not is_weekend
        effects[row, column["other-pay-day"]] = day in others
        if day.weekday():
            effects[row, day.weekday() - 1] = 1
        is_open = calendar.is_business_day(day)
        effects[row, column["closed"]] = not is_open and day.weekday() < 5
        if not is_open:
            continue
        before = calendar.business_day_before(day)
        after = _business_day_after(calendar, day)
        # A weekend closes every week; what is longer leaves more work behind.
        effects[row, column["after-closed"]] = (day - before).days > (3 if not day.weekday() else 1)
        effects[row, column["month-end"]] = after.month != day.month
        effects[row, column["month-begin"]] = before.month != day.month
        effects[row, column["pay-day"]] = day in paid
        effects[row, column["before-pay-day"]] = after in paid
    return effects


def _business_day_after(calendar: Calendar, day: date) -> date:
    day += timedelta(days=1)
    while not calendar.is_business_day(day):
        day += timedelta(days=1)
    return day


def _other_pay_days(calendar: Calendar, days: Sequence[date]) -> set[date]:
    """Days on which first payments and corrections fall due: the pay day of the months in between."""
    months = {(day.year, day.month) for day in days}
    return {calendar.pay_date(year, month) for year, month in months}


def _pay_days(calendar: Calendar, days: Sequence[date]) -> set[date]:
    found: set[date] = set()
    for paid in calendar.pay_dates(days[0]):
        found.add(paid)
        if paid > days[-1] + timedelta(days=31):
            break
    return found

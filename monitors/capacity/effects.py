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
)
"""Columns of the effects; a Monday on which nothing else happens has none."""


def calendar_effects(calendar: Calendar, days: Sequence[date]) -> Floats:
    """A row for each day, 1 where an effect of `EFFECTS` holds; a month ends on its last business day."""
    effects = np.zeros((len(days), len(EFFECTS)))
    column = {name: number for number, name in enumerate(EFFECTS)}
    paid = _pay_days(calendar, days)
    for row, day in enumerate(days):
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


def _pay_days(calendar: Calendar, days: Sequence[date]) -> set[date]:
    found: set[date] = set()
    for paid in calendar.pay_dates(days[0]):
        found.add(paid)
        if paid > days[-1] + timedelta(days=31):
            break
    return found

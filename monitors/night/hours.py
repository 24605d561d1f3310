"""When a night begins and must have ended, and which kind of calendar day it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from inventory.batch import Batch, DayKind, Hours
from inventory.calendar import Calendar
from inventory.occasions import Occasion

__all__ = ["NightHours", "day_kind", "night_hours", "operating_day", "runs_on"]

_DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class NightHours:
    """The frame of a night in minutes of its operating day; `titles` say what the day and the next opening are."""

    begins: int
    opening: int
    title: str
    opening_title: str


def runs_on(when: tuple[Occasion, ...], day: date, calendar: Calendar) -> bool:
    """Whether any of the occasions is that day."""
    return any(occasion.holds(day, calendar) for occasion in when)


def day_kind(batch: Batch, day: date, calendar: Calendar) -> DayKind:
    """The first kind that holds; the last one holds always."""
    return next((k for k in batch.kinds if runs_on(k.when, day, calendar)), batch.kinds[-1])


def night_hours(batch: Batch, day: date, calendar: Calendar) -> NightHours:
    """From the closing of a day to the next opening, or to where the next day's night begins if that day is closed."""
    today = _hours(batch, day, calendar)
    begins = today.closes + batch.closing_minutes if today else batch.closed_begins
    tomorrow = _hours(batch, day + timedelta(days=1), calendar)
    if tomorrow:
        opening = _DAY_MINUTES + tomorrow.opens - batch.ready_minutes
        return NightHours(begins, opening, today.title if today else "closed", tomorrow.title)
    opening = _DAY_MINUTES + batch.closed_begins
    return NightHours(begins, opening, today.title if today else "closed", "the next night begins")


def operating_day(batch: Batch | None, calendar: Calendar, now: datetime) -> date:
    """The operating day whose night it is, or will be: at 01:00 it is still that of the day before."""
    moment = now.astimezone(ZoneInfo(calendar.timezone))
    today, before = moment.date(), moment.date() - timedelta(days=1)
    if batch is None:
        return today
    minute = _DAY_MINUTES + moment.hour * 60 + moment.minute
    return before if minute < night_hours(batch, before, calendar).opening else today


def _hours(batch: Batch, day: date, calendar: Calendar) -> Hours | None:
    return next((h for h in batch.hours if runs_on(h.when, day, calendar)), None)

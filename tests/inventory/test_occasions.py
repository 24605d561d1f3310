"""Rules of the calendar in words: against listed days, and against what must hold on every day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.clock import minute_of, spell_minute
from inventory.occasions import parse_occasion
from tests.estates import estate_of

CALENDAR = estate_of().calendar
DAYS = st.dates(date(2005, 1, 1), date(2028, 12, 31))

# Text, days on which it holds, days on which it does not. 2027-02-15 is a Monday and a pay date; 2026-08-14 is a Friday, the
# pay date of a month whose 15th is a Saturday; 2027-01-01 is a holiday, 2027-01-04 the first business day of that year.
CASES = [
    ("daily", "2026-12-26 2026-12-28", ""),
    ("business day", "2026-12-28", "2026-12-26 2026-12-29 2027-01-01 2027-01-11"),
    ("closed day", "2026-12-26 2027-01-01", "2026-12-28"),
    ("monday", "2026-11-30 2027-01-11", "2026-12-01"),
    ("saturday 2", "2026-12-12", "2026-12-05 2026-12-19 2026-12-11"),
    ("sunday 2 in 02, 06", "2027-02-14 2027-06-13", "2027-02-21 2027-03-14"),
    ("business day 1", "2026-12-01 2027-01-04", "2027-01-01 2027-01-05"),
    ("business day 1 in 04", "2027-04-01", "2027-03-01 2027-05-06"),
    ("last business day", "2026-11-30 2026-12-28 2027-01-29", "2026-12-31 2027-01-31"),
    ("last business day in 03", "2027-03-31", "2027-04-30"),
    ("first business day of the week", "2026-11-30 2027-01-12", "2027-01-11 2026-12-01"),
    ("last business day of the week", "2026-12-04 2026-12-28", "2026-12-31 2026-12-03"),
    ("day 25", "2026-12-25", "2027-04-26 2026-12-24"),
    ("day 25 or before", "2026-12-25 2027-04-23", "2027-04-26 2027-04-25"),
    ("day 25 or after", "2026-12-25 2027-04-26", "2027-04-23"),
    ("pay day", "2026-08-14 2027-02-15", "2026-08-15 2027-01-15"),
    ("monthly pay day", "2026-08-14 2027-01-15", "2026-08-15"),
    ("pay day - 4", "2026-08-07 2027-02-08", "2026-08-14 2026-08-08"),
    ("pay day + 1", "2026-08-17 2027-02-16", "2026-08-15"),
    ("monthly pay day - 4 in 01", "2027-01-08", "2027-02-08"),
    ("day after a holiday", "2027-01-12 2027-02-12 2027-01-04", "2027-01-13 2026-12-07"),
]
NONE = [
    "", "weekly", "saturday 5", "business day 0", "day 29", "day 31 or before", "pay day - x", "pay day in 13",
    "pay day -4", "first business day of the month", "Monday", "daily in", "saturday 2 in 2",
]  # fmt: skip


@pytest.mark.parametrize(("text", "holds", "fails"), CASES, ids=[case[0] for case in CASES])
def test_days_of_an_occasion(text: str, holds: str, fails: str) -> None:
    occasion = parse_occasion(text)
    assert occasion is not None
    for day in holds.split():
        assert occasion.holds(date.fromisoformat(day), CALENDAR), day
    for day in fails.split():
        assert not occasion.holds(date.fromisoformat(day), CALENDAR), day


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_occasion(text: str) -> None:
    assert parse_occasion(text) is None


@pytest.mark.parametrize("way", ["before", "after"])
@pytest.mark.parametrize("number", [1, 15, 25, 28])
def test_a_moved_day_comes_once_for_each_month(way: str, number: int) -> None:
    occasion = parse_occasion(f"day {number} or {way}")
    assert occasion is not None
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(-10, 375)]
    held = [day for day in days if occasion.holds(day, CALENDAR)]
    wanted = [date(2026, month, number) for month in range(1, 13)]
    for day in wanted:
        near = [h for h in held if abs((h - day).days) <= 10]
        assert len(near) == 1, day
        assert near[0] <= day if way == "before" else near[0] >= day


@given(DAYS)
@settings(max_examples=60, deadline=None)
def test_a_week_and_a_month_have_one_first_and_one_last(day: date) -> None:
    for text, days in (
        ("first business day of the week", _week(day)),
        ("last business day of the week", _week(day)),
        ("last business day", _month(day)),
        ("business day 1", _month(day)),
        ("monthly pay day", _month(day)),
    ):
        occasion = parse_occasion(text)
        assert occasion is not None
        working = any(CALENDAR.is_business_day(one) for one in days)
        assert sum(occasion.holds(one, CALENDAR) for one in days) == int(working)


def _week(day: date) -> list[date]:
    monday = day - timedelta(days=day.weekday())
    return [monday + timedelta(days=n) for n in range(7)]


def _month(day: date) -> list[date]:
    first = day.replace(day=1)
    days = [first + timedelta(days=n) for n in range(31)]
    return [one for one in days if one.month == day.month]


@given(st.integers(0, 48 * 60 - 1))
def test_a_time_past_midnight_is_spelt_and_read(minute: int) -> None:
    assert minute_of(spell_minute(minute)) == minute


@pytest.mark.parametrize("text", ["48:00", "24:60", "8:00", "26", "-1:00", "26:00:00", ""])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match="is no time"):
        minute_of(text)

"""Pay dates and change freezes, against the listed dates and the calendar's own invariants."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.calendar import Calendar, Freeze
from tests.estates import estate_of

DATES: dict[str, list[str]] = json.loads(
    (Path(__file__).parent / "data" / "pay_dates.json").read_text(encoding="utf-8")
)
EVEN, ODD = DATES["even"], DATES["odd"]


SHIPPED = estate_of().calendar


@pytest.fixture
def calendar() -> Calendar:
    return SHIPPED


@pytest.mark.parametrize("listed", EVEN + ODD)
def test_a_pay_date_that_moves(calendar: Calendar, listed: str) -> None:
    day = date.fromisoformat(listed)
    assert calendar.pay_date(day.year, day.month) == day


def test_every_other_even_month_pays_on_the_15th(calendar: Calendar) -> None:
    moved = {
        calendar.pay_date(year, month).isoformat()
        for year in range(2005, 2029)
        for month in calendar.pay_months
        if calendar.pay_date(year, month).day != 15
    }
    assert moved - set(EVEN) <= {"2005-04-15"}
    assert moved == {day for day in EVEN if day >= "2005"}


@pytest.mark.parametrize(
    ("day", "freeze"),
    [
        # 2026-12-15 is a Tuesday: Monday, Friday and Thursday lie before it.
        ("2026-12-09", None),
        ("2026-12-10", ("2026-12-10", "2026-12-15")),
        ("2026-12-13", ("2026-12-10", "2026-12-15")),
        ("2026-12-15", ("2026-12-10", "2026-12-15")),
        ("2026-12-16", None),
        # The 15th is a Sunday and the 11th a holiday (National Foundation Day): paid on Friday the 13th.
        ("2026-02-08", None),
        ("2026-02-09", ("2026-02-09", "2026-02-13")),
        ("2026-02-14", None),
    ],
)
def test_changes_freeze_three_business_days_before(
    calendar: Calendar, day: str, freeze: tuple[str, str] | None
) -> None:
    wanted = None if freeze is None else Freeze(*(date.fromisoformat(each) for each in freeze))
    assert calendar.freeze_on(date.fromisoformat(day)) == wanted


def test_offices_are_closed_over_new_year(calendar: Calendar) -> None:
    closed = [date(2026, 12, 28) + timedelta(days=n) for n in range(8)]
    assert [calendar.is_business_day(day) for day in closed] == [True, *[False] * 6, True]


def test_without_a_freeze_changes_are_always_free() -> None:
    free = Calendar("JP", "Asia/Tokyo", (2,), 15, 0)
    assert free.freeze_on(date(2026, 2, 13)) is None


# The first look at a year reads its holidays.
@settings(deadline=None)
@given(st.dates(date(2005, 1, 1), date(2040, 12, 31)))
def test_a_pay_date_is_a_business_day_not_after_its_day(day: date) -> None:
    calendar = SHIPPED
    paid = calendar.pay_date(day.year, day.month)
    assert calendar.is_business_day(paid)
    assert paid.day <= 15
    between = (paid + timedelta(days=n) for n in range(1, 15 - paid.day + 1))
    assert not any(calendar.is_business_day(each) for each in between)

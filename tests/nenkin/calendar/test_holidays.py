"""Public holidays against an independent calendar, and the years in which the law was special."""

from __future__ import annotations

from datetime import date, timedelta

import holidays as reference
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nenkin.calendar.holidays import (
    CITIZENS,
    FIRST_YEAR,
    LAST_YEAR,
    SUBSTITUTE,
    OutsideCalendar,
    holiday,
    holidays,
)

YEARS = st.integers(FIRST_YEAR, LAST_YEAR)


@pytest.mark.parametrize("year", range(FIRST_YEAR, LAST_YEAR + 1))
def test_every_year_agrees_with_an_independent_calendar(year: int) -> None:
    assert set(holidays(year)) == set(reference.country_holidays("JP", years=year))


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2000-01-10", "成人の日"),
        ("2002-07-20", "海の日"),
        ("2003-07-21", "海の日"),
        ("2004-05-04", CITIZENS),
        ("2005-03-21", SUBSTITUTE),
        ("2006-04-29", "みどりの日"),
        ("2008-05-06", SUBSTITUTE),
        ("2009-09-22", CITIZENS),
        ("2015-05-06", SUBSTITUTE),
        ("2018-12-24", SUBSTITUTE),
        ("2019-04-30", CITIZENS),
        ("2019-05-01", "即位の日"),
        ("2019-05-02", CITIZENS),
        ("2019-10-22", "即位礼正殿の儀"),
        ("2019-12-23", None),
        ("2020-07-20", None),
        ("2020-07-23", "海の日"),
        ("2020-07-24", "スポーツの日"),
        ("2020-08-10", "山の日"),
        ("2020-08-11", None),
        ("2020-10-12", None),
        ("2021-07-22", "海の日"),
        ("2021-07-23", "スポーツの日"),
        ("2021-08-09", SUBSTITUTE),
        ("2021-10-11", None),
        ("2022-10-10", "スポーツの日"),
    ],
)
def test_the_years_in_which_the_law_was_special(day: str, name: str | None) -> None:
    assert holiday(date.fromisoformat(day)) == name


@given(YEARS)
def test_no_substitute_falls_on_a_sunday(year: int) -> None:
    made_up = [day for day, name in holidays(year).items() if name == SUBSTITUTE]
    assert all(day.weekday() != 6 for day in made_up)
    assert all(holiday(day - timedelta(days=1)) for day in made_up)


def test_the_calendar_is_not_changed_by_who_asks() -> None:
    holidays(2005).clear()
    assert holiday(date(2005, 1, 1)) == "元日"


@pytest.mark.parametrize("year", [FIRST_YEAR - 1, LAST_YEAR + 1])
def test_other_years_are_refused(year: int) -> None:
    with pytest.raises(OutsideCalendar, match=f"{year}: the calendar holds 2000 to 2050"):
        holidays(year)
    with pytest.raises(OutsideCalendar):
        holiday(date(year, 6, 1))

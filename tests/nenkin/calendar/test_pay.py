"""Pay dates: every date that moves, and none else."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nenkin.calendar.business import business_days_before, is_business_day
from nenkin.calendar.holidays import holiday
from nenkin.calendar.pay import first_pay_date, is_regular, months_paid, pay_date

EVEN = [
    "2005-10-14",
    "2006-04-14",
    "2006-10-13",
    "2007-04-13",
    "2007-12-14",
    "2008-06-13",
    "2009-02-13",
    "2009-08-14",
    "2010-08-13",
    "2011-10-14",
    "2012-04-13",
    "2012-12-14",
    "2013-06-14",
    "2013-12-13",
    "2014-02-14",
    "2014-06-13",
    "2015-02-13",
    "2015-08-14",
    "2016-10-14",
    "2017-04-14",
    "2017-10-13",
    "2018-04-13",
    "2018-12-14",
    "2019-06-14",
    "2019-12-13",
    "2020-02-14",
    "2020-08-14",
    "2021-08-13",
    "2022-10-14",
    "2023-04-14",
    "2023-10-13",
    "2024-06-14",
    "2024-12-13",
    "2025-02-14",
    "2025-06-13",
    "2026-02-13",
    "2026-08-14",
    "2027-08-13",
    "2028-04-14",
    "2028-10-13",
]
ODD_WEEKEND = {
    (2005, 2008): [
        "2005-01-14",
        "2005-05-13",
        "2006-01-13",
        "2006-07-14",
        "2007-07-13",
        "2008-03-14",
    ],
    (2026, 2027): [
        "2026-03-13",
        "2026-11-13",
        "2027-05-14",
    ],
}
# The published list leaves out two Saturdays, 2007-09-15 and 2008-11-15.
UNLISTED = [date(2007, 9, 14), date(2008, 11, 14)]
ODD_HOLIDAY = [
    "2003-09-12",
    "2008-09-12",
    "2013-07-12",
    "2014-09-12",
    "2019-07-12",
    "2024-07-12",
    "2025-09-12",
]


def moved(first: int, last: int, *, even: bool) -> list[date]:
    months = [(year, m) for year in range(first, last + 1) for m in range(1, 13)]
    dates = [pay_date(year, month) for year, month in months if is_regular(month) is even]
    return [day for day in dates if day.day != 15]


def listed(texts: list[str]) -> list[date]:
    return [date.fromisoformat(text) for text in texts]


def test_the_dates_that_move_in_even_months() -> None:
    assert moved(2005, 2028, even=True) == listed(EVEN)


@pytest.mark.parametrize("years", ODD_WEEKEND)
def test_the_dates_that_a_weekend_moves_in_odd_months(years: tuple[int, int]) -> None:
    found = [day for day in moved(*years, even=False) if day.replace(day=15).weekday() > 4]
    assert [day for day in found if day not in UNLISTED] == listed(ODD_WEEKEND[years])
    assert all(day.replace(day=15).weekday() == 5 for day in UNLISTED)


def test_the_dates_that_a_holiday_moves() -> None:
    found = [day for day in moved(2003, 2025, even=False) if day.replace(day=15).weekday() < 5]
    assert found == listed(ODD_HOLIDAY)
    assert all(holiday(day.replace(day=15)) for day in found)
    assert all(day.weekday() == 4 for day in found)


def test_no_holiday_moves_an_even_month() -> None:
    assert all(day.replace(day=15).weekday() > 4 for day in moved(2000, 2050, even=True))


@pytest.mark.parametrize(
    ("year", "month", "first", "second"),
    [
        (2005, 4, "2005-02", "2005-03"),
        (2005, 12, "2005-10", "2005-11"),
        (2006, 2, "2005-12", "2006-01"),
    ],
)
def test_the_months_that_are_paid(year: int, month: int, first: str, second: str) -> None:
    wanted = (date.fromisoformat(f"{first}-01"), date.fromisoformat(f"{second}-01"))
    assert months_paid(year, month) == wanted


def test_no_instalment_is_paid_in_an_odd_month() -> None:
    with pytest.raises(ValueError, match="month 3: instalments are paid in even months"):
        months_paid(2005, 3)


def test_an_award_reaches_the_next_pay_date_or_the_one_after() -> None:
    assert first_pay_date(date(2023, 10, 10), 3) == date(2023, 10, 13)
    assert first_pay_date(date(2023, 10, 11), 3) == date(2023, 11, 15)
    assert first_pay_date(date(2023, 12, 20), 3) == date(2024, 1, 15)


@given(st.dates(date(2000, 6, 1), date(2050, 6, 1)), st.integers(1, 10))
def test_files_are_ready_in_time(decided: date, lead: int) -> None:
    paid = first_pay_date(decided, lead)
    assert is_business_day(paid)
    assert 11 <= paid.day <= 15
    assert business_days_before(paid, lead) >= decided

"""The banks' business days and counting by them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nenkin.calendar.business import (
    business_days_after,
    business_days_before,
    is_business_day,
    next_or_same,
    previous_or_same,
)

DAYS = st.dates(date(2000, 6, 1), date(2050, 6, 1))
COUNTS = st.integers(1, 30)


@pytest.mark.parametrize(
    ("day", "is_open"),
    [
        ("2005-12-29", True),
        ("2005-12-30", True),
        ("2008-12-31", False),
        ("2008-01-02", False),
        ("2008-01-03", False),
        ("2008-01-04", True),
        ("2023-10-09", False),
        ("2023-10-13", True),
        ("2023-10-14", False),
        ("2023-10-15", False),
    ],
)
def test_when_banks_are_open(day: str, is_open: bool) -> None:
    assert is_business_day(date.fromisoformat(day)) is is_open


@given(DAYS)
def test_the_nearest_business_days_have_none_between(day: date) -> None:
    before, after = previous_or_same(day), next_or_same(day)
    assert before <= day <= after
    assert is_business_day(before)
    assert is_business_day(after)
    passed = (before + timedelta(days=k) for k in range(1, (after - before).days))
    assert not any(is_business_day(d) for d in passed)
    assert (before == day) is is_business_day(day)


@given(DAYS, COUNTS)
def test_counting_there_and_back_ends_where_it_began(day: date, count: int) -> None:
    day = next_or_same(day)
    there = business_days_after(day, count)
    assert business_days_before(there, count) == day
    assert sum(is_business_day(day + timedelta(days=k)) for k in range((there - day).days)) == count


def test_counting_over_a_year_end() -> None:
    assert business_days_before(date(2024, 1, 5), 2) == date(2023, 12, 29)
    assert business_days_after(date(2023, 12, 29), 1) == date(2024, 1, 4)


def test_counting_begins_with_one() -> None:
    with pytest.raises(ValueError, match="count 0: business days are counted from 1 on"):
        business_days_before(date(2024, 1, 5), 0)

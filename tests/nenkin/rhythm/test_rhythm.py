"""A simulated year: by awards' own pay dates, the same for the same seed, and never later by the quicker way."""

from __future__ import annotations

import argparse
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nenkin.benefits.ages import month_of
from nenkin.calendar.business import business_days_before, is_business_day
from nenkin.calendar.pay import first_pay_date, pay_dates
from nenkin.payments.first_pay import extra_days, first_paid_after
from nenkin.rhythm.arrivals import Arrival, arrivals
from nenkin.rhythm.command import run_command
from nenkin.rhythm.way import WAYS, paid_days, spread

WEEKLY, DAILY, EXTRA = WAYS
CLAIMS = list(arrivals(2026, 1, 2000))


def test_claims_are_those_of_the_seed() -> None:
    assert list(arrivals(2026, 1, 2000)) == CLAIMS
    assert list(arrivals(2026, 2, 2000)) != CLAIMS
    assert all(one.claimed.year == 2026 and is_business_day(one.claimed) for one in CLAIMS)
    assert {one.kind for one in CLAIMS} == {
        "old_age",
        "survivors",
        "disability_basic",
        "disability_employees",
    }


def test_nine_of_ten_are_ready_within_the_standard() -> None:
    old = [one for one in CLAIMS if one.kind == "old_age"]
    within = sum((one.ready - one.claimed).days <= 61 for one in old)
    assert 0.88 <= within / len(old) <= 0.93


def test_the_quicker_way_is_never_later() -> None:
    ways = [paid_days(way, CLAIMS) for way in WAYS]
    for weekly, daily, extra in zip(*ways, strict=True):
        assert extra <= daily <= weekly
    assert sum(ways[2][place] < ways[0][place] for place in range(len(CLAIMS))) > 100


@pytest.mark.parametrize(
    ("ready", "weekly", "daily", "extra"),
    [
        # Monday 6 July: awarded at once the files reach the banks for the 15th; by Thursday's run they do too.
        (date(2026, 7, 6), date(2026, 7, 15), date(2026, 7, 15), date(2026, 7, 15)),
        # Friday 10 July: the 15th is three business days off; Thursday's run of the 16th is too late for it and for
        # the 25th's extra day (Friday 24th) it is in time.
        (date(2026, 7, 10), date(2026, 8, 14), date(2026, 7, 15), date(2026, 7, 15)),
        (date(2026, 7, 13), date(2026, 8, 14), date(2026, 8, 14), date(2026, 7, 24)),
    ],
)
def test_days_by_hand(ready: date, weekly: date, daily: date, extra: date) -> None:
    claim = Arrival("old_age", date(2026, 5, 1), month_of(date(2026, 4, 1)), ready)
    assert [paid_days(way, [claim]) for way in WAYS] == [[weekly], [daily], [extra]]


def test_nothing_is_paid_before_it_is_due() -> None:
    # July's pension is due in August, whatever the extra days.
    claim = Arrival("old_age", date(2026, 6, 1), month_of(date(2026, 7, 1)), date(2026, 6, 10))
    assert paid_days(EXTRA, [claim]) == [date(2026, 8, 14)]


@settings(max_examples=100, deadline=None)
@given(
    st.dates(date(2005, 1, 1), date(2040, 1, 1)),
    st.integers(1, 5),
    st.lists(st.integers(1, 28), max_size=3),
)
def test_the_banks_have_their_lead(decided: date, lead: int, extra: list[int]) -> None:
    paid = first_pay_date(decided, lead, extra)
    assert business_days_before(paid, lead) >= decided
    for day in pay_dates(decided, extra):
        if day >= paid:
            break
        assert business_days_before(day, lead) < decided
    assert first_paid_after(None, decided, paid, ()) > paid


def test_extra_days_are_rows() -> None:
    assert extra_days(date(2025, 7, 1)) == ()
    assert extra_days(date(2026, 7, 1)) == (5, 25)
    assert first_paid_after(None, date(2026, 7, 13), None) == date(2026, 7, 24)


def test_a_spread_is_of_real_claims() -> None:
    found = spread([5, 1, 9, 3])
    assert (found.count, found.median, found.p95, found.mean, found.most) == (4, 3, 9, 4.5, 9)
    assert spread(list(range(1, 101))).p95 == 95
    with pytest.raises(ValueError, match="at least one"):
        spread([])


def test_the_command() -> None:
    asked = argparse.Namespace(year=2026, seed=1, claims=500)
    report, code = run_command(asked)
    assert code == 0
    assert report["ways"]["weekly_and_monthly"]["count"] == 500
    assert (
        report["ways"]["daily_and_extra"]["median"]
        <= report["ways"]["weekly_and_monthly"]["median"]
    )
    assert sum(kind["daily_and_extra"]["count"] for kind in report["kinds"].values()) == 500
    assert run_command(asked) == (report, code)
    asked.year = 1999
    report, code = run_command(asked)
    assert (code, "calendar holds 2000 to 2050" in report["error"]) == (2, True)
    asked.year, asked.claims = 2026, 0
    assert run_command(asked) == ({"error": "claims 0: at least 1"}, 2)

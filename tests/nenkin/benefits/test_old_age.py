"""The old-age basic pension: worked figures, exemptions, claims, eligibility."""

from __future__ import annotations

from datetime import date

import pytest

from nenkin.benefits.births import possible_months
from nenkin.benefits.credits import Credits
from nenkin.benefits.eligibility import is_eligible
from nenkin.benefits.old_age import additional, old_age_basic
from nenkin.benefits.refusals import InvalidCase, NotCovered
from tests.nenkin.benefits.rulebook import RULES, YOUNG, record, year

FULL = Credits(480)


@pytest.mark.parametrize(
    ("number", "runs", "yen"),
    [
        (2025, [("paid", "1980-01", 400)], 693_083),
        (2025, [("paid", "1970-01", 360), ("full", "2004-04", 120)], 710_410),
        (2005, [("paid", "1970-01", 400)], 662_100),
        (2005, [("paid", "1970-01", 360), ("full", "2000-04", 60)], 629_000),
    ],
    ids=["A", "B", "C", "C2"],
)
def test_worked(number: int, runs: list[tuple[str, str, int]], yen: int) -> None:
    assert old_age_basic(year(number), YOUNG, record(*runs)) == yen


def test_exempt_months_of_2005_counted_as_halves_are_another_figure() -> None:
    thirds = record(("paid", "1970-01", 360), ("full", "2000-04", 60))
    halves = record(("paid", "1970-01", 360), ("full", "2010-04", 60))
    assert old_age_basic(year(2005), YOUNG, halves) > old_age_basic(year(2005), YOUNG, thirds)


@pytest.mark.parametrize(
    ("kind", "first", "within", "over"),
    [
        ("full", "2009-03", 8, 0),
        ("full", "2009-04", 12, 0),
        ("three_quarters", "2009-03", 12, 4),
        ("three_quarters", "2009-04", 15, 3),
        ("half", "2009-03", 16, 8),
        ("half", "2009-04", 18, 6),
        ("quarter", "2009-03", 20, 12),
        ("quarter", "2009-04", 21, 9),
    ],
)
def test_shares_of_exempt_months(kind: str, first: str, within: int, over: int) -> None:
    credit = record((kind, first, 1))
    assert credit.weighted(480, True) == within
    assert Credits(480, credit.new_first).weighted(1000, True) == 480 * 24 + within
    full = Credits(470, credit.new_first)
    assert full.weighted(470, True) == 470 * 24
    assert Credits(0, ((480, credit.new_first[0][1]), *credit.new_first)).weighted(480, True) == (
        480 * within + over
    )


def test_a_run_is_cut_where_the_treasurys_share_changes() -> None:
    one = record(("full", "2008-04", 24))
    two = record(("full", "2008-04", 12), ("full", "2009-04", 12))
    assert one == two
    assert one.weighted(480, True) == 12 * 8 + 12 * 12


def test_over_480_better_kinds_come_first_and_the_order_of_shares_is_a_choice() -> None:
    credit = record(("paid", "1962-01", 400), ("half", "2005-04", 48), ("half", "2009-04", 48))
    assert credit.weighted(480, True) == 400 * 24 + 48 * 18 + 32 * 16 + 16 * 8
    assert credit.weighted(480, False) == 400 * 24 + 48 * 16 + 32 * 18 + 16 * 6
    other = RULES.choosing(over_480_order="old_first").on(date(2025, 4, 1))
    assert old_age_basic(other, YOUNG, credit) != old_age_basic(year(2025), YOUNG, credit)


def test_months_for_eligibility_alone_are_worth_nothing() -> None:
    credit = record(
        ("paid", "1990-01", 100), ("deferred", "2001-01", 15), ("counted", "2003-01", 5)
    )
    assert credit.eligible == 120
    assert credit.weighted(480, True) == 2400
    assert is_eligible(RULES, date(2025, 4, 1), YOUNG, credit)
    assert not is_eligible(RULES, date(2017, 7, 31), YOUNG, credit)
    assert not is_eligible(RULES, date(2017, 8, 1), YOUNG, Credits(119))


def test_shorter_terms_of_older_births_are_refused() -> None:
    old = date(1945, 1, 1)
    assert not is_eligible(RULES, date(2005, 4, 1), old, Credits(299), 179)
    with pytest.raises(NotCovered, match="birth 1945-01-01: before 2017-08-01 fewer than 300"):
        is_eligible(RULES, date(2005, 4, 1), old, Credits(240), 240)


@pytest.mark.parametrize(
    ("kind", "first", "says"),
    [
        ("half", "2002-03", "kind half in 2002-03: this exemption begins in 2002-04"),
        ("quarter", "2006-06", "kind quarter in 2006-06: this exemption begins in 2006-07"),
        ("three_quarters", "2006-06", "this exemption begins in 2006-07"),
    ],
)
def test_exemptions_before_their_time_are_refused(kind: str, first: str, says: str) -> None:
    with pytest.raises(InvalidCase, match=says):
        record((kind, first, 1))


def test_a_month_stands_once() -> None:
    with pytest.raises(InvalidCase, match="months 2001-01: each month stands once on a record"):
        record(("paid", "2000-01", 13), ("full", "2001-01", 1))


@pytest.mark.parametrize(
    ("born", "months"),
    [
        ("1926-04-02", 300),
        ("1927-04-01", 300),
        ("1927-04-02", 312),
        ("1940-04-02", 468),
        ("1941-04-01", 468),
        ("1941-04-02", 480),
        ("1970-01-01", 480),
    ],
)
def test_older_births_reach_the_full_pension_with_fewer_months(born: str, months: int) -> None:
    birth = date.fromisoformat(born)
    assert possible_months(birth) == months
    assert old_age_basic(year(2005), birth, Credits(months)) == 794_500
    assert old_age_basic(year(2005), birth, Credits(months - 12)) < 794_500


@pytest.mark.parametrize(
    ("born", "months", "yen"),
    [
        ("1962-04-02", -60, 632_092),
        ("1962-04-01", -60, 582_190),
        ("1960-05-01", 60, 1_181_014),
        ("1960-05-01", 120, 1_530_328),
    ],
)
def test_claims(born: str, months: int, yen: int) -> None:
    assert old_age_basic(year(2025), date.fromisoformat(born), FULL, months) == yen


@pytest.mark.parametrize(
    ("born", "months", "says"),
    [
        ("1952-04-01", 61, "late by 12 to 60 months"),
        ("1952-04-02", 121, "late by 12 to 120 months"),
        ("1960-01-01", 11, "claim_months 11: late by 12 to 120 months"),
        ("1960-01-01", -61, "claim_months -61: early by 1 to 60 months"),
    ],
)
def test_claims_out_of_range(born: str, months: int, says: str) -> None:
    with pytest.raises(InvalidCase, match=says):
        old_age_basic(year(2025), date.fromisoformat(born), FULL, months)


def test_claims_of_the_oldest_are_refused() -> None:
    with pytest.raises(NotCovered, match="birth 1941-04-01: early and late claims"):
        old_age_basic(year(2005), date(1941, 4, 1), FULL, -12)


def test_the_additional_pension() -> None:
    assert additional(year(2025), YOUNG, 120) == 24_000
    assert additional(year(2025), YOUNG, 120, 60) == 34_080
    plain = RULES.choosing(additional_claim="plain").on(date(2025, 4, 1))
    assert additional(plain, YOUNG, 120, 60) == 24_000


def test_births_of_the_old_law_are_refused() -> None:
    with pytest.raises(NotCovered, match="birth 1926-04-01: who was born before 1926-04-02"):
        old_age_basic(year(2005), date(1926, 4, 1), FULL)

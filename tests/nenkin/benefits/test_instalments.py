"""Six instalments of a year, what February adds, and care premiums."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nenkin.benefits.care import (
    CareDeductions,
    care_deductions,
    has_care_deduction,
    has_health_deduction,
)
from nenkin.benefits.instalments import instalments, paid_months, pay_month
from nenkin.benefits.refusals import InvalidCase
from tests.nenkin.benefits.rulebook import RULES, month

YEN = st.integers(0, 5_000_000)
YEARS = st.integers(2000, 2040)


def paid(number: int, *changes: tuple[str, int]) -> list[int]:
    made = instalments(RULES, number, [(month(first), yen) for first, yen in changes])
    return [each.amount for each in made]


@pytest.mark.parametrize(
    ("number", "changes", "wanted"),
    [
        (2025, [("2020-01", 693_083)], [115_513] * 5 + [115_518]),
        (2025, [("2020-01", 710_410)], [118_401] * 5 + [118_405]),
        (2005, [("2000-01", 662_100)], [110_350] * 6),
        (2005, [("2000-01", 629_000)], [104_833] * 6),
        (2025, [("2024-04", 816_000), ("2025-04", 831_700)], [136_000] + [138_616] * 4 + [138_619]),
        (
            2025,
            [("2024-04", 1_489_600), ("2025-04", 1_518_225)],
            [248_266] + [253_037] * 4 + [253_040],
        ),
        (2010, [("2009-04", 1_445_900)], [240_983] * 6),
        (2025, [("2025-04", 1_069_604)], [0] + [178_267] * 4 + [178_268]),
    ],
    ids=["A", "B", "C", "C2", "E", "J", "K", "N"],
)
def test_worked(number: int, changes: list[tuple[str, int]], wanted: list[int]) -> None:
    assert paid(number, *changes) == wanted


def test_april_by_the_new_amount_is_another_figure() -> None:
    right = paid(2025, ("2024-04", 816_000), ("2025-04", 831_700))
    assert paid(2025, ("2024-04", 831_700))[0] != right[0]
    assert right[5] - right[4] == 3, "April's fraction is of the old amount: 5 × 2/3, not 6 × 2/3"


def test_the_first_addition_is_of_february_2016() -> None:
    assert paid(2014, ("2010-01", 772_805)) == [128_800] * 6
    assert paid(2015, ("2010-01", 772_805))[5] == 128_800 + 2
    march = RULES.choosing(first_add_back="march_2015")
    made = instalments(march, 2015, [(month("2010-01"), 772_805)])
    assert made[5].amount == 128_800 + 5


def test_changes_within_a_pay_period_count_by_month() -> None:
    # August pays June by the old amount and July by the new one.
    assert paid(2024, ("2024-02", 600_000), ("2024-07", 900_000))[:4] == [
        100_000,
        100_000,
        125_000,
        150_000,
    ]


def test_who_lost_the_right_before_february_gets_no_addition() -> None:
    assert paid(2025, ("2020-01", 693_083), ("2025-10", 0)) == [115_513] * 4 + [0, 0]


@pytest.mark.parametrize(
    ("first", "second", "pays"),
    [
        ("2025-02", "2025-03", "2025-04"),
        ("2025-12", "2026-01", "2026-02"),
        ("2025-04", "2025-05", "2025-06"),
    ],
)
def test_months_are_paid_in_the_even_month_after(first: str, second: str, pays: str) -> None:
    assert pay_month(month(first)) == pay_month(month(second)) == month(pays)
    assert paid_months(month(pays)) == (month(first), month(second))


@settings(deadline=None)
@given(YEN, st.integers(2016, 2040))
def test_since_2016_a_steady_year_is_paid_to_the_yen(yearly: int, number: int) -> None:
    made = instalments(RULES, number, [(0, yearly)])
    assert sum(each.amount for each in made) == yearly
    assert len({each.amount for each in made[:5]}) == 1
    assert 0 <= made[5].amount - made[0].amount <= 5


@settings(deadline=None)
@given(YEN, st.integers(2000, 2014))
def test_before_a_steady_year_loses_its_fractions(yearly: int, number: int) -> None:
    made = instalments(RULES, number, [(0, yearly)])
    assert [each.amount for each in made] == [yearly // 6] * 6


@settings(deadline=None)
@given(YEARS, st.lists(st.tuples(st.integers(-14, 14), YEN), max_size=5, unique_by=lambda c: c[0]))
def test_nothing_is_lost_but_the_last_fraction(number: int, drawn: list[tuple[int, int]]) -> None:
    april = month(f"{number}-04")
    changes = sorted((april + offset, yen) for offset, yen in drawn)
    made = instalments(RULES, number, changes)
    due = Fraction(0)
    for each in range(april - 2, april + 10):
        due += Fraction(next((yen for first, yen in reversed(changes) if first <= each), 0), 12)
    total = sum(each.amount for each in made)
    assert all(each.amount >= 0 and 0 <= each.cut < 12 for each in made)
    assert due - 6 < total <= due
    if number >= 2016 and (made[5].amount or made[5].cut):
        assert due - 1 < total


@settings(deadline=None)
@given(YEN, YEN, st.integers(0, 12), st.integers(0, 12))
def test_more_months_or_yen_never_pay_less(yen: int, other: int, months: int, more: int) -> None:
    low, high = sorted((yen, other))
    few, many = sorted((months, more))
    start = month("2025-02")
    shorter = instalments(RULES, 2025, [(start + 12 - few, low)])
    longer = instalments(RULES, 2025, [(start + 12 - many, high)])
    assert sum(each.amount for each in shorter) <= sum(each.amount for each in longer)


def test_what_are_no_changes() -> None:
    with pytest.raises(InvalidCase, match="each month once, ascending"):
        instalments(RULES, 2025, [(5, 1), (5, 2)])
    with pytest.raises(InvalidCase, match="changes -1: yen not below 0"):
        instalments(RULES, 2025, [(5, -1)])


DAY = date(2025, 4, 1)


def test_i_provisional_and_main_premiums() -> None:
    found = care_deductions(RULES, DAY, 74_400, 11_800)
    assert found == CareDeductions(11_800, 11_800, 11_800, 13_000, 13_000, 13_000)


def test_october_takes_what_thirds_leave() -> None:
    found = care_deductions(RULES, DAY, 74_600, 11_800)
    assert (found.october, found.december, found.february) == (13_200, 13_000, 13_000)
    yen = care_deductions(RULES.choosing(care_remainder="yen"), DAY, 74_600, 11_800)
    assert (yen.october, yen.december, yen.february) == (13_068, 13_066, 13_066)


def test_a_municipality_adjusts_from_june_or_august() -> None:
    august = care_deductions(RULES, DAY, 74_400, 11_800, from_august=13_000)
    assert (august.june, august.august, august.annual) == (11_800, 13_000, 74_400)
    june = care_deductions(RULES, DAY, 74_400, 11_800, from_june=13_000)
    assert (june.april, june.june, june.august) == (11_800, 13_000, 13_000)
    with pytest.raises(InvalidCase, match="annual 30000: at least the provisional 35400"):
        care_deductions(RULES, DAY, 30_000, 11_800)


@settings(deadline=None)
@given(st.integers(0, 300_000), st.integers(0, 60_000))
def test_the_year_is_deducted_to_the_yen(annual: int, february: int) -> None:
    for choice in ("hundreds", "yen"):
        rules = RULES.choosing(care_remainder=choice)
        if annual < 3 * february:
            with pytest.raises(InvalidCase):
                care_deductions(rules, DAY, annual, february)
            continue
        found = care_deductions(rules, DAY, annual, february)
        assert found.annual == annual
        assert found.october >= found.december == found.february >= 0


def test_who_is_deducted_from() -> None:
    assert [has_care_deduction(yen) for yen in (179_999, 180_000)] == [False, True]
    assert has_health_deduction(200_000, 60_000, 40_000)
    assert not has_health_deduction(200_000, 60_000, 40_001)
    assert not has_health_deduction(179_999, 0, 0)

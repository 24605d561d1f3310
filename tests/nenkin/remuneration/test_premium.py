"""Premium rates by month, halves, bonuses and bills."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nenkin.dated import NoRule
from nenkin.remuneration.bill import Insured, bill
from nenkin.remuneration.bonus import standard_bonus
from nenkin.remuneration.grades import InvalidStandard, grades_at
from nenkin.remuneration.premium import employee_share, premium, premium_rate
from nenkin.remuneration.rounding import rounded

RATES = """
    2004-09 135.80|2004-10 139.34|2005-08 139.34|2005-09 142.88|2006-09 146.42|2007-09 149.96|2008-09 153.50
    2009-09 157.04|2010-09 160.58|2011-09 164.12|2012-09 167.66|2013-09 171.20|2014-09 174.74|2015-09 178.28
    2016-09 181.82|2017-08 181.82|2017-09 183.00|2025-04 183.00
    """
ROWS = [row.split() for row in RATES.replace("\n", "|").split("|") if row.strip()]
MONTHS = st.dates(date(2003, 4, 1), date(2030, 12, 1)).map(lambda day: day.replace(day=1))


def day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


@pytest.mark.parametrize(("month", "permille"), ROWS)
def test_the_rate_of_a_month(month: str, permille: str) -> None:
    assert premium_rate(day(month)) == Fraction(permille) / 1000


def test_the_rate_rises_by_one_step_until_the_last() -> None:
    rates = [premium_rate(date(year, 10, 1)) for year in range(2004, 2018)]
    steps = [after - before for before, after in pairwise(rates)]
    assert steps == [Fraction(354, 100_000)] * 12 + [Fraction(118, 100_000)]


def test_no_rate_is_known_before_the_table() -> None:
    with pytest.raises(NoRule, match="employees_rates holds on 2003-03-01"):
        premium_rate(date(2003, 3, 1))


def test_the_worked_premium() -> None:
    assert premium(320_000, day("2018-04")) == 58_560
    assert employee_share(320_000, day("2018-04")) == 29_280
    assert premium(320_000, day("2005-09")) == Fraction("45721.6")
    assert employee_share(320_000, day("2005-09")) == 22_861


@pytest.mark.parametrize(
    ("value", "rule", "whole"),
    [
        ("1.5", "half_down", 1),
        ("1.51", "half_down", 2),
        ("1.49", "half_down", 1),
        ("1", "half_down", 1),
        ("1.5", "half_up", 2),
        ("1.49", "half_up", 1),
        ("1.5", "nearest", 2),
        ("1.99", "cut", 1),
        ("0", "half_down", 0),
    ],
)
def test_fractions_by_their_rule(value: str, rule: str, whole: int) -> None:
    assert rounded(Fraction(value), rule) == whole
    assert rounded(Fraction(value) * 10, rule, 10) == whole * 10


def test_there_is_no_other_rule_of_fractions() -> None:
    with pytest.raises(ValueError, match="rule 'sideways': it is cut"):
        rounded(Fraction(1), "sideways")


def test_fifty_sen_are_cut_and_more_is_not() -> None:
    # 183 ‰ of 1,000 yen is 183: halves of 91.5
    assert employee_share(1_000, day("2018-04")) == 91
    assert employee_share(98_000, day("2009-09")) == 7_695  # 7,694.96
    assert employee_share(150_000, day("2016-09")) == 13_636  # 13,636.5


@pytest.mark.parametrize(
    ("pay", "earlier", "standard"),
    [
        (0, 0, 0),
        (999, 0, 0),
        (1_000, 0, 1_000),
        (345_999, 0, 345_000),
        (1_499_999, 0, 1_499_000),
        (1_500_000, 0, 1_500_000),
        (1_500_999, 0, 1_500_000),
        (9_999_999, 0, 1_500_000),
        (700_500, 1_000_000, 500_000),
        (700_500, 1_500_000, 0),
    ],
)
def test_a_bonus_is_cut_and_capped(pay: int, earlier: int, standard: int) -> None:
    assert standard_bonus(pay, day("2005-12"), earlier) == standard


def test_what_is_no_bonus() -> None:
    with pytest.raises(ValueError, match="bonus -1: it is 0 yen or more"):
        standard_bonus(-1, day("2005-12"))
    with pytest.raises(
        ValueError, match="standard bonus 1500: it is a multiple of 1000 from 0 to 1500000"
    ):
        standard_bonus(1, day("2005-12"), 1_500)
    with pytest.raises(NoRule):
        standard_bonus(1, day("2003-03"))


def test_a_bill() -> None:
    made = bill(day("2005-09"), [Insured("a", 320_000), Insured("b", 98_000, 345_000)])
    assert [(s.key, s.pay, s.bonus) for s in made.shares] == [
        ("a", 22_861, 0),
        ("b", 7_001, 24_647),
    ]
    # 45,721.6 + 14,002.24 + 49,293.6 = 109,017.44
    assert (made.total, made.employees, made.employer) == (109_017, 54_509, 54_508)


def test_the_fraction_is_cut_from_the_bill_and_not_from_each() -> None:
    made = bill(day("2005-09"), [Insured(str(n), 320_000) for n in range(5)])
    assert made.total == 228_608  # 5 × 45,721.6; cut one by one it would be 228,605
    assert made.employees == 5 * 22_861


@pytest.mark.parametrize(
    ("insured", "error", "reason"),
    [
        (Insured("a", 88_000), InvalidStandard, "standard 88000"),
        (Insured("a", 320_001), InvalidStandard, "standard 320001"),
        (Insured("a", 98_000, 500), ValueError, "standard bonus 500"),
        (Insured("a", 98_000, 1_501_000), ValueError, "standard bonus 1501000"),
    ],
)
def test_what_is_billed_to_nobody(insured: Insured, error: type[Exception], reason: str) -> None:
    with pytest.raises(error, match=reason):
        bill(day("2005-09"), [insured])


def test_an_establishment_without_insured_owes_nothing() -> None:
    assert bill(day("2005-09"), []).total == 0


@given(MONTHS, st.data())
def test_a_bill_balances(month: date, data: st.DataObject) -> None:
    standards = st.sampled_from([grade.standard for grade in grades_at(month).grades])
    bonuses = st.integers(0, 1_500).map(lambda thousands: thousands * 1_000)
    insured = st.lists(st.builds(Insured, st.text(max_size=3), standards, bonuses), max_size=20)
    people = data.draw(insured)
    made = bill(month, people)
    exact = sum((premium(one.standard + one.bonus, month) for one in people), Fraction(0))
    assert made.total == made.employees + made.employer
    assert 0 <= exact - made.total < 1
    # Each share is at most half a yen away from the half, and there are two of each person.
    assert abs(made.employees - exact / 2) <= len(people)
    assert made.employees == sum(share.pay + share.bonus for share in made.shares)

"""The old-age employees' pension: worked figures, multipliers, start ages, the path of rounding."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from nenkin.benefits.earnings import Earnings
from nenkin.benefits.employees import (
    Sex,
    StartAges,
    fixed_part,
    old_age_proportional,
    start_ages,
    transitional,
)
from nenkin.benefits.refusals import InvalidCase, NotCovered
from nenkin.benefits.revaluation import Pay
from nenkin.benefits.rounding import half_up
from tests.nenkin.benefits.rulebook import OLD, RULES, YOUNG, month, year

MULTIPLIERS = """
1926 9500 7308|1927 9367 7205|1928 9234 7103|1929 9101 7001|1930 8968 6898|1931 8845 6804|1932 8712 6702|1933 8588 6606
1934 8465 6512|1935 8351 6424|1936 8227 6328|1937 8113 6241|1938 7990 6146|1939 7876 6058|1940 7771 5978|1941 7657 5890
1942 7543 5802|1943 7439 5722|1944 7334 5642|1945 7230 5562|1946 7125 5481|1990 7125 5481
"""
CELLS = [cell.split() for line in MULTIPLIERS.split("\n") for cell in line.split("|") if cell]
DAY = date(2025, 4, 1)


def test_d_both_halves() -> None:
    earnings = Earnings.of_averages(300_000, 120, 400_000, 264)
    exact = old_age_proportional(RULES, year(2025), YOUNG, earnings)
    assert exact == Fraction("835293.6")
    assert half_up(exact) == 835_294


def test_w_months_are_revalued_by_year() -> None:
    pays = [Pay(month("2010-04") + number, 300_000) for number in range(12)]
    pays += [Pay(month("2015-04") + number, 320_000) for number in range(12)]
    earnings = RULES.revaluation.earnings(DAY, YOUNG, pays)
    assert earnings == Earnings(after=7_637_520, after_months=24)
    assert half_up(old_age_proportional(RULES, year(2025), YOUNG, earnings)) == 41_861


@pytest.mark.parametrize(
    ("path", "yen"), [("parts", 346_352), ("amounts", 346_353), ("once", 346_353)]
)
def test_x_the_path_of_rounding_is_a_choice(path: str, yen: int) -> None:
    rules = RULES.choosing(steps=path)
    earnings = Earnings.of_averages(301_000, 37, 353_000, 138)
    value = old_age_proportional(rules, rules.on(DAY), YOUNG, earnings)
    assert half_up(value) == yen


def test_the_average_may_be_rounded() -> None:
    earnings = Earnings(after=100_000_001, after_months=300)
    exact = old_age_proportional(RULES, year(2025), YOUNG, earnings)
    rules = RULES.choosing(average="yen")
    rounded = old_age_proportional(rules, rules.on(DAY), YOUNG, earnings)
    assert exact == Fraction(100_000_001 * 5481, 1_000_000)
    assert rounded == Fraction(333_333 * 300 * 5481, 1_000_000)


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell[0])
def test_multipliers_by_birth(cell: list[str]) -> None:
    born, before, after = map(int, cell)
    for birth in (date(born, 4, 2), date(born + 1, 4, 1)):
        value = old_age_proportional(RULES, year(2025), birth, Earnings(10**6, 1, 10**6, 1))
        assert value == before + after


def test_the_misprint_of_1935_is_not_taken_over() -> None:
    births = RULES.births
    row = births.of(births.multipliers, date(1935, 4, 2))
    assert half_up(row.after * 13, 10) == row.before
    assert row.before != 9351


@pytest.mark.parametrize(
    ("born", "rate", "before", "after"),
    [
        ("1938-04-01", 1063, 8540, 6569),
        ("1938-04-02", 1061, 8410, 6469),
        ("1960-05-01", 1061, 7500, 5769),
    ],
)
def test_the_former_level_is_paid_where_it_is_higher(
    born: str, rate: int, before: int, after: int
) -> None:
    birth = date.fromisoformat(born)
    earnings = Earnings(10**8, 300, 10**8, 200)
    value = old_age_proportional(RULES, year(2025), birth, earnings, earnings)
    assert value == Fraction(10**8 * (before + after) * rate, 10**9)
    low = Earnings(10**7, 300, 10**7, 200)
    assert old_age_proportional(RULES, year(2025), birth, earnings, low) == old_age_proportional(
        RULES, year(2025), birth, earnings
    )


def test_the_former_level_of_other_years_is_refused() -> None:
    earnings = Earnings(10**8, 300)
    for number in (2024, 2026):
        with pytest.raises(NotCovered, match=f"day {number}-04-01: the rate of the former level"):
            old_age_proportional(RULES, year(number), YOUNG, earnings, earnings)
    with pytest.raises(InvalidCase, match="old 299 months: the same 300 months"):
        old_age_proportional(RULES, year(2025), YOUNG, earnings, Earnings(10**8, 299))


@pytest.mark.parametrize(
    ("day", "birth", "earned", "says"),
    [
        (DAY, date(1958, 4, 1), "2010-04", "birth 1958-04-01: revaluation rates are known for"),
        (DAY, YOUNG, "1985-09", "month 1985-09 paid on 2025-04-01: revaluation rates"),
        (date(2024, 4, 1), YOUNG, "2010-04", "day 2024-04-01: revaluation rates"),
        (date(2026, 4, 1), YOUNG, "2010-04", "month 2010-04 paid on 2026-04-01: revaluation"),
    ],
)
def test_revaluation_outside_the_rates(day: date, birth: date, earned: str, says: str) -> None:
    with pytest.raises(NotCovered, match=says):
        RULES.revaluation.earnings(day, birth, [Pay(month(earned), 300_000)])


def test_bonuses_count_from_2003_04() -> None:
    for first, total in (("2003-03", 1037 * 300), ("2003-04", 1040 * 1300)):
        earnings = RULES.revaluation.earnings(DAY, YOUNG, [Pay(month(first), 300_000, 10**6)])
        assert earnings.before + earnings.after == total


STARTS = """
1926-04-02 man 60 60|1941-04-01 man 60 60|1941-04-02 man 61 60|1943-04-02 man 62 60|1945-04-02 man 63 60
1947-04-02 man 64 60|1949-04-01 man 64 60|1949-04-02 man - 60|1953-04-01 man - 60|1953-04-02 man - 61
1955-04-02 man - 62|1957-04-02 man - 63|1959-04-02 man - 64|1961-04-01 man - 64|1961-04-02 man - -
1928-02-29 woman 60 60|1946-04-01 woman 60 60|1946-04-02 woman 61 60|1948-04-02 woman 62 60|1950-04-02 woman 63 60
1952-04-02 woman 64 60|1954-04-01 woman 64 60|1954-04-02 woman - 60|1958-04-01 woman - 60|1958-04-02 woman - 61
1960-04-02 woman - 62|1962-04-02 woman - 63|1964-04-02 woman - 64|1966-04-01 woman - 64|1966-04-02 woman - -
1941-04-02 mutual 61 60|1961-04-01 mutual - 64|1961-04-02 mutual - -
"""
START_ROWS = [cell.split() for line in STARTS.split("\n") for cell in line.split("|") if cell]


@pytest.mark.parametrize("row", START_ROWS, ids=" ".join)
def test_start_ages(row: list[str]) -> None:
    born, who, fixed, part = row
    sex = Sex.MAN if who == "man" else Sex.WOMAN
    found = start_ages(RULES, date.fromisoformat(born), sex, who != "mutual")
    wanted = StartAges(*(None if age == "-" else int(age) for age in (fixed, part)))
    assert found == wanted


@pytest.mark.parametrize(
    ("born", "cap"),
    [
        ("1929-04-01", 420),
        ("1929-04-02", 432),
        ("1934-04-01", 432),
        ("1934-04-02", 444),
        ("1944-04-01", 444),
        ("1944-04-02", 456),
        ("1945-04-02", 468),
        ("1946-04-02", 480),
    ],
)
def test_caps_of_the_fixed_part(born: str, cap: int) -> None:
    birth, figures = date.fromisoformat(born), year(2005)
    assert fixed_part(figures, birth, 500) == fixed_part(figures, birth, cap)
    assert fixed_part(figures, birth, cap - 1) < fixed_part(figures, birth, cap)


def test_the_unit_by_birth_is_printed_rounded() -> None:
    birth = date(1926, 4, 2)
    assert fixed_part(year(2021), birth, 1) == 3_053
    exact = RULES.choosing(fixed_unit="exact").on(date(2021, 4, 1))
    assert fixed_part(exact, birth, 1) == Fraction("3052.5")


def test_the_transitional_addition() -> None:
    figures = year(2025)
    assert transitional(figures, YOUNG, 480, 480) == 1_734 * 480 - 831_700
    assert transitional(figures, YOUNG, 400, 400) == 1_734 * 400 - 693_083
    assert transitional(figures, YOUNG, 500, 400) == 1_734 * 480 - 693_083
    assert transitional(figures, OLD, 100, 100) == 172_900 - 172_771
    exact = RULES.choosing(steps="once").on(DAY)
    assert transitional(exact, YOUNG, 400, 400) == 1_734 * 400 - Fraction(831_700 * 400, 480)
    with pytest.raises(InvalidCase, match="basic_months 101: from 0 to the 100 months"):
        transitional(figures, YOUNG, 100, 101)


def test_births_of_the_old_law_are_refused() -> None:
    birth, figures = date(1926, 4, 1), year(2005)
    with pytest.raises(NotCovered, match="birth 1926-04-01: who was born before"):
        fixed_part(figures, birth, 100)
    with pytest.raises(NotCovered, match="birth 1926-04-01"):
        transitional(figures, birth, 100, 0)
    with pytest.raises(NotCovered, match="birth 1926-04-01"):
        old_age_proportional(RULES, figures, birth, Earnings(10**6, 10))
    with pytest.raises(NotCovered, match="birth 1926-04-01"):
        start_ages(RULES, birth, Sex.MAN)

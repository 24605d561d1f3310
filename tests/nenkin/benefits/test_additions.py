"""Additions for spouse and children, and what passes to the spouse."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from nenkin.benefits.additions import (
    SpousePension,
    has_spouse_addition,
    is_dependent_child,
    old_age_additions,
    transfer_addition,
)
from nenkin.benefits.award import OldAgeCase, award_old_age
from nenkin.benefits.credits import Credits
from nenkin.benefits.rounding import half_up
from tests.nenkin.benefits.rulebook import OLD, RULES, year

TRANSFER_2025 = """
1926 239300|1927 232839|1928 226617|1929 220156|1930 213695|1931 207473|1932 201012|1933 194551|1934 188329
1935 181868|1936 175407|1937 169185|1938 162724|1939 156263|1940 150041|1941 143580|1942 137119|1943 130897
1944 124436|1945 117975|1946 111753|1947 105292|1948 98831|1949 92609|1950 86148|1951 79687|1952 73465|1953 67004
1954 60543|1955 54321|1956 47860|1957 41399|1958 35177|1959 28716|1960 22255|1961 16033|1962 16033|1963 16033
1964 16033|1965 16033|1966 0
"""
CELLS = [
    [int(part) for part in cell.split()]
    for line in TRANSFER_2025.split("\n")
    for cell in line.split("|")
    if cell
]


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: str(cell[0]))
def test_transfer_additions_of_2025(cell: list[int]) -> None:
    born, yen = cell
    for birth in (date(born, 4, 2), date(born + 1, 4, 1)):
        assert transfer_addition(year(2025), birth, 0) == yen


def test_transfer_additions_at_their_edges() -> None:
    figures = year(2025)
    assert transfer_addition(figures, date(1926, 4, 1), 0) == 0
    assert transfer_addition(figures, OLD, 239) == 54_321
    assert transfer_addition(figures, OLD, 240) == 0
    october = RULES.on(date(2013, 10, 1))
    assert transfer_addition(october, date(1947, 6, 1), 0) == 98_600
    assert half_up(Fraction(224_000 * 440, 1000)) == 98_560, "1-yen rounding is another figure"


def test_r_a_wifes_own_pension_with_what_passed_to_her() -> None:
    award = award_old_age(RULES, date(2025, 4, 1), OldAgeCase(OLD, Credits(480), has_transfer=True))
    assert award.basic == award.total == 883_621
    assert transfer_addition(year(2025), date(1956, 6, 1), 0) == 47_860


@pytest.mark.parametrize(
    ("number", "children", "yen"),
    [(2025, 0, 415_900), (2016, 0, 390_100), (2026, 0, 423_700), (2025, 1, 655_200)],
)
def test_q_for_the_spouse_of_a_recipient_of_1955(number: int, children: int, yen: int) -> None:
    figures = year(number)
    assert old_age_additions(figures, OLD, has_spouse=True, children=children) == yen


@pytest.mark.parametrize(
    ("born", "day", "is_disabled", "is_child"),
    [
        ("2007-04-01", "2025-03-31", False, True),
        ("2007-04-01", "2025-04-01", False, False),
        ("2007-04-02", "2025-04-01", False, True),
        ("2007-04-02", "2026-03-31", False, True),
        ("2007-04-02", "2026-04-01", False, False),
        ("2007-04-02", "2026-04-01", True, True),
        ("2007-04-02", "2027-03-31", True, True),
        ("2007-04-02", "2027-04-01", True, False),
        ("2008-02-29", "2026-03-31", False, True),
    ],
)
def test_who_is_a_child(born: str, day: str, is_disabled: bool, is_child: bool) -> None:
    birth, on = date.fromisoformat(born), date.fromisoformat(day)
    assert is_dependent_child(birth, on, is_disabled) is is_child


SPOUSE = date(1965, 6, 1)
SUSPENDED = SpousePension(months=300, is_suspended=True)


@pytest.mark.parametrize(
    ("number", "months", "pension", "more", "has"),
    [
        (2025, 240, SpousePension(), {}, True),
        (2025, 239, SpousePension(), {}, False),
        (2025, 180, SpousePension(), {"is_special_term": True}, True),
        (2025, 240, SpousePension(months=239), {}, True),
        (2025, 240, SpousePension(months=240), {}, False),
        (2025, 240, SpousePension(has_disability=True), {}, False),
        (2021, 240, SUSPENDED, {}, True),
        (2022, 240, SUSPENDED, {}, False),
        (2022, 240, SUSPENDED, {"ran_in_march_2022": True}, True),
        (2022, 240, SpousePension(months=300), {"ran_in_march_2022": True}, False),
    ],
)
def test_who_has_the_addition(
    number: int, months: int, pension: SpousePension, more: dict[str, bool], has: bool
) -> None:
    assert has_spouse_addition(year(number), months, SPOUSE, pension, **more) is has


def test_the_addition_ends_when_the_spouse_is_65() -> None:
    spouse = date(1960, 4, 2)
    for day, has in ((date(2025, 3, 31), True), (date(2025, 4, 1), False)):
        assert has_spouse_addition(RULES.on(day), 240, spouse, SpousePension()) is has

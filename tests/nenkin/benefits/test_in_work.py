"""In-work reduction: limits by month, the rule for 60 to 64, who is let off."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from nenkin.benefits.in_work import WorkMonth, monthly_stop, payable_changes, payable_of_year
from nenkin.benefits.refusals import InvalidCase, NotCovered
from tests.nenkin.benefits.rulebook import RULES, month

SENIOR = date(1950, 1, 1)


def stop(born: date, text: str, total: int, base: int) -> Fraction:
    """What stops of a month's pension `base` with `total` pay."""
    return monthly_stop(RULES, born, WorkMonth(month(text), total), 12 * base)


def test_p_at_63() -> None:
    work = WorkMonth(month("2021-06"), 300_000, 720_000)
    birth = date(1958, 1, 1)
    assert monthly_stop(RULES, birth, work, 1_440_000) == 100_000
    assert payable_of_year(RULES, birth, work, 1_440_000) == 12 * 20_000
    later = WorkMonth(month("2022-04"), 300_000, 720_000)
    assert monthly_stop(RULES, date(1959, 1, 1), later, 1_440_000) == 5_000
    assert payable_of_year(RULES, date(1959, 1, 1), later, 1_440_000) == 12 * 115_000


def test_p3_at_65_and_over() -> None:
    birth = date(1958, 1, 1)
    assert stop(birth, "2025-06", 460_000, 100_000) == 25_000
    assert stop(birth, "2026-06", 460_000, 100_000) == 0
    work = WorkMonth(month("2025-06"), 470_000)
    assert payable_of_year(RULES, birth, work, 835_294) == 835_294 - 177_647


LIMITS = """
2005-04 48|2010-03 48|2010-04 47|2011-03 47|2011-04 46|2015-03 46|2015-04 47|2017-03 47|2017-04 46|2019-03 46
2019-04 47|2022-03 47|2022-04 47|2023-03 47|2023-04 48|2024-03 48|2024-04 50|2025-03 50|2025-04 51|2026-03 51|2026-04 65
"""
CELLS = [cell.split() for line in LIMITS.split("\n") for cell in line.split("|") if cell]


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell[0])
def test_limits_by_month(cell: list[str]) -> None:
    text, limit = cell[0], int(cell[1]) * 10_000
    birth = date(int(text[:4]) - 67, 1, 1)
    assert stop(birth, text, limit - 100_000, 100_000) == 0
    assert stop(birth, text, limit - 99_000, 100_000) == 500


@pytest.mark.parametrize(
    ("total", "base", "stopped"),
    [
        (180_000, 100_000, 0),
        (180_002, 100_000, 1),
        (300_000, 280_000, 150_000),
        (300_000, 300_000, 150_000),
        (460_000, 100_000, 100_000),
        (470_000, 250_000, 225_000),
        (480_000, 280_000, 250_000),
        (480_000, 300_000, 250_000),
    ],
)
def test_60_to_64_until_2022(total: int, base: int, stopped: int) -> None:
    assert stop(date(1950, 1, 1), "2012-06", total, base) == stopped


def test_the_rule_changes_in_the_month_after_65_is_attained() -> None:
    birth = date(1950, 4, 2)  # attained on 1 April 2015
    assert stop(birth, "2015-04", 280_000, 100_000) == 50_000
    assert stop(birth, "2015-05", 280_000, 100_000) == 0
    assert stop(date(1950, 4, 1), "2015-04", 280_000, 100_000) == 0


@pytest.mark.parametrize(
    ("born", "text", "is_reduced"),
    [
        ("1937-03-02", "2007-03", True),
        ("1937-03-01", "2007-03", False),
        ("1937-04-01", "2010-04", False),
        ("1937-04-02", "2010-04", True),
        ("1930-01-01", "2015-09", False),
        ("1930-01-01", "2015-10", True),
    ],
)
def test_70_and_over(born: str, text: str, is_reduced: bool) -> None:
    assert (stop(date.fromisoformat(born), text, 620_000, 100_000) > 0) is is_reduced


def test_additions_stop_only_with_the_whole_pension() -> None:
    some = WorkMonth(month("2025-06"), 470_000)
    assert payable_of_year(RULES, SENIOR, some, 1_200_000, 415_900, 9_000) == (
        1_200_000 - 360_000 + 415_900 + 9_000
    )
    whole = WorkMonth(month("2025-06"), 620_000)
    assert payable_of_year(RULES, SENIOR, whole, 1_200_000, 415_900, 9_000) == 9_000


def test_the_half_yen_is_a_choice() -> None:
    work = WorkMonth(month("2025-06"), 470_000)
    assert monthly_stop(RULES, SENIOR, work, 835_295) * 12 == Fraction(355_295, 2)
    assert payable_of_year(RULES, SENIOR, work, 835_295) == 835_295 - 177_648
    cut = RULES.choosing(half_yen_of_stop="cut")
    assert payable_of_year(cut, SENIOR, work, 835_295) == 835_295 - 177_647


def test_month_by_month_becomes_changes() -> None:
    works = [WorkMonth(month("2025-06") + number, 470_000) for number in range(12)]
    changes = payable_changes(
        RULES, SENIOR, works, [(month("2025-04"), 1_200_000), (month("2026-08"), 0)], 415_900
    )
    assert changes == [
        (month("2025-04"), 1_615_900),
        (month("2025-06"), 1_255_900),
        (month("2026-04"), 1_615_900),
        (month("2026-08"), 0),
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2005-03", "month 2005-03: in-work reduction before"),
        ("2027-04", "month 2027-04: no limit"),
    ],
)
def test_months_without_a_limit_are_refused(text: str, says: str) -> None:
    with pytest.raises(NotCovered, match=says):
        stop(SENIOR, text, 300_000, 100_000)
    with pytest.raises(InvalidCase, match="yen not below 0"):
        stop(SENIOR, "2025-04", -1, 100_000)

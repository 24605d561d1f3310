"""Survivors' pensions, widows' additions and what is paid once at death."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from nenkin.benefits.award import SurvivorsCase, award_survivors
from nenkin.benefits.credits import Credits, Kind, Run
from nenkin.benefits.death_lump import death_lump
from nenkin.benefits.earnings import Earnings
from nenkin.benefits.refusals import InvalidCase, NotCovered
from nenkin.benefits.rounding import half_up
from nenkin.benefits.survivors import (
    Relation,
    Term,
    beside_own_pension,
    free_choice,
    is_own_pension_first,
    is_short_term,
    survivors_amount,
    term,
)
from nenkin.benefits.survivors_basic import (
    has_right_with_children,
    survivors_basic_of_child,
    survivors_basic_of_spouse,
)
from nenkin.benefits.widows import (
    has_end_after_five_years,
    has_middle_aged_addition,
    has_widows_pension,
    transitional_addition,
    widows_pension,
)
from tests.nenkin.benefits.rulebook import OLD, RULES, YOUNG, month, year

M = Earnings.of_averages(280_000, 60, 360_000, 100)
DAY = date(2025, 4, 1)
WIFE = date(1980, 1, 1)
TRANSITIONAL_2025 = """
1925 622000|1926 622000|1927 590104|1928 560570|1929 533146|1930 507614|1931 483783|1932 461490|1933 440591
1934 420958|1935 402479|1936 385057|1937 368603|1938 353038|1939 338292|1940 324303|1941 311012|1942 290280
1943 269547|1944 248815|1945 228082|1946 207350|1947 186617|1948 165885|1949 145152|1950 124420|1951 103687
1952 82955|1953 62222|1954 41490|1955 20757|1956 0
"""
CELLS = [
    [int(part) for part in cell.split()]
    for line in TRANSITIONAL_2025.split("\n")
    for cell in line.split("|")
    if cell
]


def test_n_a_widow_of_45_without_a_child() -> None:
    case = SurvivorsCase(
        WIFE, Relation.WIFE, date(1975, 1, 1), Term.SHORT, earnings=M, has_widows_addition=True
    )
    for path in ("once", "amounts", "parts"):
        award = award_survivors(RULES.choosing(steps=path), DAY, case)
        assert award.total == award.employees == 445_804 + 623_800 == 1_069_604


@pytest.mark.parametrize(("day", "yen"), [("2025-04-01", 1_390_100), ("2013-10-01", 1_301_100)])
def test_o_a_spouse_with_three_children(day: str, yen: int) -> None:
    assert survivors_basic_of_spouse(RULES.on(date.fromisoformat(day)), YOUNG, 3) == yen


def test_no_child_no_basic_pension() -> None:
    assert survivors_basic_of_spouse(year(2025), YOUNG, 0) == 0


@pytest.mark.parametrize(
    ("number", "children", "yen"),
    [
        (2025, 1, 831_700),
        (2025, 2, 535_500),
        (2025, 3, 383_600),
        (2013, 3, 362_700),
        (2024, 3, 376_367),
    ],
)
def test_children_alone_share_by_heads(number: int, children: int, yen: int) -> None:
    assert survivors_basic_of_child(year(number), children) == yen


def test_a_husbands_right_begins_with_deaths_of_2014_04() -> None:
    for day, has in ((date(2014, 3, 31), False), (date(2014, 4, 1), True)):
        assert has_right_with_children(RULES, day, is_husband=True) is has
        assert has_right_with_children(RULES, day, is_husband=False)


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: str(cell[0]))
def test_transitional_additions_of_2025(cell: list[int]) -> None:
    born, yen = cell
    for birth in (date(born, 4, 2), date(born + 1, 4, 1)):
        assert transitional_addition(year(2025), birth) == yen


def test_rounding_the_end_alone_is_another_figure_for_eight_births() -> None:
    wrong = []
    for born in range(1926, 1956):
        months = 12 * (born - 1926)
        share = Fraction(829_300 * months, min(480, 300 + months))
        if half_up(622_000 - share) != transitional_addition(year(2025), date(born, 4, 2)):
            wrong.append(born)
    assert wrong == [1941, 1943, 1945, 1947, 1949, 1951, 1953, 1955]


def test_the_last_birth_of_2021_as_printed() -> None:
    assert transitional_addition(year(2021), date(1956, 4, 1)) == 19_547
    assert transitional_addition(year(2013), date(1956, 4, 1)) % 100 == 0


def test_short_and_long_term() -> None:
    birth = date(1930, 4, 2)
    long = survivors_amount(year(2025), birth, M, Term.LONG)
    assert long == half_up(Fraction(280_000 * 60 * 8968 + 360_000 * 100 * 6898, 10**6) * 3 / 4)
    assert survivors_amount(year(2025), birth, M, Term.SHORT) == 445_804
    assert survivors_amount(year(2025), birth, M, Term.SHORT, heads=3) == 148_601
    with pytest.raises(InvalidCase, match="heads 0: at least 1"):
        survivors_amount(year(2025), birth, M, Term.SHORT, heads=0)


@pytest.mark.parametrize(
    ("credit", "is_short", "wants_long", "found"),
    [
        (Credits(300), True, False, Term.SHORT),
        (Credits(300), True, True, Term.LONG),
        (Credits(299), True, True, Term.SHORT),
        (Credits(299, deferred=1), False, False, Term.LONG),
        (Credits(299, counted=1), False, False, None),
    ],
)
def test_which_term(credit: Credits, is_short: bool, wants_long: bool, found: Term | None) -> None:
    assert term(RULES, DAY, credit, is_short=is_short, wants_long=wants_long) is found


def test_counted_periods_are_a_choice() -> None:
    rules = RULES.choosing(long_term_periods="with_counted")
    assert term(rules, DAY, Credits(299, counted=1), is_short=False) is Term.LONG


@pytest.mark.parametrize(
    ("insured", "visit", "grade", "is_short"),
    [
        (True, None, None, True),
        (False, date(2020, 4, 2), None, True),
        (False, date(2020, 4, 1), None, False),
        (False, None, 2, True),
        (False, None, 3, False),
    ],
)
def test_what_is_short_term(
    insured: bool, visit: date | None, grade: int | None, is_short: bool
) -> None:
    found = is_short_term(DAY, is_insured=insured, first_visit=visit, disability_grade=grade)
    assert found is is_short


@pytest.mark.parametrize(
    ("first", "own", "basic", "whole", "paid"),
    [
        (900_000, 600_000, False, 900_000, 300_000),
        (600_000, 900_000, False, 850_000, 0),
        (900_000, 800_000, False, 1_000_000, 200_000),
        (900_000, 800_000, True, 900_000, 100_000),
        (900_001, 800_001, False, 1_000_002, 200_001),
    ],
)
def test_beside_an_own_pension(first: int, own: int, basic: bool, whole: int, paid: int) -> None:
    found = beside_own_pension(year(2025), first, own, has_survivors_basic=basic)
    assert found == (whole, paid)


@pytest.mark.parametrize(
    ("day", "since", "born", "is_first"),
    [
        ("2007-03-31", "2006-01-01", "1945-01-01", False),
        ("2007-04-01", "2006-01-01", "1942-04-01", False),
        ("2007-04-01", "2006-01-01", "1942-04-02", True),
        ("2007-04-01", "2007-04-01", "1930-01-01", True),
    ],
)
def test_the_own_pension_goes_first_since_2007(
    day: str, since: str, born: str, is_first: bool
) -> None:
    days = (date.fromisoformat(text) for text in (day, since, born))
    assert is_own_pension_first(RULES, *days) is is_first


def test_an_old_right_chooses_among_three() -> None:
    found = free_choice(year(2005), 900_000, 800_000)
    assert (found.survivors, found.own, found.mixed) == (900_000, 800_000, 1_000_000)


def test_an_award_beside_an_own_pension_names_its_lines() -> None:
    case = SurvivorsCase(
        OLD,
        Relation.WIFE,
        date(1950, 1, 1),
        Term.SHORT,
        earnings=M,
        has_widows_addition=True,
        own=200_000,
    )
    award = award_survivors(RULES, DAY, case)
    lines = dict(award.lines)
    assert lines["widow's addition"] == 20_757
    assert lines["survivors"] == 466_561
    assert award.employees == 466_561 - 200_000


@pytest.mark.parametrize("relation", [Relation.HUSBAND, Relation.PARENT, Relation.GRANDPARENT])
def test_whose_age_terms_are_not_here_is_refused(relation: Relation) -> None:
    case = SurvivorsCase(OLD, relation, date(1950, 1, 1), Term.SHORT, earnings=M)
    with pytest.raises(NotCovered, match=f"relation {relation}: an employees' survivors'"):
        award_survivors(RULES, DAY, case)


@pytest.mark.parametrize(
    ("day", "born", "death", "more", "has"),
    [
        ("2025-04-01", "1985-04-01", "2025-03-31", {}, True),
        ("2025-04-01", "1985-04-02", "2025-03-31", {}, False),
        ("2006-04-01", "1971-01-01", "2006-03-31", {}, True),
        ("2006-04-01", "1971-04-02", "2006-03-31", {}, False),
        ("2025-04-01", "1984-01-01", "2015-01-01", {"children_until": date(2025, 3, 31)}, True),
        ("2025-04-01", "1984-01-01", "2015-01-01", {"children_until": date(2023, 3, 31)}, False),
        ("2025-04-01", "1980-01-01", "2025-03-31", {"has_survivors_basic": True}, False),
        ("2025-03-31", "1960-04-02", "2010-03-31", {}, True),
        ("2025-04-01", "1960-04-02", "2010-03-31", {}, False),
    ],
)
def test_the_addition_of_middle_age(
    day: str, born: str, death: str, more: dict[str, Any], has: bool
) -> None:
    on, birth, at = (date.fromisoformat(text) for text in (day, born, death))
    found = has_middle_aged_addition(RULES, on, birth, at, Term.SHORT, 10, **more)
    assert found is has


def test_long_term_asks_for_240_months_of_the_husband() -> None:
    for months, has in ((239, False), (240, True)):
        args = (RULES, DAY, WIFE, date(2025, 3, 31), Term.LONG, months)
        assert has_middle_aged_addition(*args) is has


def test_a_young_widows_right_ends_since_2007() -> None:
    birth = date(1980, 1, 1)
    assert has_end_after_five_years(RULES, birth, date(2008, 1, 1), has_child=False)
    assert not has_end_after_five_years(RULES, birth, date(2008, 1, 1), has_child=True)
    assert not has_end_after_five_years(RULES, birth, date(2007, 3, 31), has_child=False)
    assert not has_end_after_five_years(RULES, birth, date(2009, 12, 31), has_child=False)
    assert has_end_after_five_years(RULES, birth, date(2009, 12, 30), has_child=False)


def test_the_widows_pension() -> None:
    assert widows_pension(year(2025), YOUNG, Credits(400)) == 519_812
    birth = date(1963, 1, 1)
    ask = (RULES, DAY, birth)
    assert has_widows_pension(*ask, date(2024, 1, 1), 120, 10)
    assert not has_widows_pension(*ask, date(2024, 1, 1), 119, 10)
    assert not has_widows_pension(*ask, date(2024, 1, 1), 120, 9)
    assert not has_widows_pension(*ask, date(2017, 7, 31), 299, 10)
    assert not has_widows_pension(RULES, date(2027, 12, 31), birth, date(2024, 1, 1), 120, 10)
    assert not has_widows_pension(RULES, date(2022, 12, 30), birth, date(2024, 1, 1), 120, 10)


@pytest.mark.parametrize(
    ("months", "yen"),
    [
        (35, 0),
        (36, 120_000),
        (179, 120_000),
        (180, 145_000),
        (239, 145_000),
        (240, 170_000),
        (300, 220_000),
        (360, 270_000),
        (419, 270_000),
        (420, 320_000),
        (480, 320_000),
    ],
)
def test_the_lump_sum_at_death(months: int, yen: int) -> None:
    paid = (Run(Kind.PAID, month("1975-01"), months),)
    assert death_lump(RULES, DAY, paid) == yen
    assert death_lump(RULES, DAY, paid, 36) == (yen + 8_500 if yen else 0)
    assert death_lump(RULES, DAY, paid, 35) == yen
    assert death_lump(RULES, DAY, paid, has_survivors_basic=True) == 0


@pytest.mark.parametrize(
    ("kind", "months"),
    [(Kind.QUARTER, 48), (Kind.HALF, 72), (Kind.THREE_QUARTERS, 144), (Kind.FULL, None)],
)
def test_partly_paid_months_count_by_what_was_paid(kind: Kind, months: int | None) -> None:
    for number, yen in ((months or 480, 120_000 if months else 0), ((months or 480) - 1, 0)):
        assert death_lump(RULES, DAY, (Run(kind, month("2007-01"), number),)) == yen


def test_lump_sums_before_2005_are_refused() -> None:
    with pytest.raises(NotCovered, match="death 2005-03-31: lump sums at death"):
        death_lump(RULES, date(2005, 3, 31), ())

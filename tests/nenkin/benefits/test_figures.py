"""Full amounts and additions: every printed row, and the ways in which they go wrong."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from nenkin.benefits.disability import disability_basic
from nenkin.benefits.refusals import NotCovered
from nenkin.benefits.rounding import half_up
from tests.nenkin.benefits.rulebook import OLD, RULES, YOUNG, year

FULL = """
1986-04 622800|1987-04 626500|1988-04 627200|1989-04 666000|1990-04 681300|1991-04 702000|1992-04 725300|1993-04 737300
1994-04 747300|1994-10 780000|1995-04 785500|1996-04 785500|1997-04 785500|1998-04 799500|1999-04 804200|2000-04 804200
2001-04 804200|2002-04 804200|2003-04 797000|2004-04 794500|2005-04 794500|2006-04 792100|2007-04 792100|2008-04 792100
2009-04 792100|2010-04 792100|2011-04 788900|2012-04 786500|2013-04 786500|2013-09 786500|2013-10 778500|2014-04 772800
2015-04 780100|2016-04 780100|2017-04 779300|2018-04 779300|2019-04 780100|2020-04 781700|2021-04 780900|2022-04 777800
2023-04 795000 792600|2024-04 816000 813700|2025-04 831700 829300|2026-04 847300 844900
"""
# from, grade 1 basic (young, old), spouse and child, later child, 3/4 (young, old), special, spouse + special
ADDITIONS = """
1999-04 1005300 1005300 231400 77100 603200 603200 170700 402100
2002-04 1005300 1005300 231400 77100 603200 603200 170700 402100
2003-04 996300 996300 229300 76400 597800 597800 169200 398500
2004-04 993100 993100 228600 76200 596000 596000 168700 397300
2005-04 993100 993100 228600 76200 596000 596000 168700 397300
2006-04 990100 990100 227900 75900 594200 594200 168100 396000
2010-04 990100 990100 227900 75900 594200 594200 168100 396000
2011-04 986100 986100 227000 75600 591700 591700 167500 394500
2012-04 983100 983100 226300 75400 589900 589900 166900 393200
2013-09 983100 983100 226300 75400 589900 589900 166900 393200
2013-10 973100 973100 224000 74600 583900 583900 165200 389200
2014-04 966000 966000 222400 74100 579700 579700 164000 386400
2015-04 975100 975100 224500 74800 585100 585100 165600 390100
2016-04 975125 975125 224500 74800 585100 585100 165600 390100
2017-04 974125 974125 224300 74800 584500 584500 165500 389800
2018-04 974125 974125 224300 74800 584500 584500 165500 389800
2019-04 975125 975125 224500 74800 585100 585100 165600 390100
2020-04 977125 977125 224900 75000 586300 586300 166000 390900
2021-04 976125 976125 224700 74900 585700 585700 165800 390500
2022-04 972250 972250 223800 74600 583400 583400 165100 388900
2023-04 993750 990750 228700 76200 596300 594500 168800 397500
2024-04 1020000 1017125 234800 78300 612000 610300 173300 408100
2025-04 1039625 1036625 239300 79800 623800 622000 176600 415900
2026-04 1059125 1056125 243800 81300 635500 633700 179900 423700
"""
CELLS = [cell.split() for line in FULL.split("\n") for cell in line.split("|") if cell]
ROWS = [line.split() for line in ADDITIONS.strip().split("\n")]


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell[0])
def test_full_amounts(cell: list[str]) -> None:
    figures = RULES.on(date.fromisoformat(f"{cell[0]}-01"))
    assert figures.full(YOUNG) == int(cell[1])
    assert figures.full(OLD) == int(cell[-1])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_additions(row: list[str]) -> None:
    figures = RULES.on(date.fromisoformat(f"{row[0]}-01"))
    grade_1, grade_1_old, spouse, later, three, three_old, special, both = map(int, row[1:])
    assert disability_basic(figures, YOUNG, 1) == grade_1
    assert disability_basic(figures, OLD, 1) == grade_1_old
    assert figures.spouse() == figures.children(1) == spouse
    assert figures.children(4) == 2 * spouse + 2 * later
    assert figures.band(YOUNG).three_quarters == three
    assert figures.band(OLD).three_quarters == three_old
    assert figures.special(YOUNG) == figures.special(OLD) == special
    assert figures.spouse() + figures.special(OLD) == both


def test_to_2014_three_quarters_of_the_full_pension_is_another_figure() -> None:
    wrong = [
        number
        for number in range(1999, 2015)
        if half_up(Fraction(3 * year(number).full(YOUNG), 4), unit=100)
        != year(number).band(YOUNG).three_quarters
    ]
    assert wrong == [2004, 2005, 2006, 2007, 2008, 2009, 2010, 2014]


@pytest.mark.parametrize("number", [2023, 2024, 2025, 2026])
def test_additions_by_the_rate_of_the_old_are_another_figure(number: int) -> None:
    figures = year(number)
    row = RULES.basic.at(figures.day)
    assert row is not None
    assert row.child is not None
    assert half_up(row.child * row.older_rate, 1000, 100) != figures.children(1)


@pytest.mark.parametrize(
    ("born", "in_2025", "in_2016"),
    [
        ("1934-04-01", 0, 0),
        ("1934-04-02", 35_400, 33_200),
        ("1940-04-01", 35_400, 33_200),
        ("1940-04-02", 70_600, 66_200),
        ("1941-04-02", 106_000, 99_400),
        ("1942-04-02", 141_200, 132_500),
        ("1943-04-01", 141_200, 132_500),
        ("1943-04-02", 176_600, 165_600),
    ],
)
def test_special_additions_by_birth(born: str, in_2025: int, in_2016: int) -> None:
    birth = date.fromisoformat(born)
    assert year(2025).special(birth) == in_2025
    assert year(2016).special(birth) == in_2016


@pytest.mark.parametrize(
    ("number", "young", "old"),
    [(2023, 1657, 1652), (2025, 1734, 1729), (2026, 1766, 1761), (2005, 1656, 1656)],
)
def test_units_of_the_fixed_part(number: int, young: int, old: int) -> None:
    assert year(number).band(YOUNG).fixed_unit == young
    assert year(number).band(OLD).fixed_unit == old


def test_the_older_band_ends_on_1_april_1956() -> None:
    assert year(2025).full(date(1956, 4, 1)) == 829_300
    assert year(2025).full(date(1956, 4, 2)) == 831_700


@pytest.mark.parametrize(
    ("day", "awarded", "unit"),
    [
        ("2015-09-30", None, 100),
        ("2015-10-01", None, 1),
        ("2015-10-01", "2015-10-01", 1),
        ("2015-12-01", "2015-09-30", 100),
        ("2016-03-31", "2010-01-01", 100),
        ("2016-04-01", "2010-01-01", 1),
    ],
)
def test_awards_are_rounded_to_the_unit_of_their_day(
    day: str, awarded: str | None, unit: int
) -> None:
    figures = RULES.on(date.fromisoformat(day))
    assert figures.unit(date.fromisoformat(awarded) if awarded else None) == unit


def test_grade_1_in_the_half_year_of_two_units() -> None:
    day = date(2015, 12, 1)
    running = date(2014, 1, 1)
    assert disability_basic(RULES.on(day), YOUNG, 1) == 975_125
    assert disability_basic(RULES.on(day), YOUNG, 1, awarded=running) == 975_100
    other = RULES.choosing(transition_awards="hundred_yen")
    assert disability_basic(other.on(day), YOUNG, 1) == 975_100
    assert disability_basic(other.on(date(2016, 4, 1)), YOUNG, 1) == 975_125


@pytest.mark.parametrize("day", [date(1986, 3, 31), date(2027, 4, 1)])
def test_days_without_amounts_are_refused(day: date) -> None:
    with pytest.raises(NotCovered, match=f"day {day}: "):
        RULES.on(day)


def test_additions_before_1999_are_refused() -> None:
    figures = year(1998)
    assert figures.children(0) == 0
    for ask in (figures.spouse, lambda: figures.children(1), lambda: figures.band(YOUNG)):
        with pytest.raises(NotCovered, match="day 1998-04-01: child, spouse and special"):
            ask()

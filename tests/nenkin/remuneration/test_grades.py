"""The grade tables at their edges."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nenkin.dated import NoRule
from nenkin.remuneration.grades import InvalidStandard, grades_at

# grade, standard and its lowest pay, in the numbering of 32 grades
TABLE = """
    1 88000 0|2 98000 93000|3 104000 101000|4 110000 107000|5 118000 114000|6 126000 122000|7 134000 130000
    8 142000 138000|9 150000 146000|10 160000 155000|11 170000 165000|12 180000 175000|13 190000 185000
    14 200000 195000|15 220000 210000|16 240000 230000|17 260000 250000|18 280000 270000|19 300000 290000
    20 320000 310000|21 340000 330000|22 360000 350000|23 380000 370000|24 410000 395000|25 440000 425000
    26 470000 455000|27 500000 485000|28 530000 515000|29 560000 545000|30 590000 575000|31 620000 605000
    32 650000 635000
    """
ROWS = [tuple(map(int, row.split())) for row in TABLE.replace("\n", "|").split("|") if row.strip()]
# month, the first row of the table above, the rows, the highest standard
TIMES = [
    ("2005-04-01", 1, 30, 620_000),
    ("2016-09-01", 1, 30, 620_000),
    ("2016-10-01", 0, 31, 620_000),
    ("2020-08-01", 0, 31, 620_000),
    ("2020-09-01", 0, 32, 650_000),
    ("2027-08-01", 0, 32, 650_000),
]
PLANNED = [
    ("2027-09-01", 33, 680_000, 665_000),
    ("2028-09-01", 34, 710_000, 695_000),
    ("2029-09-01", 35, 750_000, 730_000),
]
MONTHS = st.sampled_from([date.fromisoformat(row[0]) for row in (*TIMES, *PLANNED)])


@pytest.mark.parametrize(("month", "skipped", "count", "highest"), TIMES)
def test_every_grade_begins_at_its_edge(month: str, skipped: int, count: int, highest: int) -> None:
    grades = grades_at(date.fromisoformat(month))
    assert len(grades.grades) == count
    assert grades.of(10**9).standard == highest
    rows = ROWS[skipped : skipped + count]
    for number, (_, standard, floor) in enumerate(rows, start=1):
        if number > 1:
            assert grades.of(floor).standard == standard
            assert grades.of(floor - 1).standard == rows[number - 2][1]
        assert grades.of(floor + 1).number == grades.of(standard).number == number
        assert grades.number(standard) == number


def test_below_the_second_grade_is_the_first() -> None:
    assert grades_at(date(2005, 4, 1)).of(0).standard == 98_000
    assert grades_at(date(2005, 4, 1)).of(100_999).standard == 98_000
    assert grades_at(date(2016, 10, 1)).of(92_999).standard == 88_000
    assert grades_at(date(2016, 10, 1)).of(93_000).standard == 98_000


@pytest.mark.parametrize(("month", "count", "highest", "floor"), PLANNED)
def test_planned_caps_are_rows(month: str, count: int, highest: int, floor: int) -> None:
    grades = grades_at(date.fromisoformat(month))
    assert len(grades.grades) == count
    assert grades.of(floor).standard == highest
    assert grades.of(floor - 1).standard == grades.grades[-2].standard


@given(MONTHS)
def test_every_edge_lies_midway(month: date) -> None:
    grades = grades_at(month).grades
    for below, grade in pairwise(grades):
        assert 2 * grade.floor == below.standard + grade.standard


@given(MONTHS, st.integers(0, 2_000_000), st.integers(0, 2_000_000))
def test_more_pay_is_no_lower_grade(month: date, one: int, other: int) -> None:
    grades = grades_at(month)
    low, high = sorted((one, other))
    assert grades.of(low).number <= grades.of(high).number
    assert grades.of(grades.of(one).standard) == grades.of(one)


@pytest.mark.parametrize(
    ("month", "standard"),
    [("2005-04-01", 88_000), ("2005-04-01", 650_000), ("2020-09-01", 300_001)],
)
def test_what_is_no_standard(month: str, standard: int) -> None:
    with pytest.raises(InvalidStandard, match=rf"standard {standard}: none of the 3. grades from "):
        grades_at(date.fromisoformat(month)).number(standard)


def test_pay_below_nothing_and_months_before_the_table() -> None:
    with pytest.raises(ValueError, match="pay -1: it is 0 yen or more"):
        grades_at(date(2005, 4, 1)).of(-1)
    with pytest.raises(NoRule):
        grades_at(date(2000, 9, 1))

"""Disability pensions: worked figures, the contribution test, the day of recognition."""

from __future__ import annotations

from datetime import date

import pytest

from nenkin.benefits.award import DisabilityCase, award_disability
from nenkin.benefits.contribution_test import contribution_test
from nenkin.benefits.credits import Kind, Run
from nenkin.benefits.disability import (
    counted_pays,
    disability_basic,
    disability_employees,
    disability_lump,
    is_counted_dependant,
)
from nenkin.benefits.earnings import Earnings
from nenkin.benefits.recognition import FixedState, later_claim_start, recognition_day
from nenkin.benefits.refusals import InvalidCase
from nenkin.benefits.revaluation import Pay
from tests.nenkin.benefits.rulebook import OLD, RULES, YOUNG, month, year

M = Earnings.of_averages(280_000, 60, 360_000, 100)
L = Earnings.of_averages(after=200_000, after_months=100)
DAY = date(2025, 4, 1)


def test_j_and_k_grade_1_with_two_children() -> None:
    assert disability_basic(year(2025), YOUNG, 1, 2) == 1_039_625 + 478_600 == 1_518_225
    assert disability_basic(year(2010), YOUNG, 1, 2) == 990_100 + 455_800 == 1_445_900


def test_l_the_least_amount_of_grade_3_and_the_lump_sum() -> None:
    for number, birth, least in (
        (2025, YOUNG, 623_800),
        (2025, OLD, 622_000),
        (2010, OLD, 594_200),
    ):
        figures = year(number)
        assert disability_employees(figures, birth, 3, L, has_basic=False) == least
        assert disability_lump(figures, birth, L) == 2 * least
    assert disability_employees(year(2025), YOUNG, 3, L, has_basic=True) == 328_860
    rich = Earnings.of_averages(after=500_000, after_months=400)
    assert disability_lump(year(2025), YOUNG, rich) == 2 * 1_096_200


def test_m_the_floor_of_300_months_and_the_spouse() -> None:
    case = DisabilityCase(YOUNG, 2, earnings=M, has_spouse=True)
    award = award_disability(RULES, DAY, case)
    assert award.employees == 594_405 + 239_300 == 833_705
    assert award.total == 1_665_405
    grade_1 = disability_employees(year(2025), YOUNG, 1, M, has_basic=True, has_spouse=True)
    assert grade_1 == 743_006 + 239_300 == 982_306
    assert grade_1 != 743_006 + 239_300 * 5 // 4, "the spouse's addition has no 1.25"


@pytest.mark.parametrize("path", ["once", "amounts", "parts"])
def test_both_paths_of_rounding_agree_on_m(path: str) -> None:
    figures = RULES.choosing(steps=path).on(DAY)
    assert disability_employees(figures, YOUNG, 2, M, has_basic=True) == 594_405
    assert disability_employees(figures, YOUNG, 1, M, has_basic=True) == 743_006


def test_300_months_and_more_are_as_they_are() -> None:
    for months in (300, 301, 400):
        earnings = Earnings.of_averages(after=200_000, after_months=months)
        yen = disability_employees(year(2025), YOUNG, 2, earnings, has_basic=True)
        assert yen == (200_000 * months * 5481 + 500_000) // 1_000_000


@pytest.mark.parametrize(
    ("grade", "has_spouse", "says"),
    [(4, False, "grade 4: 1, 2 or 3"), (3, True, "has_spouse True: grade 3 has no addition")],
)
def test_what_is_no_case(grade: int, has_spouse: bool, says: str) -> None:
    with pytest.raises(InvalidCase, match=says):
        disability_employees(year(2025), YOUNG, grade, M, has_basic=True, has_spouse=has_spouse)
    with pytest.raises(InvalidCase, match="earnings 0 months: at least one month"):
        disability_employees(year(2025), YOUNG, 2, Earnings(), has_basic=True)
    with pytest.raises(InvalidCase, match="grade 3: 1 or 2 for the basic pension"):
        disability_basic(year(2025), YOUNG, 3)


def test_months_after_the_recognition_do_not_count() -> None:
    pays = [Pay(month("2024-01") + number, 300_000) for number in range(12)]
    assert len(counted_pays(pays, date(2024, 6, 1))) == 6


@pytest.mark.parametrize(
    ("day", "gained", "counts"),
    [
        ("2011-03-31", "2009-01-01", True),
        ("2011-03-31", "2010-06-01", False),
        ("2011-04-01", "2010-06-01", True),
        ("2025-06-30", "2025-06-01", False),
        ("2025-07-01", "2025-06-30", True),
    ],
)
def test_who_is_gained_after_the_award_counts_since_2011(
    day: str, gained: str, counts: bool
) -> None:
    figures = RULES.on(date.fromisoformat(day))
    assert is_counted_dependant(figures, date(2010, 1, 1), date.fromisoformat(gained)) is counts


VISIT = date(2025, 6, 15)


def runs(*texts: str) -> list[Run]:
    made = []
    for text in texts:
        kind, first, months, *recorded = text.split()
        day = date.fromisoformat(recorded[0]) if recorded else None
        made.append(Run(Kind(kind), month(first), int(months), day))
    return made


@pytest.mark.parametrize(
    ("record", "insured", "in_order", "two_thirds", "last_year"),
    [
        (["paid 2015-01 80", "unpaid 2021-09 40"], 120, 80, True, False),
        (["paid 2015-01 79", "unpaid 2021-08 41"], 120, 79, False, False),
        (["unpaid 2015-01 112", "paid 2024-05 12"], 124, 12, False, True),
        (["unpaid 2015-01 113", "paid 2024-06 11"], 124, 11, False, False),
        (["unpaid 2015-01 112", "deferred 2024-05 12"], 124, 12, False, True),
        (["unpaid 2015-01 112", "paid 2024-05 12 2025-06-14"], 124, 12, False, True),
        (["unpaid 2015-01 112", "paid 2024-05 12 2025-06-15"], 124, 0, False, False),
        (["unpaid 2025-05 2"], 0, 0, True, True),
        (["counted 2015-01 100", "unpaid 2024-04 1"], 1, 0, False, True),
    ],
)
def test_the_contribution_test(
    record: list[str], insured: int, in_order: int, two_thirds: bool, last_year: bool
) -> None:
    found = contribution_test(RULES, date(1995, 1, 1), VISIT, runs(*record))
    assert (found.insured, found.in_order) == (insured, in_order)
    assert (found.by_two_thirds, found.by_last_year) == (two_thirds, last_year)
    assert found.is_met is (two_thirds or last_year)


def test_the_rule_of_one_year_ends_with_age_and_in_2036() -> None:
    last = runs("unpaid 2000-01 12", "paid 2024-05 12")
    assert contribution_test(RULES, date(1960, 6, 17), VISIT, last).by_last_year
    assert not contribution_test(RULES, date(1960, 6, 16), VISIT, last).by_last_year
    late = runs("unpaid 2000-01 300", "paid 2035-01 14")
    young = date(1990, 1, 1)
    assert contribution_test(RULES, young, date(2036, 3, 31), late).by_last_year
    assert not contribution_test(RULES, young, date(2036, 4, 1), late).by_last_year


@pytest.mark.parametrize(
    ("first_visit", "fixed", "day"),
    [
        ("2024-01-10", None, "2025-07-10"),
        ("2024-08-31", None, "2026-02-28"),
        ("2024-01-10", ("dialysis", "2024-02-01"), "2024-05-01"),
        ("2024-01-10", ("dialysis", "2025-06-01"), "2025-07-10"),
        ("2024-01-10", ("joint", "2024-03-05"), "2024-03-05"),
        ("2024-01-10", ("heart_device", "2024-03-05"), "2024-03-05"),
        ("2024-01-10", ("stoma", "2024-02-01"), "2024-08-01"),
        ("2024-01-10", ("stroke", "2024-03-01"), "2024-07-10"),
        ("2024-01-10", ("stroke", "2024-09-01"), "2024-09-01"),
    ],
)
def test_the_day_of_recognition(first_visit: str, fixed: tuple[str, str] | None, day: str) -> None:
    state = FixedState(fixed[0], date.fromisoformat(fixed[1])) if fixed else None
    found = recognition_day(RULES, YOUNG, date.fromisoformat(first_visit), state)
    assert found == date.fromisoformat(day)


def test_before_20_the_day_waits_for_the_birthday() -> None:
    birth, visit = date(2005, 6, 1), date(2020, 1, 1)
    assert recognition_day(RULES, birth, visit) == date(2025, 6, 1)
    by_law = RULES.choosing(twentieth="day_before")
    assert recognition_day(by_law, birth, visit) == date(2025, 5, 31)
    assert recognition_day(RULES, birth, date(2025, 1, 1)) == date(2026, 7, 1)


def test_unknown_states_are_refused() -> None:
    visit = date(2024, 1, 10)
    with pytest.raises(InvalidCase, match="kind rest: one of amputation, dialysis"):
        recognition_day(RULES, YOUNG, visit, FixedState("rest", visit))
    with pytest.raises(InvalidCase, match="day 2024-01-09: not before the first visit"):
        recognition_day(RULES, YOUNG, visit, FixedState("joint", date(2024, 1, 9)))


def test_a_later_claim() -> None:
    birth = date(1960, 6, 2)
    assert later_claim_start(RULES, birth, date(2025, 5, 31)) == date(2025, 6, 1)
    with pytest.raises(InvalidCase, match="claimed 2025-06-01: a later claim is made before"):
        later_claim_start(RULES, birth, date(2025, 6, 1))
    other = RULES.choosing(later_claim_start="month_of_claim")
    assert later_claim_start(other, birth, date(2025, 5, 31)) == date(2025, 5, 1)

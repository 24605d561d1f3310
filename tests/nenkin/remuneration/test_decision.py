"""Fixed-time decisions and revisions."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nenkin.remuneration.choice import choices
from nenkin.remuneration.decision import Decision, Unruled, decide, revise
from nenkin.remuneration.grades import InvalidStandard, grades_at
from nenkin.remuneration.pay import InvalidReport, PayMonth, following

Months = list[PayMonth]


def months(year: int, month: int, *pays: tuple[int, int]) -> Months:
    first = date(year, month, 1)
    made = []
    for pay, days in pays:
        made.append(PayMonth(first, pay, days))
        first = following(first)
    return made


def test_a_month_of_few_days_is_left_out() -> None:
    made = decide(2024, months(2024, 4, (289_000, 17), (262_000, 15), (291_000, 17)))
    assert made == Decision(300_000, 19, 290_000, date(2024, 9, 1), date(2025, 8, 1))
    kept = decide(2024, months(2024, 4, (289_000, 17), (262_000, 17), (291_000, 17)))
    assert (kept.average, kept.standard) == (280_666, 280_000)


@pytest.mark.parametrize(
    ("year", "worker", "days", "counted"),
    [
        (2005, "full_time", (20, 19, 20), (0, 2)),
        (2006, "full_time", (17, 16, 20), (0, 2)),
        (2024, "full_time", (17, 16, 20), (0, 2)),
        (2024, "full_time", (16, 16, 17), (2,)),
        (2024, "part_time", (15, 14, 17), (2,)),
        (2024, "part_time", (15, 14, 16), (0, 2)),
        (2005, "part_time", (20, 19, 18), (0,)),
        (2016, "short_time", (11, 17, 16), (1,)),
        (2017, "short_time", (11, 10, 30), (0, 2)),
    ],
)
def test_the_base_days_of_the_time(
    year: int, worker: str, days: tuple[int, int, int], counted: tuple[int, ...]
) -> None:
    pays = (200_000, 300_000, 400_000)
    made = decide(year, months(year, 4, *zip(pays, days, strict=True)), worker)
    assert made.average == sum(pays[i] for i in counted) // len(counted)
    assert made.grade == grades_at(date(year, 9, 1)).of(made.average).number


@pytest.mark.parametrize(
    ("year", "worker", "days"),
    [
        (2005, "full_time", (19, 17, 17)),
        (2024, "full_time", (16, 0, 16)),
        (2024, "part_time", (14, 14, 14)),
        (2024, "short_time", (10, 10, 10)),
    ],
)
def test_no_month_that_counts_is_for_a_person_to_decide(
    year: int, worker: str, days: tuple[int, ...]
) -> None:
    report = months(year, 4, *((300_000, day) for day in days))
    with pytest.raises(Unruled, match=f"no month has the base days of {worker}"):
        decide(year, report, worker)


def test_the_grades_are_those_of_september() -> None:
    high = [(700_000, 20)] * 3
    standards = {year: decide(year, months(year, 4, *high)).standard for year in (2019, 2020, 2027)}
    assert standards == {2019: 620_000, 2020: 650_000, 2027: 680_000}


@pytest.mark.parametrize(
    ("current", "is_rise", "pay", "standard"),
    [
        (300_000, True, 330_000, 340_000),
        (300_000, True, 329_999, None),
        (300_000, True, 269_999, None),
        (300_000, False, 269_999, 260_000),
        (300_000, False, 270_000, None),
        (300_000, False, 330_000, None),
        (300_000, True, 300_000, None),
    ],
)
def test_two_grades_and_the_direction_of_the_fixed_pay(
    current: int, is_rise: bool, pay: int, standard: int | None
) -> None:
    made = revise(current, is_rise, months(2024, 1, *[(pay, 17)] * 3))
    assert (made and made.standard) == standard


@pytest.mark.parametrize(
    ("first", "begins", "ends"),
    [
        ((2024, 1), "2024-04-01", "2024-08-01"),
        ((2024, 3), "2024-06-01", "2024-08-01"),
        ((2024, 4), "2024-07-01", "2025-08-01"),
        ((2024, 10), "2025-01-01", "2025-08-01"),
    ],
)
def test_a_revision_holds_from_the_fourth_month(
    first: tuple[int, int], begins: str, ends: str
) -> None:
    made = revise(200_000, True, months(*first, *[(300_000, 20)] * 3))
    assert made is not None
    assert (made.first.isoformat(), made.last.isoformat()) == (begins, ends)


@pytest.mark.parametrize(
    ("first", "worker", "days", "is_revised"),
    [
        ((2024, 1), "full_time", (17, 17, 17), True),
        ((2024, 1), "full_time", (17, 16, 17), False),
        ((2024, 1), "part_time", (15, 15, 15), False),
        ((2024, 1), "short_time", (11, 11, 11), True),
        ((2006, 3), "full_time", (17, 17, 17), False),
        ((2006, 4), "full_time", (17, 17, 17), True),
    ],
)
def test_all_three_months_need_their_base_days(
    first: tuple[int, int], worker: str, days: tuple[int, ...], is_revised: bool
) -> None:
    report = months(*first, *((300_000, day) for day in days))
    assert (revise(200_000, True, report, worker) is not None) is is_revised


@pytest.mark.parametrize(
    ("current", "is_rise", "pay"),
    [
        (620_000, True, 640_000),
        (650_000, False, 634_999),
        (98_000, False, 80_000),
        (88_000, True, 93_000),
    ],
)
def test_one_grade_at_the_end_of_the_table_is_for_a_person_to_decide(
    current: int, is_rise: bool, pay: int
) -> None:
    with pytest.raises(Unruled, match="are one apart at the end of the table"):
        revise(current, is_rise, months(2024, 1, *[(pay, 20)] * 3))


def test_the_direction_is_a_choice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ["choice,from,value,alternatives,rule,source,confidence"]
    lines += [
        "average,2000-01-01,nearest,cut|nearest,x,x,G",
        "revision_direction,2000-01-01,any,must_agree|any,x,x,G",
    ]
    (tmp_path / "remuneration_choices.csv").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setenv("NENKIN_TABLES", str(tmp_path))
    choices.cache_clear()
    try:
        made = revise(300_000, False, months(2024, 1, (330_001, 17), (330_000, 17), (330_001, 17)))
    finally:
        choices.cache_clear()
    assert made is not None
    assert (made.standard, made.average) == (340_000, 330_001)


@pytest.mark.parametrize(
    ("report", "reason"),
    [
        (months(2024, 3, *[(1, 20)] * 3), "months 2024-03, 2024-04, 2024-05: .* from 2024-04 on"),
        (months(2024, 4, *[(1, 20)] * 2), "months 2024-04, 2024-05: "),
        (months(2024, 4, (1, 20), (-1, 20), (1, 20)), "pay of 2024-05: -1: it is 0 yen or more"),
        (
            months(2024, 4, (1, 31), (1, 20), (1, 20)),
            "days of 2024-04: 31: the month has not so many",
        ),
        (months(2024, 4, (1, 20), (1, -1), (1, 20)), "days of 2024-05: -1"),
    ],
)
def test_a_report_that_says_too_little_or_too_much(report: Months, reason: str) -> None:
    with pytest.raises(InvalidReport, match=reason):
        decide(2024, report)


def test_what_no_revision_can_be_made_from() -> None:
    with pytest.raises(InvalidReport, match="worker 'pilot': it is one of full_time, part_time"):
        decide(2024, months(2024, 4, *[(1, 20)] * 3), "pilot")
    with pytest.raises(InvalidReport, match="months: none"):
        revise(300_000, True, [])
    with pytest.raises(InvalidStandard, match="standard 1: none of the 32 grades"):
        revise(1, True, months(2024, 1, *[(1, 20)] * 3))


@given(
    st.integers(2003, 2035),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 30)), min_size=3, max_size=3),
    st.sampled_from(["full_time", "part_time", "short_time"]),
)
def test_a_decision_lies_between_the_least_and_most_pay(
    year: int, pays: list[tuple[int, int]], worker: str
) -> None:
    try:
        made = decide(year, months(year, 4, *pays), worker)
    except Unruled:
        return
    grades = grades_at(made.first)
    assert min(pays)[0] <= made.average <= max(pays)[0]
    assert grades.of(made.average).standard == made.standard
    assert made.last == date(year + 1, 8, 1)

"""The estimate to the yen: by hand, by a second program, and read back from the page."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from nenkin.benefits.ages import attained, first_day, month_of
from nenkin.benefits.rules import Rules
from nenkin.paper.estimate import Estimate, Plan, estimate, project
from nenkin.paper.estimate_sheet import TITLE, drawn
from nenkin.paper.level import Levels
from nenkin.paper.months import pays, tally
from nenkin.paper.pdf.single import document
from nenkin.paper.record import Period, Record
from nenkin.recalculation.book import Book
from nenkin.recalculation.old_age import old_age_basic, old_age_employees
from nenkin.recalculation.proportional import Remuneration
from tests.nenkin.paper.persons import employee, month, person, run

TODAY = date(2026, 11, 30)
NONE = Plan("none", 60)
LEVELS = Levels(Rules.read())


def figures(made: Estimate) -> list[tuple[int | None, int | None]]:
    """Basic and employees' of each option."""
    return [(option.basic, option.employees) for option in made.options]


def test_a_whole_life_of_premiums_is_the_full_pension() -> None:
    # 480 months: FY2026 847,300; at 60 less 60 × 0.4 %, at 70 more 60 × 0.7 %.
    record = person(run("1990-07", "2026-10"), periods=(Period(date(1990, 7, 14), None, 1, None),))
    made = estimate(LEVELS, record, Plan("as_now", 60), TODAY)
    assert made.level == date(2026, 4, 1)
    assert made.eligible == 480
    assert figures(made) == [(643_948, 0), (847_300, 0), (1_203_166, 0)]
    assert [option.starts for option in made.options] == [
        date(2030, 8, 1),
        date(2035, 8, 1),
        date(2040, 8, 1),
    ]


def test_what_if_nothing_more_is_paid() -> None:
    # 1990-07 to 2026-10 are 436 months: 847,300 × 436 / 480 = 769,630.8; at 70 more 42 %: 769,631 + 323,245.
    made = estimate(LEVELS, person(run("1990-07", "2026-10")), NONE, TODAY)
    assert figures(made)[1:] == [(769_631, 0), (1_092_876, 0)]


def test_employees_at_the_last_level_that_is_known() -> None:
    # 12 months of FY2010 at 300,000 and 12 of FY2015 at 320,000 (benefits.md W): proportional 41,861. The transitional
    # addition is 1,734 × 24 - 831,700 × 24 / 480 = 41,616 - 41,585 = 31; 96 months more make it eligible.
    one = employee("2010-04", "2011-03", 300_000)
    two = employee("2015-04", "2016-03", 320_000)
    record = replace(
        one,
        periods=(*one.periods, *two.periods),
        decisions=(*one.decisions, *two.decisions),
        runs=(*one.runs, *two.runs, run("2016-04", "2024-03")),
    )
    made = estimate(LEVELS, record, NONE, TODAY)
    assert made.level == date(2025, 4, 1)
    assert made.options[1].basic == 207_925  # 831,700 × 120 / 480
    assert made.options[1].employees == 41_861 + 31


def test_too_few_months_are_told_and_not_estimated() -> None:
    made = estimate(LEVELS, person(run("2020-04", "2024-03")), NONE, TODAY)
    assert figures(made) == [(None, None)] * 3
    assert "48月で、120月に足りません" in made.options[1].sentence


def test_who_is_past_60_cannot_claim_at_60() -> None:
    made = estimate(LEVELS, person(run("1986-04", "2025-10"), birth=date(1965, 7, 15)), NONE, TODAY)
    assert made.options[0].basic is None
    assert "60歳を過ぎている" in made.options[0].sentence
    assert made.options[1].basic is not None


def test_pay_that_is_not_on_record_is_told() -> None:
    record = replace(employee("1995-04", "2025-03", 300_000), decisions=())
    made = estimate(LEVELS, record, NONE, TODAY)
    assert made.options[1].basic is not None
    assert made.options[1].total is None
    assert "標準報酬の記録がない月が360月" in made.options[1].sentence


PLANS = [
    (1, "as_now", 60, "paid", "2030-06"),
    (2, "as_now", 65, "employees", "2035-06"),
    (3, "as_now", 65, "dependant", "2030-06"),
    (2, "paid", 65, "paid", "2030-06"),
]


@pytest.mark.parametrize(("category", "future", "age", "kind", "last"), PLANS)
def test_a_plan_goes_on_until_its_age(
    category: int, future: str, age: int, kind: str, last: str
) -> None:
    code = "2101-00001" if category == 2 else None
    record = person(
        run("2025-01", "2026-10"), periods=(Period(date(2025, 1, 1), None, category, code),)
    )
    supposed = project(record, Plan(future, age), TODAY).runs[-1]
    assert (supposed.kind, supposed.first, supposed.last) == (kind, month("2026-11"), month(last))


def test_a_plan_for_nobody_insured_supposes_nothing() -> None:
    record = person(run("2025-01", "2026-10"))
    assert project(record, Plan("as_now", 60), TODAY).runs == record.runs
    assert project(record, Plan("none", 60), TODAY).runs == record.runs


@st.composite
def lives(draw: st.DrawFn) -> Record:
    """Months of every kind since 2009, and an employment with its pay."""
    kinds = draw(
        st.lists(st.sampled_from(("paid", "full", "half", "student", "unpaid")), max_size=6)
    )
    at = month("2009-07")
    runs = []
    for kind in kinds:
        months = draw(st.integers(1, 20))
        runs.append((at, at + months - 1, kind))
        at += months
    begun = at
    ended = begun + draw(st.integers(1, 60)) - 1
    standard = draw(st.integers(88, 650)) * 1000
    record = employee(
        _text(begun), _text(ended), standard, draw(st.dates(date(1969, 1, 1), date(1985, 1, 1)))
    )
    listed = [run(_text(first), _text(last), kind, 0) for first, last, kind in runs]
    return replace(record, runs=(*listed, *record.runs))


def _text(number: int) -> str:
    return f"{first_day(number):%Y-%m}"


@settings(max_examples=30, deadline=None)
@given(lives())
def test_a_second_program_comes_to_the_same_yen(record: Record) -> None:
    made = estimate(LEVELS, record, NONE, TODAY)
    birth, day, book = record.birth, made.level, Book()
    sixty, end = month_of(attained(birth, 60)), month_of(attained(birth, 65))
    adult = month_of(attained(birth, 20))
    months = [
        (first_day(each), "paid" if one.kind == "employees" else one.kind)
        for one in record.runs
        for each in range(one.first, one.last + 1)
        if adult <= each < sixty
    ]
    earned = Fraction(
        sum(
            (pay.standard or 0) * LEVELS.rules.revaluation.rate(day, birth, each)
            for pay in pays(record, end)
            for each in range(pay.first, pay.end)
        ),
        1000,
    )
    held = tally(record, TODAY, end)
    for option, claim in ((made.options[1], 0), (made.options[2], 60)):
        if option.basic is None:
            continue
        assert option.basic == old_age_basic(book, day, birth, months, claim_months=claim)
        if not claim:
            pay = Remuneration(late_yen=earned, late_months=held.employees)
            assert option.employees == old_age_employees(
                book,
                day,
                birth,
                pay,
                employees_months=held.employees,
                basic_months=held.employees_basic,
            )


@pytest.mark.usefixtures("font")
def test_the_page_says_the_figures() -> None:
    record = person(run("1990-07", "2026-10"), periods=(Period(date(1990, 7, 14), None, 1, None),))
    made = estimate(LEVELS, record, Plan("as_now", 60), TODAY)
    content = document(drawn(made), TITLE)
    [page] = PdfReader(BytesIO(content)).pages
    text = page.extract_text()
    for words in ("年金 花子", "2101-000001", "643,948円", "847,300円", "1,203,166円", "令和8年度"):
        assert words in text
    assert "70,608円" in text  # 847,300 / 12, as printed for FY2026 [LIMO111196]
    assert document(drawn(made), TITLE) == content

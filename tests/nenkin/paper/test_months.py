"""What months are worth: counted once by runs, and here month by month."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nenkin.benefits.ages import first_day, month_of
from nenkin.benefits.credits import Kind
from nenkin.benefits.refusals import NotCovered
from nenkin.benefits.revaluation import Pay as MonthOfPay
from nenkin.benefits.rules import Rules
from nenkin.paper.level import Levels, MissingPay
from nenkin.paper.months import Pay, pays, tally
from nenkin.paper.record import Decision, Period, Run
from tests.nenkin.paper.persons import ADULT, SIXTY, employee, month, person, run

DAY = date(2026, 5, 1)
KINDS = ("paid", "full", "half", "student", "unpaid", "employees", "dependant")


@st.composite
def histories(draw: st.DrawFn) -> tuple[Run, ...]:
    """Runs one after another, from before 20 to after 60 at most."""
    at = month("2003-01") + draw(st.integers(-24, 24))
    made = []
    for kind in draw(st.lists(st.sampled_from(KINDS), max_size=8)):
        months = draw(st.integers(1, 60))
        amount = {"paid": 13300, "half": 6650, "employees": None, "dependant": None}.get(kind, 0)
        made.append(Run(at, at + months - 1, kind, amount, False))
        at += months + draw(st.sampled_from((0, 0, 3)))
    return tuple(made)


@given(histories())
def test_runs_count_as_their_months_do(runs: tuple[Run, ...]) -> None:
    held = tally(person(*runs), DAY)
    months = [
        (each, one.kind, one.amount or 0)
        for one in runs
        for each in range(one.first, one.last + 1)
        if each <= month_of(DAY)
    ]
    # A premium is due at the end of the next month.
    late = [each for each, kind, _ in months if kind == "unpaid" and first_day(each + 2) <= DAY]
    kinds = Counter(kind for _, kind, _ in months)
    kinds["pending"] = kinds["unpaid"] - len(late)
    kinds["unpaid"] = len(late)
    assert {name: count for name, count in held.by_kind.items() if count} == dict(+kinds)
    assert held.unpaid_months == len(late)
    assert [each for first, end in held.unpaid for each in range(first, end)] == late
    assert held.paid_yen == sum(amount for _, _, amount in months)
    inside = [kind for each, kind, _ in months if ADULT <= each < SIXTY]
    paid = sum(one.months for one in held.credits if one.kind is Kind.PAID)
    assert paid == sum(kind in {"paid", "employees", "dependant"} for kind in inside)
    counted = sum(one.months for one in held.credits if one.kind is Kind.COUNTED)
    outside = [kind for each, kind, _ in months if not ADULT <= each < SIXTY]
    assert counted == outside.count("employees")


def test_a_month_becomes_overdue_when_its_due_day_is_over() -> None:
    owing = person(run("2026-03", "2026-03", "unpaid", 0))
    assert tally(owing, date(2026, 4, 30)).unpaid_months == 0
    assert tally(owing, date(2026, 4, 30)).by_kind["pending"] == 1
    assert tally(owing, date(2026, 5, 1)).unpaid_months == 1


POSTED = [
    # The run's kind and amount, what was posted for the middle one of three months, what it is then.
    ("unpaid", 0, 17510, "paid", 17510),
    ("unpaid", 0, 100, "paid", 100),
    ("full", 0, 17510, "paid", 17510),
    ("half", 8760, 8750, "paid", 17510),
    ("half", 8760, 100, "half", 8860),
    ("paid", 17510, 17510, "paid", 35020),
    ("employees", None, 17510, "employees", 0),
]


@pytest.mark.parametrize(("kind", "amount", "posted", "then", "yen"), POSTED)
def test_a_posted_month_is_put_where_it_belongs(
    kind: str, amount: int | None, posted: int, then: str, yen: int
) -> None:
    record = person(run("2025-04", "2025-06", kind, amount), postings=((month("2025-05"), posted),))
    found = tally(record, DAY).runs
    assert [(one.first, one.last) for one in found] == [
        (month(text), month(text)) for text in ("2025-04", "2025-05", "2025-06")
    ]
    assert (found[1].kind, found[1].amount or 0) == (then, yen)
    assert {found[0].kind, found[2].kind} == {kind}


def test_a_month_outside_every_run_is_there_when_it_is_posted() -> None:
    record = person(postings=((month("2025-05"), 17510),))
    assert [(one.first, one.kind) for one in tally(record, DAY).runs] == [
        (month("2025-05"), "paid")
    ]


def test_a_standard_holds_until_the_next_or_the_loss() -> None:
    record = replace(
        employee("2010-04", "2012-03", 300_000),
        decisions=(
            Decision(month("2010-04"), "acquisition", 300_000),
            Decision(month("2011-09"), "fixed_time", 320_000),
        ),
    )
    end = month("2013-01")
    first, second, third = month("2010-04"), month("2011-09"), month("2012-04")
    assert list(pays(record, end)) == [Pay(first, second, 300_000), Pay(second, third, 320_000)]


def test_a_standard_does_not_outlive_its_employment(levels: Levels) -> None:
    again = Period(date(2013, 4, 1), None, 2, "2101-00002")
    record = employee("2010-04", "2012-03", 300_000)
    record = replace(record, periods=(*record.periods, again))
    found = list(pays(record, month("2013-07")))
    assert found[1] == Pay(month("2013-04"), month("2013-07"), None)
    with pytest.raises(MissingPay) as missing:
        levels.earnings(date(2025, 4, 1), record.birth, found)
    assert missing.value.months == 3


@given(
    st.lists(
        st.tuples(st.integers(1, 30), st.integers(88, 650), st.integers(0, 1500)),
        min_size=1,
        max_size=9,
    ),
    st.integers(month("1998-01"), month("2010-01")),
)
def test_summed_rates_say_what_the_formulas_say(
    spans: list[tuple[int, int, int]], start: int
) -> None:
    levels, rules = _LEVELS, _LEVELS.rules
    day, birth = date(2025, 4, 1), date(1970, 7, 15)
    at, made, single, bonuses = start, [], [], []
    for months, standard, bonus in spans:
        made.append(Pay(at, at + months, standard * 1000))
        bonuses.append((at, bonus * 1000))
        for each in range(at, at + months):
            extra = bonus * 1000 if each == at else 0
            single.append(MonthOfPay(each, standard * 1000, extra))
        at += months
    assert levels.earnings(day, birth, made, bonuses) == rules.revaluation.earnings(
        day, birth, single
    )


_LEVELS = Levels(Rules.read())


def test_a_level_is_the_last_year_that_is_known(levels: Levels) -> None:
    young, old = date(1970, 7, 15), date(1950, 7, 15)
    assert levels.day(young, date(2026, 11, 30), has_earnings=True) == date(2025, 4, 1)
    assert levels.day(young, date(2026, 11, 30), has_earnings=False) == date(2026, 4, 1)
    assert levels.day(young, date(2026, 3, 31), has_earnings=False) == date(2025, 4, 1)
    # Nothing is known for these births: the amounts are told of this year, the earnings are not.
    assert levels.day(old, date(2026, 11, 30), has_earnings=True) == date(2026, 4, 1)
    with pytest.raises(NotCovered):
        levels.earnings(date(2025, 4, 1), old, [Pay(month("2010-01"), month("2010-02"), 300_000)])
    with pytest.raises(NotCovered):
        levels.earnings(date(2025, 4, 1), young, [Pay(month("1985-01"), month("1990-02"), 300_000)])

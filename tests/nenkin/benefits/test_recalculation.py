"""Both calculations agree on any record, and a mistake in one is found."""

from __future__ import annotations

import ast
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nenkin.recalculation
from nenkin.benefits.ages import first_day
from nenkin.benefits.award import (
    DisabilityCase,
    OldAgeCase,
    SurvivorsCase,
    award_disability,
    award_old_age,
    award_survivors,
)
from nenkin.benefits.credits import Kind, Run
from nenkin.benefits.earnings import Earnings
from nenkin.benefits.refusals import NotCovered
from nenkin.benefits.rules import Rules
from nenkin.benefits.survivors import Relation, Term
from nenkin.recalculation import disability, old_age, survivors
from nenkin.recalculation.book import Book, Unknown
from nenkin.recalculation.proportional import Remuneration
from tests.nenkin.benefits.rulebook import RULES, YOUNG, month

DAYS = st.dates(date(1999, 4, 1), date(2027, 3, 31))
BIRTHS = st.dates(date(1926, 4, 2), date(1980, 1, 1))
AWARDED = st.none() | st.dates(date(1999, 4, 1), date(2016, 12, 31))
EARNINGS = st.builds(
    Earnings.of_averages,
    st.integers(88_000, 650_000),
    st.integers(0, 400),
    st.integers(88_000, 1_200_000),
    st.integers(1, 300),
)
PATHS = st.sampled_from(["once", "amounts", "parts"])
CHOICES = st.fixed_dictionaries(
    {
        "steps": PATHS,
        "average": st.sampled_from(["exact", "yen"]),
        "over_480_order": st.sampled_from(["new_first", "old_first"]),
        "fixed_unit": st.sampled_from(["rounded", "exact"]),
        "transition_awards": st.sampled_from(["one_yen", "hundred_yen"]),
    }
)
KINDS = ["paid", "full", "half", "quarter", "three_quarters", "deferred", "counted", "unpaid"]
_KEPT: dict[tuple[tuple[str, str], ...], tuple[Rules, Book]] = {}


class Chosen(Book):
    """A book with some choices changed."""

    def __init__(self, values: dict[str, str]) -> None:
        super().__init__()
        self.values = values

    def choice(self, name: str, day: date) -> str:
        return self.values.get(name) or super().choice(name, day)


def both(values: dict[str, str]) -> tuple[Rules, Book]:
    """The two sets of rules with the same choices."""
    key = tuple(sorted(values.items()))
    if key not in _KEPT:
        _KEPT[key] = RULES.choosing(**values), Chosen(values)
    return _KEPT[key]


def pay(earnings: Earnings) -> Remuneration:
    return Remuneration(
        earnings.before, earnings.before_months, earnings.after, earnings.after_months
    )


@st.composite
def records(draw: st.DrawFn) -> list[Run]:
    first = draw(st.integers(month("1961-04"), month("2000-01")))
    runs = []
    for kind in draw(st.lists(st.sampled_from(KINDS), max_size=8)):
        months = draw(st.integers(1, 150))
        begins = {"half": "2002-04", "quarter": "2006-07", "three_quarters": "2006-07"}.get(kind)
        first = max(first, month(begins)) if begins else first
        runs.append(Run(Kind(kind), first, months))
        first += months
    return runs


@settings(deadline=None)
@given(CHOICES, DAYS, BIRTHS, records(), st.integers(-60, 60), AWARDED)
def test_old_age_basic(
    values: dict[str, str],
    day: date,
    birth: date,
    runs: list[Run],
    claim: int,
    awarded: date | None,
) -> None:
    rules, book = both(values)
    claim = 0 if 0 < claim < 12 or birth < date(1941, 4, 2) else claim
    case = OldAgeCase(birth, rules.exemptions.credits(runs), claim, awarded=awarded)
    months = [
        (first_day(run.first + number), str(run.kind))
        for run in runs
        for number in range(run.months)
    ]
    again = old_age.old_age_basic(book, day, birth, months, claim_months=claim, awarded=awarded)
    assert award_old_age(rules, day, case).basic == again
    assert again >= 0


@settings(deadline=None)
@given(
    CHOICES, DAYS, BIRTHS, EARNINGS, st.integers(0, 600), st.booleans(), st.integers(0, 4), AWARDED
)
def test_old_age_employees(
    values: dict[str, str],
    day: date,
    birth: date,
    earnings: Earnings,
    basic_months: int,
    has_spouse: bool,
    children: int,
    awarded: date | None,
) -> None:
    rules, book = both(values)
    basic_months = min(basic_months, earnings.months)
    case = OldAgeCase(
        birth,
        rules.exemptions.credits([]),
        earnings=earnings,
        employees_months=earnings.months,
        basic_months=basic_months,
        has_spouse=has_spouse,
        children=children,
        has_transfer=True,
        awarded=awarded,
    )
    award = award_old_age(rules, day, case)
    assert award.employees == old_age.old_age_employees(
        book,
        day,
        birth,
        pay(earnings),
        employees_months=earnings.months,
        basic_months=basic_months,
        has_spouse=has_spouse,
        children=children,
        awarded=awarded,
    )
    passed = old_age.transfer(book, day, birth, awarded) if earnings.months < 240 else 0
    assert dict(award.lines)["transfer"] == passed


@settings(deadline=None)
@given(CHOICES, DAYS, BIRTHS, EARNINGS, st.integers(1, 3), st.integers(0, 4), AWARDED)
def test_disability(
    values: dict[str, str],
    day: date,
    birth: date,
    earnings: Earnings,
    grade: int,
    children: int,
    awarded: date | None,
) -> None:
    rules, book = both(values)
    has_basic = grade < 3
    case = DisabilityCase(birth, grade, has_basic, children, earnings, has_basic, awarded)
    award = award_disability(rules, day, case)
    assert award.employees == disability.disability_employees(
        book,
        day,
        birth,
        grade,
        pay(earnings),
        has_basic=has_basic,
        has_spouse=has_basic,
        awarded=awarded,
    )
    if has_basic:
        again = disability.disability_basic(book, day, birth, grade, children, awarded)
        assert award.basic == again


@settings(deadline=None)
@given(
    CHOICES,
    DAYS,
    st.tuples(BIRTHS, BIRTHS),
    EARNINGS,
    st.sampled_from(Term),
    st.integers(0, 4),
    st.none() | st.integers(0, 2_000_000),
    AWARDED,
)
def test_survivors_as_a_widow(
    values: dict[str, str],
    day: date,
    births: tuple[date, date],
    earnings: Earnings,
    counted: Term,
    children: int,
    own: int | None,
    awarded: date | None,
) -> None:
    rules, book = both(values)
    birth, deceased = births
    case = SurvivorsCase(
        birth, Relation.WIFE, deceased, counted, children, earnings, 1, True, own, True, awarded
    )
    award = award_survivors(rules, day, case)
    eve = day + timedelta(days=1)
    is_65 = (eve.year - 65, eve.month, eve.day) >= (birth.year, birth.month, birth.day)
    addition = survivors.widows_addition(book, day, birth, is_65=is_65, awarded=awarded)
    assert award.basic == survivors.survivors_basic(
        book, day, children, spouse=birth, awarded=awarded
    )
    assert award.employees == survivors.survivors_employees(
        book,
        day,
        pay(earnings),
        long_term_birth=deceased if counted is Term.LONG else None,
        addition=0 if children else addition,
        own=own,
        has_basic=children > 0,
        awarded=awarded,
    )


@settings(deadline=None)
@given(CHOICES, DAYS, EARNINGS, st.integers(1, 5), AWARDED)
def test_survivors_as_children(
    values: dict[str, str], day: date, earnings: Earnings, heads: int, awarded: date | None
) -> None:
    rules, book = both(values)
    case = SurvivorsCase(
        YOUNG, Relation.CHILD, YOUNG, Term.SHORT, heads, earnings, heads, awarded=awarded
    )
    award = award_survivors(rules, day, case)
    assert award.basic == survivors.survivors_basic(book, day, heads, spouse=None, awarded=awarded)
    assert award.employees == survivors.survivors_employees(
        book, day, pay(earnings), long_term_birth=None, heads=heads, awarded=awarded
    )


@settings(deadline=None)
@given(DAYS, BIRTHS, EARNINGS, st.integers(0, 300), st.integers(0, 300))
def test_more_months_are_never_worth_less(
    day: date, birth: date, earnings: Earnings, few: int, more: int
) -> None:
    few, many = sorted((few, more))
    rows = [
        award_old_age(
            RULES,
            day,
            OldAgeCase(
                birth,
                RULES.exemptions.credits([Run(Kind.PAID, month("1970-01"), months)]),
                earnings=Earnings.of_averages(300_000, months),
                employees_months=months,
            ),
        )
        for months in (few, many)
    ]
    assert rows[0].basic <= rows[1].basic
    assert rows[0].employees <= rows[1].employees


def test_both_refuse_what_is_not_covered() -> None:
    for day, birth in (
        (date(1998, 4, 1), YOUNG),
        (date(2027, 4, 1), YOUNG),
        (date(2025, 4, 1), date(1926, 4, 1)),
    ):
        case = OldAgeCase(birth, RULES.exemptions.credits([]), earnings=Earnings(10**6, 10))
        with pytest.raises(NotCovered):
            award_old_age(RULES, day, case)
        with pytest.raises(Unknown):
            old_age.old_age_employees(
                Book(), day, birth, Remuneration(10**6, 10), employees_months=0, basic_months=0
            )


def test_a_mistake_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    case = DisabilityCase(YOUNG, 2, children=3)
    day = date(2010, 4, 1)

    def again() -> int:
        return disability.disability_basic(Book(), day, YOUNG, 2, 3)

    assert award_disability(RULES, day, case).basic == again()
    monkeypatch.setattr(
        Book, "children", lambda self, day, count: count * self.addition(day, "child")
    )
    assert award_disability(RULES, day, case).basic != again()


def test_the_second_calculation_shares_the_tables_alone() -> None:
    allowed = {"nenkin.dated"}
    for path in Path(nenkin.recalculation.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                is_own = name.startswith("nenkin.recalculation")
                assert not name.startswith("nenkin") or is_own or name in allowed, path.name

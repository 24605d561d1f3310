"""Waits for people: added up once each, and never more than the outage that they lie in."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dr.evidence import Answer, PeopleStep
from dr.judge import judge
from dr.people_time import merged, seconds_within, subtracted, waits_of, without_people
from tests.dr.cases import FAULT
from tests.dr.synthetic import tokyo_loss

GOOD = tokyo_loss(rate=5)
moments = st.floats(-50, 150).map(lambda at: round(at, 3))
spans = st.tuples(moments, moments)


def asked(since: float, until: float | None, ended: float | None = None) -> PeopleStep:
    answer = Answer("decides", "chief", "sato", since, until, "nothing" if until is None else "yes")
    return PeopleStep("step", answers=(answer,), ended=ended, acted_at=until)


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ([], ()),
        ([(1, 2), (3, 4)], ((1, 2), (3, 4))),
        ([(3, 5), (1, 3)], ((1, 5),)),
        ([(1, 9), (2, 3)], ((1, 9),)),
        ([(2, 2), (5, 4)], ()),
    ],
)
def test_overlaps_count_once(
    given_: list[tuple[float, float]], expected: tuple[tuple[float, float], ...]
) -> None:
    assert merged(given_) == expected


@pytest.mark.parametrize(
    ("taken", "left"),
    [
        ([], ((0, 10),)),
        ([(2, 3)], ((0, 2), (3, 10))),
        ([(-5, 4)], ((4, 10),)),
        ([(8, 20), (0, 1)], ((1, 8),)),
        ([(0, 10)], ()),
        ([(20, 30)], ((0, 10),)),
    ],
)
def test_what_is_taken_is_not_left(
    taken: list[tuple[float, float]], left: tuple[tuple[float, float], ...]
) -> None:
    assert subtracted([(0, 10)], taken) == left


def test_only_what_lies_in_the_window_counts() -> None:
    assert seconds_within([(-3, 2), (1, 4), (9, 30)], 0, 10) == 5
    assert seconds_within([(-3, -1), (10, 12)], 0, 10) == 0


def test_a_question_without_an_answer_was_open_until_the_step_was_given_up() -> None:
    assert waits_of([asked(10, None, ended=70)]) == ((10, 70),)
    assert waits_of([asked(10, None)]) == ()


def test_the_outage_less_the_waits_in_it() -> None:
    people = [asked(FAULT + 5, FAULT + 12), asked(FAULT + 10, FAULT + 15)]
    assert without_people(22.0, FAULT, people) == 12.0
    assert without_people(11.0, FAULT, people) == 5.0
    assert without_people(4.0, FAULT, people) == 4.0
    assert without_people(0.0, FAULT, people) == 0.0


@given(st.lists(spans, max_size=8), st.lists(spans, max_size=8))
def test_what_is_left_and_what_is_taken_never_meet(
    some: list[tuple[float, float]], taken: list[tuple[float, float]]
) -> None:
    left = subtracted(some, taken)
    assert left == merged(left)
    whole = seconds_within(some, -100, 200)
    both = seconds_within([*left, *taken], -100, 200)
    assert both == pytest.approx(seconds_within(left, -100, 200) + seconds_within(taken, -100, 200))
    assert both == pytest.approx(seconds_within([*some, *taken], -100, 200))
    assert seconds_within(left, -100, 200) <= whole + 1e-6


@given(
    st.lists(spans, max_size=8),
    st.lists(spans, max_size=4),
    st.floats(0, 120),
    st.floats(0, 120),
    st.sampled_from([0.0, FAULT, 1_795_000_000.25]),
)
def test_without_people_is_never_more_never_negative_and_keeps_the_order(
    waits: list[tuple[float, float]],
    acts: list[tuple[float, float]],
    one: float,
    other: float,
    fault: float,
) -> None:
    people = [asked(fault + begin, fault + end, ended=fault + end) for begin, end in waits]
    people += [PeopleStep("act", acted_at=fault + begin, ended=fault + end) for begin, end in acts]
    short, long = sorted((one, other))
    assert 0 <= without_people(short, fault, people) <= short
    assert without_people(short, fault, people) <= without_people(long, fault, people) + 1e-5
    # More acts of machines never leave more to wait for people.
    fewer = without_people(long, fault, people[: len(waits)])
    assert without_people(long, fault, people) >= fewer - 1e-6


@settings(deadline=None, max_examples=20)
@given(st.lists(spans, max_size=6))
def test_the_verdict_keeps_the_invariant(waits: list[tuple[float, float]]) -> None:
    evidence = GOOD
    fault = evidence.moments.fault or 0.0
    people = tuple(
        dataclasses.replace(asked(fault + min(w), fault + max(w), ended=fault + max(w)), done=True)
        for w in waits
    )
    verdict = judge(dataclasses.replace(evidence, people=people))
    assert verdict.rto_s is not None
    assert verdict.rto_without_people_s is not None
    assert 0 <= verdict.rto_without_people_s <= verdict.rto_s
    for office, seconds in verdict.rto_without_people_s_by_office.items():
        with_people = verdict.rto_s_by_office[office]
        assert seconds is not None
        assert with_people is not None
        assert 0 <= seconds <= with_people
    assert verdict.decision == judge(evidence).decision

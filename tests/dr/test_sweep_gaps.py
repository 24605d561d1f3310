"""Gaps from lost requests: runs, windows and percentiles."""

from __future__ import annotations

import statistics
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dr.sweep.gaps import Gap, Loss, by_stream_ms, gaps_of, longest_ms, percentile, within
from dr.sweep.streams import Standing, lacking, read_losses

RATE = 100.0
NUMBERS = st.sets(st.integers(0, 400), max_size=120)


def lost(*numbers: int, office: str = "takaoka", target: str = "records") -> list[Loss]:
    return [Loss(office, target, number, 10 + number / RATE) for number in numbers]


def test_a_run_is_one_gap_and_an_answer_between_ends_it() -> None:
    found = gaps_of(lost(5, 6, 7, 9))
    assert found == (Gap("takaoka", "records", 10.05, 3), Gap("takaoka", "records", 10.09, 1))
    assert longest_ms(lost(5, 6, 7, 9), RATE) == 30


def test_streams_are_told_apart() -> None:
    losses = [*lost(1, 2), *lost(3, office="hakata"), *lost(3, 4, 5, target="payments")]
    assert by_stream_ms(losses, RATE) == {
        "hakata/records": 10,
        "takaoka/payments": 30,
        "takaoka/records": 20,
    }


def test_nothing_lost_is_no_gap() -> None:
    assert gaps_of([]) == ()
    assert longest_ms([], RATE) == 0
    assert percentile([], 99) is None


@given(NUMBERS)
def test_gaps_hold_every_loss_once_and_never_touch(numbers: set[int]) -> None:
    found = gaps_of(lost(*numbers))
    assert sum(gap.count for gap in found) == len(numbers)
    covered = [
        range(round((g.since - 10) * RATE), round((g.since - 10) * RATE) + g.count) for g in found
    ]
    assert {number for run in covered for number in run} == numbers
    for one, two in pairwise(covered):
        assert two.start > one.stop


@given(NUMBERS, st.randoms())
def test_order_and_repetition_change_nothing(numbers: set[int], chance: object) -> None:
    losses = lost(*numbers)
    mixed = [*losses, *losses]
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert gaps_of(mixed) == gaps_of(losses)


@given(NUMBERS, st.floats(9, 15), st.floats(9, 15))
def test_windows_that_meet_share_nothing_and_lose_nothing(
    numbers: set[int], one: float, two: float
) -> None:
    losses = lost(*numbers)
    parts = [within(losses, 0, one), within(losses, one, two), within(losses, max(one, two), 99)]
    whole = [loss for part in parts for loss in part]
    assert len(set(whole)) == len(whole)
    assert sorted(whole) == sorted(losses)


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=300))
def test_a_percentile_is_a_value_that_so_many_do_not_exceed(values: list[int]) -> None:
    for percent in (50, 99, 100):
        found = percentile(values, percent)
        assert found in values
        assert sum(value <= found for value in values) >= len(values) * percent / 100
        smaller = [value for value in values if value < found]
        assert len(smaller) < len(values) * percent / 100
    assert percentile(values, 50) == statistics.median_low(values)


def test_p99_of_few_is_the_largest_and_of_many_leaves_the_hundredth_out() -> None:
    assert percentile([10, 20, 900], 99) == 900
    assert percentile([10] * 99 + [900], 99) == 10
    assert percentile([10] * 98 + [900] * 2, 99) == 900


def test_a_torn_line_is_left_out() -> None:
    text = '["records", 7, 10.07]\n["records", 8, 10.08]\n["reco'
    assert read_losses("takaoka", text) == lost(7, 8)


@pytest.mark.parametrize(
    ("standing", "is_steady"),
    [
        (Standing(10.0, 20.0), True),
        (Standing(19.0, 20.0), False),  # a hole a second ago
        (Standing(10.0, 19.0), False),  # stands still
        (Standing(None, None), False),
    ],
)
def test_a_stream_is_steady_after_long_enough_without_a_hole(
    standing: Standing, is_steady: bool
) -> None:
    assert standing.is_steady(20.1, 5.0, 1.5) == is_steady


def test_what_was_steady_before_the_failure_says_nothing() -> None:
    assert not Standing(10.0, 20.0).is_steady(20.1, 19.0, 1.5)
    said = lacking({"a/x": Standing(10.0, 20.0)}, ["a/x"], 20.1, 19.0, 1.5)
    assert said == "a/x not answered without a hole yet"

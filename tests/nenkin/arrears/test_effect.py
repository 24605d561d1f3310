"""The interval of an effect: published figures, invariants, and its coverage on simulated data."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nenkin.arrears.effect import effect, wilson

GROUP = st.integers(1, 500).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))


def test_the_published_examples() -> None:
    # Newcombe (1998), Statistics in Medicine 17: 873-890, table II, method 10.
    for counts, low, high in (
        ((70, 56, 80, 48), 0.0524, 0.3339),
        ((10, 9, 10, 3), 0.1705, 0.8090),
        ((7, 6, 7, 2), 0.0582, 0.8062),
        ((56, 5, 29, 0), -0.0381, 0.1926),
        ((10, 0, 20, 0), -0.1611, 0.2775),
        ((10, 10, 20, 0), 0.6791, 1.0000),
        ((10, 10, 10, 0), 0.6075, 1.0000),
    ):
        found = effect(*counts)
        assert found.low == pytest.approx(low, abs=6e-4), counts
        assert found.high == pytest.approx(high, abs=6e-4), counts


@given(GROUP, GROUP)
def test_the_interval_holds_the_difference_and_turns_with_the_groups(
    first: tuple[int, int], second: tuple[int, int]
) -> None:
    found = effect(*first, *second)
    assert -1 <= found.low <= found.difference <= found.high <= 1
    turned = effect(*second, *first)
    assert turned.low == pytest.approx(-found.high)
    assert turned.high == pytest.approx(-found.low)
    wider = effect(*first, *second, confidence=0.99)
    assert wider.low <= found.low + 1e-12
    assert wider.high >= found.high - 1e-12


@given(GROUP)
def test_more_of_the_same_narrows_a_rate(group: tuple[int, int]) -> None:
    count, hits = group
    low, high = wilson(hits, count)
    assert 0 <= low <= hits / count <= high <= 1
    narrow_low, narrow_high = wilson(hits * 4, count * 4)
    assert narrow_high - narrow_low < high - low


@pytest.mark.parametrize(("base", "added"), [(0.3, 0.0), (0.3, 0.05), (0.05, 0.1), (0.8, -0.1)])
def test_the_interval_covers_the_effect_it_was_simulated_with(base: float, added: float) -> None:
    rng = random.Random(f"{base}/{added}")
    covered = shown = 0
    runs, treated, control = 400, 900, 100
    for _ in range(runs):
        paid = sum(rng.random() < base + added for _ in range(treated))
        left = sum(rng.random() < base for _ in range(control))
        found = effect(treated, paid, control, left)
        covered += found.low <= added <= found.high
        shown += found.is_shown
    # 95 of 100, within four standard errors.
    assert covered / runs > 0.95 - 4 * (0.95 * 0.05 / runs) ** 0.5
    assert added != 0 or shown / runs < 0.05 + 4 * (0.95 * 0.05 / runs) ** 0.5


@pytest.mark.parametrize("counts", [(0, 0, 5, 1), (5, 6, 5, 1), (5, 1, 5, -1)])
def test_counts_that_cannot_be(counts: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match=r"count 0|hits"):
        effect(*counts)

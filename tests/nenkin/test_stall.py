"""The guard: a stall admits one probe at a time, and a sign of life ends it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nenkin.outcome import Refused
from nenkin.stall import Stall


def test_below_the_limit_all_are_admitted() -> None:
    stall = Stall(limit=3)
    stall.abandon()
    stall.abandon()
    assert [stall.enter() for _ in range(5)] == [False] * 5


def test_at_the_limit_one_probe_at_a_time() -> None:
    stall = Stall(limit=1)
    stall.abandon()
    assert stall.enter() is True
    with pytest.raises(Refused, match="acknowledges no commit"):
        stall.enter()
    stall.leave(True)
    assert stall.enter() is True


def test_a_sign_of_life_admits_all() -> None:
    stall = Stall(limit=1)
    stall.abandon()
    assert stall.enter() is True
    stall.relieve()
    assert stall.enter() is False


@given(st.lists(st.booleans(), max_size=300), st.integers(1, 20))
def test_no_more_than_the_limit_and_the_probes_hang(hang: list[bool], limit: int) -> None:
    """One client after the other: each either hangs at COMMIT or is acknowledged."""
    stall = Stall(limit)
    unanswered = 0
    for hangs in hang:
        probe = stall.enter()
        assert probe == (unanswered >= limit)
        if hangs:
            stall.abandon()
            unanswered += 1
        else:
            stall.relieve()
            unanswered = 0
        stall.leave(probe)

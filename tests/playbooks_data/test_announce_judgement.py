"""The judgement of `announce`: a table of decisions, and a search for a moment in which nobody announces."""

from __future__ import annotations

import itertools
import random
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

CASES = yaml.safe_load((Path(__file__).parent / "data" / "decisions.yml").read_text())
NOW = 100.0
CENTRES = (0, 1, 2)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_decision(judgement: ModuleType, case: dict[str, Any]) -> None:
    state = judgement.State(
        case.get("announces", False),
        case.get("good", 0),
        case.get("bad", 0),
        case.get("since", 0),
        case.get("cut_off", 0),
    )
    seen = case["others"]
    others = (
        None
        if seen is None
        else [judgement.Other(f"lb{number}", **other) for number, other in enumerate(seen)]
    )
    decision = judgement.decide(state, others, name="own", rank=1, now=NOW)
    turned = decision.state.announces != state.announces
    acts = ("announce" if decision.state.announces else "withdraw") if turned else "nothing"
    assert acts == case["acts"]
    assert bool(decision.reason) == turned


def test_streaks(judgement: ModuleType) -> None:
    state = judgement.State(announces=True)
    for second, is_good in enumerate([True, True, False, False, True]):
        state = judgement.note(state, is_good=is_good, now=float(second))
    assert (state.good, state.bad, state.good_since, state.announces) == (1, 0, 4.0, True)


def test_cut_off_in_a_row(judgement: ModuleType) -> None:
    state = judgement.State(announces=True)
    for second, is_cut_off in enumerate([True, False, True, True]):
        state = judgement.note(state, is_good=is_cut_off, is_cut_off=is_cut_off, now=float(second))
    assert (state.good, state.bad, state.cut_off, state.announces) == (0, 4, 2, True)
    assert judgement.note(state, is_good=True, now=4.0).cut_off == 0


def _states(judgement: ModuleType) -> list[Any]:
    """Every state that the rules tell apart, announcing or not."""
    streaks = [(0, 0, 0.0), (0, 1, 0.0), (0, 2, 0.0), (1, 0, NOW), (2, 0, NOW), (3, 0, NOW)]
    streaks += [(2, 0, NOW - 10), (3, 0, NOW - 10)]
    return [judgement.State(on, *streak) for on in (False, True) for streak in streaks]


def _others(judgement: ModuleType, states: dict[int, Any], centre: int) -> list[Any]:
    return [
        judgement.Other(f"lb{rank}", rank, state.announces, state.is_good)
        for rank, state in states.items()
        if rank != centre
    ]


def _decide(judgement: ModuleType, states: dict[int, Any], centre: int, now: float) -> Any:
    return judgement.decide(
        states[centre],
        _others(judgement, states, centre),
        name=f"lb{centre}",
        rank=centre,
        now=now,
    ).state


def _worlds(judgement: ModuleType) -> list[dict[int, Any]]:
    every = itertools.product(_states(judgement), repeat=len(CENTRES))
    return [dict(zip(CENTRES, world, strict=True)) for world in every]


def _is_announced(states: dict[int, Any]) -> bool:
    return any(state.announces for state in states.values())


def test_never_all_withdraw_in_step(judgement: ModuleType) -> None:
    """From every state of three centres, whatever their checks say, all deciding at one moment."""
    for world in _worlds(judgement):
        for results in itertools.product((False, True), repeat=len(CENTRES)):
            noted = {c: judgement.note(world[c], is_good=results[c], now=NOW) for c in CENTRES}
            after = {c: _decide(judgement, noted, c, NOW) for c in CENTRES}
            if _is_announced(world):
                assert _is_announced(after), (world, results)
            elif any(results):
                # Somebody is good and nobody announces: this very second ends that.
                assert _is_announced(after), (world, results)


def test_only_those_cut_off_withdraw_together(judgement: ModuleType) -> None:
    """The same where some lose their LAN's gateway: as long as one of the announcers has its own, somebody announces."""
    for world in _worlds(judgement)[::7]:  # coprime to 16: every state of each centre is met
        for cut in itertools.product((False, True), repeat=len(CENTRES)):
            states = world
            for second in range(judgement.BAD_CHECKS):
                now = NOW + second
                noted = {
                    c: judgement.note(states[c], is_good=False, is_cut_off=cut[c], now=now)
                    for c in CENTRES
                }
                seen = {c: noted[c] for c in CENTRES if not cut[c]}
                states = {c: _decide(judgement, seen | {c: noted[c]}, c, now) for c in CENTRES}
            assert not any(states[c].announces for c in CENTRES if cut[c])
            if any(world[c].announces and not cut[c] for c in CENTRES):
                assert _is_announced(states), (world, cut)


def test_never_all_withdraw_in_any_order(judgement: ModuleType) -> None:
    """From every state of two centres, in every interleaving of their checks and decisions."""
    steps = [("note", 0), ("decide", 0), ("note", 1), ("decide", 1)]
    orders = [
        order
        for order in itertools.permutations(steps)
        if all(order.index(("note", c)) < order.index(("decide", c)) for c in (0, 1))
    ]
    assert len(orders) == 6
    for pair in itertools.product(_states(judgement), repeat=2):
        for results, order in itertools.product(itertools.product((False, True), repeat=2), orders):
            states = dict(enumerate(pair))
            for act, centre in order:
                if act == "note":
                    states[centre] = judgement.note(
                        states[centre], is_good=results[centre], now=NOW
                    )
                else:
                    states[centre] = _decide(judgement, states, centre, NOW)
            assert _is_announced(states) or not _is_announced(dict(enumerate(pair)))


def test_ends_with_good_announcers_only(judgement: ModuleType) -> None:
    """From every state, with checks that stay as they are: the good announce, the bad have gone."""
    for world in _worlds(judgement)[::23]:  # coprime to 16: every state of each centre is met
        for results in itertools.product((False, True), repeat=len(CENTRES)):
            if not any(results):
                continue
            states = dict(world)
            for second in range(16):
                now = NOW + second
                states = {
                    c: judgement.note(states[c], is_good=results[c], now=now) for c in CENTRES
                }
                states = {c: _decide(judgement, states, c, now) for c in CENTRES}
                assert _is_announced(states)
            assert {c for c in CENTRES if states[c].announces} == {c for c in CENTRES if results[c]}


def _timeline(seed: int, oldest_ms: int) -> list[tuple[float, str, int, int]]:
    """Checks, looks and decisions of three centres, each with its own pace, in milliseconds.

    A check is published at least 1000 ms after the last; a look at each other centre and the
    decision follow, the decision at most `oldest_ms` after the first look.
    """
    dice = random.Random(seed)
    events: list[tuple[float, str, int, int]] = []
    for centre in CENTRES:
        at = dice.uniform(0, 1000)
        for _ in range(8):
            events.append((at, "note", centre, dice.randrange(2)))
            look = at + dice.uniform(0, 50)
            end = look + dice.uniform(0, oldest_ms)
            others = [other for other in CENTRES if other != centre]
            dice.shuffle(others)
            events.append((look, "look", centre, others[0]))
            events.append((dice.uniform(look, end), "look", centre, others[1]))
            events.append((end, "decide", centre, 0))
            at += max(1000 + dice.uniform(0, 300), end - at + 1)
    return events


def _run(
    judgement: ModuleType, events: list[tuple[float, str, int, int]], states: dict[int, Any]
) -> bool:
    """Play the events; whether the address was announced by somebody all the time."""
    views: dict[tuple[int, int], Any] = {}
    is_kept = True
    for at, act, centre, value in sorted(events, key=lambda event: event[0]):
        if act == "note":
            states[centre] = judgement.note(
                states[centre], is_good=bool(value), now=NOW + at / 1000
            )
        elif act == "look":
            seen = states[value]
            views[centre, value] = judgement.Other(
                f"lb{value}", value, seen.announces, seen.is_good
            )
        else:
            others = [view for (viewer, _), view in views.items() if viewer == centre]
            states[centre] = judgement.decide(
                states[centre], others, name=f"lb{centre}", rank=centre, now=NOW + at / 1000
            ).state
        is_kept = is_kept and _is_announced(states)
    return is_kept


@settings(max_examples=500, deadline=None)
@given(seed=st.integers(0, 2**32), start=st.sets(st.sampled_from(CENTRES), min_size=1))
def test_never_all_withdraw_in_time(judgement: ModuleType, seed: int, start: set[int]) -> None:
    """With looks of their own moment and decisions up to 0.45 s later, nobody's news is too old."""
    states = {c: judgement.State(c in start) for c in CENTRES}
    assert _run(judgement, _timeline(seed, oldest_ms=450), states)


def test_search_finds_what_it_looks_for(
    judgement: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same search finds the moment in which nobody announces when home order is left out."""
    monkeypatch.setattr(judgement, "_heir", lambda announcers, _: next(iter(announcers), None))
    everybody_on = {c: judgement.State(announces=True) for c in CENTRES}
    assert not all(
        _run(judgement, _timeline(seed, oldest_ms=450), dict(everybody_on)) for seed in range(1000)
    )


def test_old_looks_would_break_it(judgement: ModuleType) -> None:
    """Why `watch` throws old looks away: 0.8 s after theirs, three leave in a circle."""
    first, second, third = CENTRES
    timeline: list[tuple[float, str, int, int]] = [
        (-1500, "note", first, 0),
        (-1000, "note", second, 0),
        (-550, "note", third, 1),
        (-510, "note", first, 0),
        (-500, "look", first, third),  # announces and is good: a reason to leave
        (-450, "note", third, 0),
        (0, "note", second, 0),
        (0, "look", second, first),  # announces and comes earlier: a reason to leave
        (300, "decide", first, 0),
        (550, "note", third, 0),
        (560, "look", third, first),
        (560, "look", third, second),  # announces and comes earlier: a reason to leave
        (600, "decide", third, 0),
    ]
    all_on = {c: judgement.State(announces=True) for c in CENTRES}
    assert _run(judgement, [*timeline, (450, "decide", second, 0)], dict(all_on))
    assert not _run(judgement, [*timeline, (800, "decide", second, 0)], dict(all_on))

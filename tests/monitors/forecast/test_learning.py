"""What is learned of durations and of tonight's tempo."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from monitors.forecast.belief import Belief
from monitors.forecast.drawing import draw_durations
from monitors.forecast.history import InvalidHistory, read_history, write_history
from monitors.forecast.learning import described
from monitors.forecast.made_up import made_up
from monitors.forecast.run_state import RunState
from monitors.forecast.simulation import ENDED, RUNNING
from monitors.forecast.tempo import GRID, tempo_posterior
from tests.monitors.forecast.honesty import draw, learnt, past


def a_state(count: int, now: float = 0.0) -> RunState:
    """A night in which nothing has begun."""
    nan = np.full(count, np.nan)
    none = np.zeros(count, np.int64)
    return RunState(now, none, nan, nan.copy(), nan.copy(), none.copy(), none.copy())


def a_belief(count: int, **other: float) -> Belief:
    flat = np.ones(count)
    return Belief(np.log(10 * flat), 0.3 * flat, 0 * flat, 0.6 * flat, other.get("tempo_sd", 0.1))


def test_the_truth_is_found_again() -> None:
    made = made_up(1)
    known = learnt(made, "own", 1, 150)
    assert np.abs(known.mean - made.mean).mean() < 0.04
    assert abs((known.sd / made.sd).mean() - 1) < 0.05
    assert 0.06 < known.tempo_sd < 0.1
    truth = made.by_kind["month-end"]
    assert np.corrcoef(known.by_kind["month-end"], truth)[0, 1] > 0.4
    assert np.abs(known.slope - made.slope).mean() < np.abs(made.slope - 1).mean()


def test_few_nights_stay_near_the_description_and_many_leave_it() -> None:
    made = made_up(3, 40)
    wrong = {job.name: replace(job.duration, median_min=100.0) for job in made.night.jobs}
    name = made.network.names[0]
    alone = described(made.network.names, wrong)
    assert np.allclose(alone.mean, np.log(100))
    twice = learnt(replace(made, night=replace(made.night, jobs=made.night.jobs)), "own", 3, 60)
    assert abs(twice.mean[0] - made.mean[0]) < 0.2, name


def test_heavy_tails_and_a_wandering_tempo_are_noticed() -> None:
    made = made_up(1)
    own, heavy = learnt(made, "own", 1, 100), learnt(made, "heavy", 1, 100)
    assert own.wide < 0.01 < heavy.wide
    assert own.drift_sd < 0.015 < heavy.drift_sd


def test_tempo_is_learned_from_ended_jobs_and_from_those_still_running() -> None:
    belief = a_belief(40)
    middle = GRID[np.argmax(tempo_posterior(belief, a_state(40)))]
    assert abs(middle) < 0.01
    ended = a_state(40, 100.0)
    ended.first[:20] = 12.5
    ended.status[:20] = ENDED
    weights = tempo_posterior(belief, ended)
    assert weights @ GRID == pytest.approx(np.log(1.25) * 0.69, abs=0.02)  # shrunk by 20 jobs
    late = a_state(40, 100.0)
    late.status[:20], late.attempt[:20], late.started[:20] = RUNNING, 1, 85.0
    assert tempo_posterior(belief, late) @ GRID > 0.1


def test_what_runs_longer_than_usual_has_more_left_not_less() -> None:
    belief = a_belief(1)
    left = []
    for elapsed in (2.0, 15.0, 25.0):
        state = a_state(1, elapsed)
        state.status[0], state.attempt[0], state.started[0] = RUNNING, 1, 0.0
        drawn = draw_durations(belief, state, np.zeros(20_000), np.random.default_rng(1))
        assert (drawn > 0).all()
        left.append(float(drawn.mean()))
    assert min(left[1:]) > 1.5  # what is expected less what is gone would be below 0
    # Against rejection: the same conditional mean.
    whole = 10 * np.exp(0.3 * np.random.default_rng(2).standard_normal(2_000_000))
    assert left[1] == pytest.approx((whole[whole > 15] - 15).mean(), rel=0.05)


def test_history_comes_back_and_a_broken_line_is_named(tmp_path: Path) -> None:
    made = made_up(2, 20)
    nights = [past(made, draw(made, "own", n, 2)) for n in range(3)]
    path = tmp_path / "history.jsonl"
    write_history(path, nights)
    assert read_history(path) == tuple(nights)
    path.write_text(path.read_text() + '{"day": "2026-01-01"}\n')
    with pytest.raises(InvalidHistory, match=r"history\.jsonl:4: .*take the line out"):
        read_history(path)

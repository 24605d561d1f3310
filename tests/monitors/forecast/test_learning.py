"""What is learned of durations and of tonight's tempo."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from monitors.forecast.belief import NORMAL, Belief
from monitors.forecast.drawing import draw_durations
from monitors.forecast.history import InvalidHistory, read_history, write_history
from monitors.forecast.learning import described, learn
from monitors.forecast.made_up import made_up
from monitors.forecast.network import Floats
from monitors.forecast.noise import draw_above, draw_among, draw_noise, log_survival
from monitors.forecast.run_state import RunState
from monitors.forecast.simulation import ENDED, RUNNING
from monitors.forecast.tempo import draw_tempo
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


def test_heavy_tails_a_wandering_tempo_and_nights_of_failures_are_noticed() -> None:
    made = made_up(1, 150)
    own, heavy = learnt(made, "own", 1, 100), learnt(made, "heavy", 1, 100)
    assert heavy.freedom <= 8 < 50 <= own.freedom
    assert own.wander_sd < 0.02 < heavy.wander_sd
    assert heavy.clusters < 5 < own.clusters
    # Some reruns take three times what most take.
    assert own.reruns == ()
    assert np.exp(heavy.reruns[-10]) > 2 > 1.2 > np.exp(np.median(heavy.reruns))


def middle_tempo(belief: Belief, state: RunState) -> Floats:
    return np.asarray(
        draw_tempo(belief, state, 4000, np.random.default_rng(1)).mean(axis=0), np.float64
    )


def test_tempo_is_learned_from_ended_jobs_and_from_those_still_running() -> None:
    belief = a_belief(40)
    assert np.abs(middle_tempo(belief, a_state(40))).max() < 0.01
    ended = a_state(40, 100.0)
    ended.first[:20] = 12.5
    ended.status[:20] = ENDED
    found = middle_tempo(belief, ended)
    assert found == pytest.approx(np.log(1.25) * 0.69, abs=0.02)  # shrunk by 20 jobs
    late = a_state(40, 100.0)
    late.status[:20], late.attempt[:20], late.started[:20] = RUNNING, 1, 85.0
    assert (middle_tempo(belief, late) > 0.1).all()


def test_a_wandering_tempo_tells_more_of_the_next_jobs_than_of_the_last() -> None:
    ended = a_state(120, 100.0)
    ended.first[:30] = 12.5
    ended.status[:30] = ENDED
    found = middle_tempo(replace(a_belief(120), tempo_sd=0.03, wander_sd=0.1, reach=20.0), ended)
    assert found[30] > 2 * found[119] > 0


def test_one_job_that_hangs_does_not_slow_the_night() -> None:
    hangs = a_state(40, 1000.0)
    hangs.status[0], hangs.attempt[0], hangs.started[0] = RUNNING, 1, 0.0
    assert middle_tempo(a_belief(40), hangs)[1] < 0.05
    far = a_state(40, 1000.0)
    far.first[:20], far.status[:20] = 10.0, ENDED
    far.first[0] = 900.0
    robust = replace(a_belief(40), freedom=4.0)
    assert middle_tempo(robust, far)[30] < 0.03 < middle_tempo(a_belief(40), far)[30]


def test_failures_seen_tonight_make_more_of_them_likely_where_they_come_in_clusters() -> None:
    state = a_state(40, 100.0)
    state.first[:20], state.status[:20], state.attempt[:20] = 10.0, ENDED, 1
    state.attempt[:3] = 2
    belief = replace(a_belief(40), failure=np.full(40, 0.02))

    def reruns(clusters: float) -> float:
        one = replace(belief, sd=np.full(40, 1e-6), share=np.ones(40), clusters=clusters)
        drawn = draw_durations(one, state, np.zeros(4000), np.random.default_rng(1))
        return float((drawn[:, 20:] > 15).mean())

    assert reruns(np.inf) == pytest.approx(0.02, abs=0.005)
    assert reruns(1.0) == pytest.approx(0.02 * 4 / 1.4, abs=0.01)


@pytest.mark.parametrize("before", [0, 200])
def test_a_job_that_ran_longer_for_twenty_nights_is_foreseen_longer(before: int) -> None:
    made = made_up(3, 40)
    name = made.network.names[5]
    nights = [past(made, draw(made, "own", n, 3)) for n in range(before + 20)]
    for one in nights[before:]:
        one.minutes[name] *= 1.3
    told = {job.name: job.duration for job in made.night.jobs}
    found, usual = learn(nights, made.network.names, told), described(made.network.names, told)
    longer = np.exp(
        found.mean - (learn(nights[:before], made.network.names, told) if before else usual).mean
    )
    assert longer[5] > 1.2
    assert np.median(longer) == pytest.approx(1, abs=0.06)


def test_a_rerun_that_is_late_is_one_of_the_long_ones() -> None:
    pool = np.array([*[-0.2] * 8, *[1.0] * 2])
    random = np.random.default_rng(1)
    fresh = draw_among(pool, np.full(4000, -np.inf), random)
    assert (fresh > 0.5).mean() == pytest.approx(0.2, abs=0.03)
    late = draw_among(pool, np.full(4000, 0.3), random)
    assert late.min() > 0.7
    later = draw_among(pool, np.full(4000, 1.5), random)
    assert later.min() >= 1.5
    assert later.mean() == pytest.approx(1.8, abs=0.05)


@pytest.mark.parametrize("freedom", [3.0, 8.0, NORMAL])
def test_what_is_drawn_above_is_the_tail_of_what_is_drawn(freedom: float) -> None:
    random = np.random.default_rng(3)
    whole = draw_noise((400_000,), freedom, random)
    above = draw_above(np.full(50_000, 1.5), freedom, random)
    assert above.min() >= 1.5
    assert np.median(above) == pytest.approx(np.median(whole[whole > 1.5]), rel=0.02)
    assert (whole > 1.5).mean() == pytest.approx(
        float(np.exp(log_survival(np.array([1.5]), freedom))[0]), rel=0.05
    )


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

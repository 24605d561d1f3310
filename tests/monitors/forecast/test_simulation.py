"""The simulation and the dispatch rule are one and the same."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitors.forecast.dispatch_rule import Turn, TurnState, falls_after, may_start
from monitors.forecast.made_up import made_up, serial_plan
from monitors.forecast.network import InvalidPlan, Network, network_of
from monitors.forecast.simulation import Decision, run_nights
from monitors.night.night import Duration, Night, NightJob, Pool


def a_night(seed: int, jobs: int, *, falls: bool = True) -> tuple[Night, Network]:
    """A small night with exclusive jobs, earliest minutes and pools that change."""
    random = np.random.default_rng(seed)
    rows = []
    for index in range(jobs):
        before = [k for k in range(index) if random.random() < 2.0 / jobs]
        rows.append(
            NightJob(
                name=f"j{index:02d}",
                net="n",
                duration=Duration(5.0),
                demands={"cpu": int(random.integers(1, 4)), "io": int(random.integers(0, 3))},
                after=tuple(f"j{k:02d}" for k in before),
                exclusive=("ledger",) if random.random() < 0.2 else (),
                not_before=int(random.choice([0, 0, 10, 30])),
            )
        )
    cpu = ((0, 6), (20, 3), (45, 7)) if falls else ((0, 6),)
    pools = (Pool("cpu", cpu), Pool("io", ((0, 3), (15, 4), (40, 2))))
    night = Night(date(2026, 4, 1), "weekday", tuple(rows), pools, 0, 500)
    minutes = [float(random.integers(1, 12)) for _ in rows]
    starts = serial_plan(night, minutes)
    named = {row.name: m for row, m in zip(rows, minutes, strict=True)}
    return night, network_of(night, starts, named)


def dispatched(night: Night, network: Network, minutes: np.ndarray) -> np.ndarray:
    """Start times of a night in which `may_start` is asked at every moment at which anything changes."""
    jobs = {job.name: job for job in night.jobs}
    count = len(network.names)
    state = [TurnState.WAITING] * count
    started = np.full(count, np.inf)
    moments = sorted(
        {float(s) for p in night.pools for s, _ in p.steps}
        | {float(job.not_before) for job in night.jobs}
        | set(network.planned.tolist())
    )
    now = 0.0
    while True:
        for i in range(count):
            if state[i] is TurnState.RUNNING and started[i] + minutes[i] <= now:
                state[i] = TurnState.ENDED
        free = {
            pool.name: next(u for since, u in reversed(pool.steps) if since <= now)
            - sum(
                jobs[network.names[i]].demands.get(pool.name, 0)
                for i in range(count)
                if state[i] is TurnState.RUNNING
            )
            for pool in night.pools
        }
        turns = [
            Turn(
                name,
                state[i],
                jobs[name].demands,
                network.planned[i],
                network.minutes[i],
                jobs[name].after,
                jobs[name].exclusive,
                jobs[name].not_before,
                started[i] if state[i] is TurnState.RUNNING else None,
            )
            for i, name in enumerate(network.names)
        ]
        for name in may_start(turns, free, now, falls_after(night.pools, turns, now)):
            i = network.names.index(name)
            state[i] = TurnState.RUNNING
            started[i] = now
        ends = [started[i] + minutes[i] for i in range(count) if state[i] is TurnState.RUNNING]
        coming = [t for t in (*ends, *moments) if t > now]
        if all(s is not TurnState.WAITING for s in state) or not coming:
            return started
        now = min(coming)


@given(st.integers(0, 10_000), st.integers(2, 25))
@settings(max_examples=60, deadline=None)
def test_simulation_starts_what_the_rule_starts(seed: int, jobs: int) -> None:
    night, network = a_night(seed, jobs)
    random = np.random.default_rng(seed + 1)
    minutes = network.minutes * np.exp(0.5 * random.standard_normal(jobs))
    simulated = run_nights(network, minutes[None, :], now=0.0).starts[0]
    assert np.array_equal(simulated, dispatched(night, network, minutes))


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_with_the_plans_durations_nobody_starts_later_than_planned(seed: int) -> None:
    _, network = a_night(seed, 30)
    nights = run_nights(network, network.minutes[None, :], now=0.0)
    assert (nights.starts[0] <= network.planned).all()


@pytest.mark.parametrize("seed", range(3))
def test_pools_are_never_overdrawn_and_predecessors_have_ended(seed: int) -> None:
    made = made_up(seed)
    network = made.network
    night = made.drawn(1, np.random.default_rng(seed))
    run = run_nights(network, (night.first + night.rerun)[None, :], now=made.night.begins)
    starts, ends = run.starts[0], run.ends[0]
    demand = np.zeros((len(network.names), network.pools), int)
    for i in range(len(network.names)):
        for q in range(network.take_from[i], network.take_from[i + 1]):
            demand[i, network.take_of[q]] = network.take_units[q]
        for q in range(network.next_from[i], network.next_from[i + 1]):
            assert starts[network.next_of[q]] >= ends[i]
    for moment in starts:
        running = (starts <= moment) & (ends > moment)
        assert (demand[running].sum(axis=0) <= network.units[: network.pools]).all()


def test_a_dropped_job_frees_those_behind_it_and_lent_units_help() -> None:
    made = made_up(4)
    network = made.network
    count = len(network.names)
    minutes = np.exp(made.mean)[None, :] * 1.2
    usual = run_nights(network, minutes, now=1200).finishes[0]
    every_third = (np.arange(count) % 3 == 0).astype(np.int64)
    dropped = run_nights(network, minutes, now=1200, decision=Decision(every_third, 1300.0))
    assert dropped.finishes[0] < usual
    assert (~np.isfinite(dropped.starts[0]) <= (every_third == 1)).all()
    lends = tuple((1230.0, pool, 5) for pool in range(network.pools))
    lent = run_nights(network, minutes, now=1200, decision=Decision(lends=lends))
    assert lent.finishes[0] < usual


def test_what_a_plan_lacks_is_said() -> None:
    made = made_up(2, 20)
    starts = dict(made.starts)
    gone = starts.popitem()[0]
    with pytest.raises(InvalidPlan, match=f"no start for {gone}; plan the night again"):
        network_of(made.night, starts, made.minutes)

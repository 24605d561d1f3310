"""The odds of a whole night, and the search for a plan and for hardware that are safe enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from monitors.forecast.learning import learn, usual_durations
from monitors.forecast.odds import Futures, Odds, draw_futures, odds_of
from monitors.forecast.safe_hardware import find_safe_hardware, sized
from monitors.forecast.safe_kinds import Fit, judge_night, plain_plan, ways_out
from monitors.forecast.safe_plan import LEVELS, find_safe_plan, lowest_safe
from monitors.night.conversion import as_project
from monitors.night.hardware import LeastHardware, find_least_hardware
from monitors.night.night import Duration, Night, NightJob
from monitors.night.plan import Plan
from monitors.night.planning import as_plan, plan_night
from monitors.planning.failures import NoPlan
from monitors.planning.investment import Investment, cost_of, peaks_of
from monitors.planning.project import Project, Schedule
from tests.monitors.night.nights import first_come, job, night


def fixed(one: Night, minutes: dict[str, float], rows: int = 1) -> Futures:
    """Futures in which every job takes what is said."""
    names = tuple(sorted(job.name for job in one.jobs))
    return Futures(names, np.tile([minutes[name] for name in names], (rows, 1)))


CHAIN = night(
    job("a", 60), job("b", 60, after=("a",), deadline=1080 + 150), job("c", 60, after=("b",)),
    opening=1080 + 240,
)  # fmt: skip


def test_a_night_as_planned_meets_everything_and_a_slow_one_what_it_can() -> None:
    plan = plan_night(CHAIN, 0.5, first_come)
    sure = odds_of(CHAIN, plan, fixed(CHAIN, {"a": 60, "b": 60, "c": 60}), 0.9)
    assert (sure.p_met, sure.p_opening, sure.finish, sure.opening) == (1, 1, 1260, CHAIN.opening)
    assert sure.risks == ()
    slow = odds_of(CHAIN, plan, fixed(CHAIN, {"a": 60, "b": 60, "c": 130}), 0.9)
    assert (slow.p_met, slow.p_opening, slow.opening) == (0, 0, 1330)
    assert [(risk.job, risk.p_miss) for risk in slow.risks] == [("c", 1)]
    # No opening helps who misses the bank.
    late = odds_of(CHAIN, plan, fixed(CHAIN, {"a": 100, "b": 60, "c": 30}), 0.9)
    assert (late.p_met, late.p_opening, late.opening) == (0, 1, None)


def test_until_stands_in_for_later_deadlines_alone() -> None:
    plan = plan_night(CHAIN, 0.5, first_come)
    usual = fixed(CHAIN, {"a": 60, "b": 60, "c": 60})
    assert odds_of(CHAIN, plan, usual, 0.9, until=1260).p_met == 1
    assert odds_of(CHAIN, plan, usual, 0.9, until=1259).p_met == 0


def test_the_probability_of_one_job_is_its_quantile_in_a_night_with_a_tempo() -> None:
    one = night(job("a", 100), opening=1080 + 130)
    plan = plan_night(one, 0.5, first_come)
    found = odds_of(one, plan, draw_futures(one, 20_000), 0.8)
    belief = learn((), ("a",), usual_durations(one)).belief(one)
    spread = float(np.hypot(belief.sd[0], belief.tempo_sd))
    assert found.p_met == pytest.approx(norm.cdf(np.log(1.3) / spread), abs=0.015)
    assert found.error < 0.01


def test_a_failure_and_its_rerun_are_in_the_odds() -> None:
    sure = night(job("a", 100, ), opening=1080 + 230)  # fmt: skip
    breaks = replace(sure, jobs=(replace(sure.jobs[0], duration=Duration(100, 0.3, 0.3, 1.0)),))
    plan = plan_night(sure, 0.5, first_come)
    assert odds_of(sure, plan, draw_futures(sure, 4000), 0.8).p_met > 0.97
    assert odds_of(breaks, plan, draw_futures(breaks, 4000), 0.8).p_met < 0.93


def test_what_a_night_says_holds_at_its_volume() -> None:
    """The description has tonight's minutes already: they are not multiplied by tonight's volume once more."""
    double = night(job("a", 60, volume=2.0))
    assert usual_durations(double)["a"].median_min == 30
    assert np.median(draw_futures(double, 4000).minutes) == pytest.approx(60, rel=0.03)


@st.composite
def nights(draw: st.DrawFn) -> Night:
    """Small nights of chains on a few cores."""
    count = draw(st.integers(2, 8))
    jobs: list[NightJob] = []
    for index in range(count):
        after = (
            tuple(f"j{k}" for k in draw(st.sets(st.integers(0, index - 1), max_size=2)))
            if index
            else ()
        )
        due = draw(st.none() | st.integers(1200, 1900))
        jobs.append(
            job(
                f"j{index}",
                draw(st.integers(5, 60)),
                after=after,
                deadline=due,
                tier=draw(st.integers(1, 3)),
            )
        )
    return night(*jobs, cores=draw(st.integers(1, 3)))  # fmt: skip


@given(nights(), st.integers(0, 240), st.integers(0, 240))
@settings(max_examples=30, deadline=None)
def test_more_time_never_lowers_the_odds(one: Night, more: int, still_more: int) -> None:
    first = _relaxed(one, 0)
    plan = plan_night(replace(first, opening=9999), 0.5, _careless)
    futures = draw_futures(one, 200)
    found = [
        odds_of(_relaxed(one, minutes), plan, futures, 0.8)
        for minutes in (0, more, more + still_more)
    ]
    assert [odds.p_met for odds in found] == sorted(odds.p_met for odds in found)
    assert [odds.p_opening for odds in found] == sorted(odds.p_opening for odds in found)
    # When all ends does not hang on by when it should.
    assert len({odds.finish for odds in found}) == 1


@given(nights(), st.floats(0.5, 0.99), st.floats(0.5, 0.99))
@settings(max_examples=30, deadline=None)
def test_a_higher_level_ends_later_and_asks_for_a_later_opening(
    one: Night, level: float, other: float
) -> None:
    free = replace(one, jobs=tuple(replace(j, deadline=None) for j in one.jobs))
    plan = plan_night(replace(free, opening=9999), 0.5, _careless)
    futures = draw_futures(free, 200)
    low, high = (odds_of(free, plan, futures, p) for p in sorted((level, other)))
    assert low.finish <= high.finish
    assert low.opening is not None
    assert high.opening is not None
    assert low.opening <= high.opening
    # With that opening it is reached.
    later = replace(free, opening=high.opening)
    assert odds_of(later, plan, futures, high.level).is_reached


def _careless(project: Project) -> Schedule:
    from monitors.night.earliest import earliest_schedule

    return earliest_schedule(project)


def _relaxed(one: Night, minutes: int) -> Night:
    jobs = tuple(
        replace(j, deadline=None if j.deadline is None else j.deadline + minutes) for j in one.jobs
    )
    return replace(one, jobs=jobs, opening=one.opening + minutes)


@given(st.integers(0, len(LEVELS)))
def test_the_lowest_safe_level_is_found_in_three_tries(first: int) -> None:
    asked: list[float] = []

    def is_safe(level: float) -> bool:
        asked.append(level)
        return LEVELS.index(level) >= first

    assert lowest_safe(LEVELS, is_safe) == (LEVELS[first] if first < len(LEVELS) else None)
    assert len(asked) == 3


def test_the_safe_plan_is_confirmed_and_of_those_the_earliest() -> None:
    """Two jobs on one core, one with a deadline: short plans put it last, careful ones first."""
    one = night(job("bank", 60, deadline=1080 + 170), job("long", 100), cores=1, opening=1080 + 400)

    def last_minute(quantile: float) -> Plan:
        project = as_project(one, quantile)
        bank, long = (task.duration for task in project.tasks)
        fits = long + bank <= 170
        starts = (long, 0) if fits else (0, bank)
        return as_plan(one, project, Schedule(starts, long + bank, 0), quantile)

    safe = find_safe_plan(one, 0.9, last_minute, draw_futures(one, 2000))
    assert safe.odds.is_reached
    assert [j.name for j in safe.plan.jobs] == ["bank", "long"]
    assert safe.plan.probability == round(safe.odds.p_met, 4)
    assert safe.plan.wanted == 0.9
    assert {t.quantile: t.p_met is not None and t.p_met >= 0.9 for t in safe.tried}[0.5] is False


def test_where_nothing_is_safe_the_safest_is_given_and_where_nothing_fits_the_clash() -> None:
    tight = night(job("a", 60), job("b", 60, after=("a",)), opening=1080 + 130)
    safe = find_safe_plan(
        tight, 0.95, lambda q: plan_night(tight, q, first_come), draw_futures(tight, 2000)
    )
    assert not safe.odds.is_reached
    assert 0.3 < safe.odds.p_met < 0.9
    assert safe.odds.opening is not None
    assert safe.odds.opening > tight.opening
    none = replace(tight, opening=1080 + 100)
    with pytest.raises(NoPlan):
        find_safe_plan(
            none, 0.95, lambda q: plan_night(none, q, first_come), draw_futures(none, 100)
        )


def test_what_must_give_is_told_with_what_it_brings() -> None:
    jobs = [job("a", 60, tier=1), job("b", 60, tier=2), job("c", 60, tier=3)]
    full = night(*jobs, cores=1, opening=1080 + 200)
    futures = draw_futures(full, 2000)
    odds = odds_of(full, plan_night(full, 0.5, first_come), futures, 0.95)
    found = {relief.way: relief for relief in ways_out(full, 0.5, 0.95, first_come, futures, odds)}
    assert set(found) == {"drop-tier-3", "drop-tier-2", "more-hardware", "open-later"}
    assert all((relief.probability or 0) > odds.p_met for relief in found.values())
    assert found["drop-tier-2"].probability == pytest.approx(0.99, abs=0.02)
    later = replace(full, opening=full.opening + int(found["open-later"].cost))
    assert odds_of(later, plan_night(later, 0.5, first_come), futures, 0.95).is_reached


def test_a_later_opening_is_offered_only_where_it_is_enough() -> None:
    chain = night(job("a", 60), job("b", 60, after=("a",)), opening=1080 + 100)
    futures = draw_futures(chain, 2000)
    found = {relief.way: relief for relief in ways_out(chain, 0.5, 0.95, first_come, futures)}
    offered = found["open-later"]
    assert offered.probability == 0.95
    later = replace(chain, opening=chain.opening + int(offered.cost))
    assert odds_of(later, plan_night(later, 0.5, first_come), futures, 0.95).is_reached
    less = replace(chain, opening=later.opening - 15)
    assert not odds_of(less, plan_night(less, 0.5, first_come), futures, 0.95).is_reached
    # A bank that waits for nobody: the best opening leaves its cut-off missed in half of all nights.
    bank = replace(chain.jobs[0], deadline=1080 + 61, deadline_reason="cut-off")
    for opening in (1080 + 100, 1080 + 130):
        one = replace(chain, jobs=(bank, chain.jobs[1]), opening=opening)
        odds = (
            odds_of(one, plan_night(one, 0.5, first_come), futures, 0.95)
            if opening == 1080 + 130
            else None
        )
        told = ways_out(one, 0.5, 0.95, first_come, futures, odds)
        assert "open-later" not in {relief.way for relief in told}


@pytest.mark.parametrize(
    ("opening", "fit", "is_plain"),
    [(1080 + 400, Fit.FITS, True), (1080 + 125, Fit.RISKY, False), (1080 + 90, Fit.NO, False)],
)
def test_a_kind_of_night_is_judged(opening: int, fit: Fit, is_plain: bool) -> None:
    one = night(job("a", 60), job("b", 60, after=("a",)), opening=opening)
    judged = judge_night(one, 0.9, first_come)
    assert (judged.fit, judged.is_plain) == (fit, is_plain)
    assert (judged.plan is None) == (fit is Fit.NO)
    assert bool(judged.reliefs) == (fit is not Fit.FITS)


def test_a_plain_run_that_breaks_a_deadline_is_none() -> None:
    assert plain_plan(night(job("a", 60), opening=1080 + 50), 0.5) is None
    plan = plain_plan(night(job("a", 60)), 0.5)
    assert plan is not None
    assert plan.bound == plan.finish == 1140


def _investor(project: Project, deadline: int) -> Investment:
    """All early, and then all as they come on as many units as the longest job's share asks for."""
    schedule = _careless(project)
    best = None
    for units in range(1, project.resources[0].capacity[0][1] + 1):
        narrow = Project(
            project.name,
            project.tasks,
            (replace(project.resources[0], capacity=((0, units),)), *project.resources[1:]),
        )
        schedule = _careless(narrow)
        if schedule.end <= deadline:
            best = schedule
            break
    if best is None:
        raise NoPlan(project, ())
    peaks = peaks_of(project, best.starts)
    return Investment(peaks, cost_of(project, peaks), 1000.0, best, 0.0)


def _sizes(one: Night, levels: Sequence[float]) -> list[tuple[float, Odds]]:
    futures = draw_futures(one, 2000)

    def invest(quantile: float) -> LeastHardware:
        return find_least_hardware(one, quantile, _investor)

    return [
        (found.yen, found.odds)
        for level in levels
        for found in [
            find_safe_hardware(
                one, 0.5, level, invest, lambda o, q: plan_night(o, q, first_come), futures
            )
        ]
    ]


def test_confidence_costs_hardware_and_the_price_is_told() -> None:
    many = night(*(job(f"j{k}", 60) for k in range(12)), cores=12, opening=1080 + 240)
    found = _sizes(many, [0.5, 0.8, 0.95])
    assert all(odds.is_reached for _, odds in found)
    assert [yen for yen, _ in found] == sorted(yen for yen, _ in found)
    assert found[0][0] < found[-1][0]


def test_no_hardware_makes_a_chain_shorter() -> None:
    chain = night(job("a", 60), job("b", 60, after=("a",)), opening=1080 + 130)
    ((_, odds),) = _sizes(chain, [0.99])
    assert not odds.is_reached


@given(nights(), st.integers(1, 4), st.integers(0, 4))
@settings(max_examples=20, deadline=None)
def test_a_sized_night_has_these_units_and_no_others(one: Night, units: int, more: int) -> None:
    large = sized(one, {"cores": units + more})
    assert [pool.steps for pool in large.pools] == [((0, units + more),)]
    assert sized(one, {}) == one

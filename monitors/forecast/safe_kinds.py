"""Whether a kind of night is safe enough, and what must give where it is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from inventory.clock import spell_minute
from monitors.forecast.history import PastNight
from monitors.forecast.odds import Futures, Odds, draw_futures, odds_of
from monitors.forecast.safe_plan import LEVELS, find_safe_plan
from monitors.night.conversion import as_project
from monitors.night.earliest import earliest_schedule
from monitors.night.kinds import NightKind
from monitors.night.night import Night
from monitors.night.plan import Plan
from monitors.night.planning import Planner, as_plan, plan_night
from monitors.night.relief import Relief, find_reliefs
from monitors.planning.bounds import simple_bound
from monitors.planning.checking import faults_of
from monitors.planning.failures import NoPlan, PlanFailed
from monitors.planning.project import Schedule

__all__ = ["Fit", "JudgedNight", "judge_kind", "judge_night", "plain_plan", "ways_out"]

_NIGHTS = 3_000
_PLAIN = 0.8
"""The plain run comes first, with this quantile of each job: it costs nothing, and most nights need no more."""


class Fit(StrEnum):
    """How a night stands to its window."""

    FITS = "fits"
    RISKY = "risky"
    """It has a plan, which meets every deadline less often than wanted."""
    NO = "does-not-fit"
    UNDECIDED = "undecided"
    """Neither found nor proven impossible within the time."""


@dataclass(frozen=True, slots=True)
class JudgedNight:
    """How a night fits, its plan with its odds, whether a plain run was enough, and what would have to give."""

    fit: Fit
    plan: Plan | None = None
    odds: Odds | None = None
    is_plain: bool = False
    reliefs: tuple[Relief, ...] = ()


def judge_night(
    night: Night,
    level: float,
    planner: Planner,
    *,
    seed: int = 1,
    history: Sequence[PastNight] = (),
) -> JudgedNight:
    """Run the night plainly, and plan it where that is not safe enough."""
    futures = draw_futures(night, _NIGHTS, seed=seed, history=history)
    plain = plain_plan(night, _PLAIN)
    if plain is not None:
        odds = odds_of(night, plain, futures, level)
        if odds.is_reached:
            return JudgedNight(Fit.FITS, plain, odds, is_plain=True)
    try:
        safe = find_safe_plan(night, level, lambda q: plan_night(night, q, planner), futures)
    except NoPlan:
        return JudgedNight(Fit.NO, reliefs=ways_out(night, LEVELS[0], level, planner, futures))
    except PlanFailed:
        return JudgedNight(Fit.UNDECIDED)
    if safe.odds.is_reached:
        return JudgedNight(Fit.FITS, safe.plan, safe.odds)
    reliefs = ways_out(night, safe.plan.confidence, level, planner, futures, safe.odds)
    return JudgedNight(Fit.RISKY, safe.plan, safe.odds, reliefs=reliefs)


def judge_kind(
    kind: NightKind,
    level: float,
    planner: Planner,
    *,
    seed: int = 1,
    history: Sequence[PastNight] = (),
) -> tuple[JudgedNight, int]:
    """Judge the heaviest night, and of how many nights of the kind the same must be said.

    The lighter ones are judged in turn until one is safe, as if all that have still less work were.
    """
    judged = judge_night(kind.night, level, planner, seed=seed, history=history)
    if judged.fit is Fit.FITS:
        return judged, 0
    unsafe = kind.alike
    for count, night in kind.lighter:
        if _is_safe(night, level, planner, seed, history):
            break
        unsafe += count
    return judged, unsafe


def _is_safe(
    night: Night, level: float, planner: Planner, seed: int, history: Sequence[PastNight]
) -> bool:
    futures = draw_futures(night, _NIGHTS, seed=seed, history=history)
    plain = plain_plan(night, _PLAIN)
    if plain is not None and odds_of(night, plain, futures, level).is_reached:
        return True
    try:
        safe = find_safe_plan(night, level, lambda q: plan_night(night, q, planner), futures)
    except PlanFailed:
        return False
    return safe.odds.is_reached


def ways_out(
    night: Night,
    quantile: float,
    level: float,
    planner: Planner,
    futures: Futures,
    odds: Odds | None = None,
) -> tuple[Relief, ...]:
    """What may give, each alone, with the probability that every deadline is met then; what helps most comes first.

    `odds` are those of the night as it is, where it has a plan: what does not better them is left out.
    """

    openings = [] if odds is None else [odds.opening]

    def judge(other: Night, plan: Plan) -> float:
        if other.opening != night.opening:
            # Planned as if nothing opened: which opening would do for that plan.
            openings.append(odds_of(night, plan, futures, level).opening)
        return odds_of(other, plan, futures, level).p_met

    found = [
        relief
        for relief in find_reliefs(night, quantile, planner, judge)
        if relief.way != "open-later"
    ]
    if odds is not None:
        # A plan with shorter durations was tried by the search already.
        found = [
            relief
            for relief in found
            if relief.way != "lower-confidence" and (relief.probability or 0.0) > odds.p_met
        ]
    # Only an opening that reaches the wanted probability is offered; where deadlines from outside forbid it, none is.
    enough = [one for one in openings if one is not None and one > night.opening]
    if enough:
        first = min(enough)
        later = first - night.opening
        text = (
            f"open {later} minutes later, at {spell_minute(first)} instead of "
            f"{spell_minute(night.opening)}"
        )
        found.append(Relief("open-later", text, first, later, level))
    return tuple(sorted(found, key=lambda relief: -(relief.probability or 0.0)))


def plain_plan(night: Night, quantile: float) -> Plan | None:
    """Everything as early as the pools allow, first come, first served; None where that breaks anything."""
    project = as_project(night, quantile)
    schedule = earliest_schedule(project)
    if faults_of(project, schedule.starts, schedule.end):
        return None
    bound = min(simple_bound(project), schedule.end)
    return as_plan(night, project, Schedule(schedule.starts, schedule.end, bound), quantile)

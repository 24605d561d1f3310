"""What must give when a night does not fit: each way out by itself, tried by planning the night with it."""

from __future__ import annotations

from dataclasses import dataclass

from inventory.clock import spell_minute
from monitors.night.conversion import as_project, dropped, ends_by, origin, planned_minutes
from monitors.night.earliest import earliest_schedule
from monitors.night.night import Night
from monitors.night.planning import Planner
from monitors.planning.planner import PlanFailed

__all__ = ["Relief", "find_reliefs"]

_TIERS = (3, 2)
_DAY = 24 * 60
# Tried in turn, from the wanted one down.
_CONFIDENCES = (0.95, 0.9, 0.8, 0.7, 0.6, 0.5)


@dataclass(frozen=True, slots=True)
class Relief:
    """One way out: in words, when the night ends with it, and how many jobs or minutes or units it costs."""

    way: str
    text: str
    finish: int | None
    cost: float


def find_reliefs(night: Night, confidence: float, planner: Planner) -> tuple[Relief, ...]:
    """The ways out that work, each alone; empty where none of them does."""
    found = [
        *(_drop(night, confidence, planner, tier) for tier in _TIERS),
        _open_later(night, confidence, planner),
        _risk(night, confidence, planner),
        _enlarge(night, confidence, planner),
    ]
    return tuple(relief for relief in found if relief is not None)


def _finish(night: Night, confidence: float, planner: Planner) -> int | None:
    try:
        return origin(night) + planner(as_project(night, confidence)).end
    except PlanFailed:
        return None


def _drop(night: Night, confidence: float, planner: Planner, tier: int) -> Relief | None:
    names = [job.name for job in night.jobs if job.tier >= tier]
    rest = dropped(night, names)
    if not names or not rest.jobs or (finish := _finish(rest, confidence, planner)) is None:
        return None
    tiers = f"tier {tier}" if tier == max(_TIERS) else f"tiers {tier} and lower"
    text = f"leave out the {len(names)} jobs of {tiers}: the rest ends at {spell_minute(finish)}"
    return Relief(f"drop-tier-{tier}", text, finish, len(names))


def _open_later(night: Night, confidence: float, planner: Planner) -> Relief | None:
    """All jobs, without the opening and with the deadlines that somebody outside has set."""
    project = as_project(night, confidence, until=night.opening + _DAY)
    try:
        schedule = planner(project)
    except PlanFailed:
        return _miss(night, confidence)
    finish = origin(night) + schedule.end
    late = finish - night.opening
    if late <= 0:
        return None
    text = f"open {late} minutes later, at {spell_minute(finish)} instead of {spell_minute(night.opening)}"
    return Relief("open-later", text, finish, late)


def _miss(night: Night, confidence: float) -> Relief:
    """Even without an opening a deadline is missed: which ones a plain run misses, and by how much."""
    project = as_project(night, confidence, until=night.opening + _DAY, own_deadlines=False)
    schedule, begins = earliest_schedule(project), origin(night)
    late = {
        job.name: begins + start + planned_minutes(job.duration, confidence) - ends_by(night, job)
        for job, start in zip(night.jobs, schedule.starts, strict=True)
        if job.deadline is not None
    }
    name = max(late, key=lambda one: late[one])
    text = f"agree on later cut-offs: {name} ends {late[name]} minutes after its own"
    return Relief("later-cut-offs", text, begins + schedule.end, late[name])


def _risk(night: Night, confidence: float, planner: Planner) -> Relief | None:
    for lower in _CONFIDENCES:
        if lower < confidence and (finish := _finish(night, lower, planner)) is not None:
            text = (
                f"plan with {lower:.0%} instead of {confidence:.0%} for each job: ends at "
                f"{spell_minute(finish)}, and is late more often"
            )
            return Relief("lower-confidence", text, finish, confidence - lower)
    return None


def _enlarge(night: Night, confidence: float, planner: Planner) -> Relief | None:
    """Plenty of everything that is bought by the unit: does hardware help at all?"""
    bought = [pool.name for pool in night.pools if pool.unit_cost_yen]
    try:
        schedule = planner(as_project(night, confidence, plenty=bought))
    except PlanFailed:
        return None
    finish = origin(night) + schedule.end
    text = f"more cores and memory: with plenty it ends at {spell_minute(finish)}; how many, says --least-hardware"
    return Relief("more-hardware", text, finish, 0.0)

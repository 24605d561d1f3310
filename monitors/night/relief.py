"""What must give when a night does not fit: each way out by itself, tried by planning the night with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from inventory.clock import spell_minute
from monitors.night.conversion import as_project, dropped, ends_by, origin, planned_minutes
from monitors.night.earliest import earliest_schedule
from monitors.night.night import Night
from monitors.night.plan import Plan
from monitors.night.planning import Planner, as_plan
from monitors.planning.planner import PlanFailed
from monitors.planning.project import Project

__all__ = ["Judge", "Relief", "find_reliefs"]

_TIERS = (3, 2)
_DAY = 24 * 60
# Tried in turn, from the wanted one down.
_CONFIDENCES = (0.95, 0.9, 0.8, 0.7, 0.6, 0.5)


Judge = Callable[[Night, Plan], float]
"""The probability that a night run by a plan meets every deadline."""


@dataclass(frozen=True, slots=True)
class Relief:
    """One way out: in words, when the night ends with it, and how many jobs or minutes or units it costs.

    `probability` is with which every deadline is met then; None where nobody judged.
    """

    way: str
    text: str
    finish: int | None
    cost: float
    probability: float | None = None


def find_reliefs(
    night: Night, quantile: float, planner: Planner, judge: Judge | None = None
) -> tuple[Relief, ...]:
    """The ways out that have a plan, each alone; empty where none of them does."""
    tried = _Tried(quantile, planner, judge)
    found = [
        *(tried.drop(night, tier) for tier in _TIERS),
        tried.open_later(night),
        tried.risk(night),
        tried.enlarge(night),
    ]
    return tuple(relief for relief in found if relief is not None)


@dataclass(frozen=True, slots=True)
class _Tried:
    """How each way out is tried: with which quantile of each job, by which planner, judged by whom."""

    quantile: float
    planner: Planner
    judge: Judge | None

    def planned(
        self, night: Night, project: Project, quantile: float | None = None
    ) -> tuple[int, float | None] | None:
        """The end of a plan and its probability; None where there is no plan."""
        try:
            schedule = self.planner(project)
        except PlanFailed:
            return None
        if self.judge is None:
            return origin(night) + schedule.end, None
        plan = as_plan(night, project, schedule, quantile or self.quantile)
        return plan.finish, self.judge(night, plan)

    def drop(self, night: Night, tier: int) -> Relief | None:
        """Leave jobs out."""
        names = [job.name for job in night.jobs if job.tier >= tier]
        rest = dropped(night, names)
        if not names or not rest.jobs:
            return None
        found = self.planned(rest, as_project(rest, self.quantile))
        if found is None:
            return None
        tiers = f"tier {tier}" if tier == max(_TIERS) else f"tiers {tier} and lower"
        text = (
            f"leave out the {len(names)} jobs of {tiers}: the rest ends at {spell_minute(found[0])}"
        )
        return Relief(f"drop-tier-{tier}", text, found[0], len(names), found[1])

    def open_later(self, night: Night) -> Relief | None:
        """All jobs, without the opening and with the deadlines that somebody outside has set."""
        later = replace(night, opening=night.opening + _DAY)
        found = self.planned(later, as_project(night, self.quantile, until=later.opening))
        if found is None:
            return _miss(night, self.quantile)
        finish, probability = found
        late = finish - night.opening
        if late <= 0:
            return None
        text = f"open {late} minutes later, at {spell_minute(finish)} instead of {spell_minute(night.opening)}"
        if self.judge is not None:
            text = f"do not open before all has ended, planned for {spell_minute(finish)}"
        return Relief("open-later", text, finish, late, probability)

    def risk(self, night: Night) -> Relief | None:
        """Plan each job shorter."""
        for lower in _CONFIDENCES:
            if lower >= self.quantile:
                continue
            found = self.planned(night, as_project(night, lower), lower)
            if found is not None:
                text = (
                    f"plan with {lower:.0%} instead of {self.quantile:.0%} for each job: ends at "
                    f"{spell_minute(found[0])}, and is late more often"
                )
                return Relief("lower-confidence", text, found[0], self.quantile - lower, found[1])
        return None

    def enlarge(self, night: Night) -> Relief | None:
        """Plenty of everything that is bought by the unit: does hardware help at all?"""
        bought = [pool.name for pool in night.pools if pool.unit_cost_yen]
        plenty = {name: sum(job.demands.get(name, 0) for job in night.jobs) for name in bought}
        large = replace(
            night,
            pools=tuple(
                replace(pool, steps=((0, max(1, plenty[pool.name])),))
                if pool.name in plenty
                else pool
                for pool in night.pools
            ),
        )
        found = self.planned(large, as_project(large, self.quantile))
        if found is None:
            return None
        text = (
            f"more cores and memory: with plenty it ends at {spell_minute(found[0])}; "
            "how many, says --least-hardware"
        )
        return Relief("more-hardware", text, found[0], 0.0, found[1])


def _miss(night: Night, quantile: float) -> Relief:
    """Even without an opening a deadline is missed: which ones a plain run misses, and by how much."""
    project = as_project(night, quantile, until=night.opening + _DAY, own_deadlines=False)
    schedule, begins = earliest_schedule(project), origin(night)
    late = {
        job.name: begins + start + planned_minutes(job.duration, quantile) - ends_by(night, job)
        for job, start in zip(night.jobs, schedule.starts, strict=True)
        if job.deadline is not None
    }
    name = max(late, key=lambda one: late[one])
    text = f"agree on later cut-offs: {name} ends {late[name]} minutes after its own"
    return Relief("later-cut-offs", text, begins + schedule.end, late[name])

"""Why a night has no plan, in the operators' words: each clashing constraint with where it is written."""

from __future__ import annotations

from collections.abc import Iterable

from inventory.clock import spell_minute
from monitors.night.conversion import EXCLUSIVE, as_project, ends_by
from monitors.night.night import Night
from monitors.planning.clash import Constraint, Kind

__all__ = ["clash_sentences"]

_SHOWN = 5


def clash_sentences(
    night: Night, confidence: float, clash: Iterable[Constraint]
) -> tuple[str, ...]:
    """A sentence for each constraint, in the planner's order; all of them together cannot be kept."""
    words = _Words(night, confidence)
    return tuple(words.sentence(constraint) for constraint in clash)


class _Words:
    def __init__(self, night: Night, confidence: float) -> None:
        self.night = night
        self.jobs = {job.name: job for job in night.jobs}
        self.minutes = {task.name: task.duration for task in as_project(night, confidence).tasks}

    def sentence(self, constraint: Constraint) -> str:
        if constraint.kind is Kind.CAPACITY:
            return self._capacity(constraint.resource or "")
        name = constraint.task or ""
        job, takes = self.jobs[name], f"{name} ({self.minutes[name]} min)"
        if constraint.kind is Kind.AFTER:
            other = constraint.other or ""
            return f"{job.where}: {takes} waits for {other} ({self.minutes[other]} min)"
        if constraint.kind is Kind.EARLIEST:
            why = " when the night begins" if job.not_before == self.night.begins else ""
            return f"{job.where}: {takes} may start at {spell_minute(job.not_before)}{why}"
        until = ends_by(self.night, job)
        reason = job.deadline_reason or "the opening"
        return f"{job.where}: {takes} must have ended by {spell_minute(until)}: {reason}"

    def _capacity(self, name: str) -> str:
        if name.startswith(EXCLUSIVE):
            what = name.removeprefix(EXCLUSIVE)
            users = [job.name for job in self.night.jobs if what in job.exclusive]
            return f"only one job at a time has {what}: {_listed(users)}"
        pool = next(pool for pool in self.night.pools if pool.name == name)
        users = [job.name for job in self.night.jobs if job.demands.get(name)]
        steps = ", ".join(
            f"{units} from {spell_minute(since)}" if since else str(units)
            for since, units in pool.steps
        )
        return f"there are {steps} units of {name}, for {len(users)} jobs"


def _listed(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")

"""The plan of a night: the planner's schedule in the words of those who run it."""

from __future__ import annotations

from collections.abc import Callable, Collection

from monitors.night.conversion import as_project, ends_by, origin
from monitors.night.night import Night
from monitors.night.plan import Plan, PlannedJob
from monitors.night.slack import latest_starts
from monitors.planning.planner import plan
from monitors.planning.project import Project, Schedule

__all__ = ["Planner", "as_plan", "plan_night", "planner_for"]

Planner = Callable[[Project], Schedule]
"""Finds a schedule, or raises NoPlan with what clashes."""


def planner_for(cpu_seconds: float, *, seed: int = 1, repeatable: bool = False) -> Planner:
    """The planner with a budget of processor seconds."""

    def find(project: Project) -> Schedule:
        return plan(project, cpu_seconds=cpu_seconds, seed=seed, repeatable=repeatable)

    return find


def plan_night(
    night: Night,
    confidence: float,
    planner: Planner,
    *,
    estate: str = "",
    without: Collection[str] = (),
) -> Plan:
    """The shortest plan that the planner finds for a night; NoPlan where a deadline cannot be kept."""
    project = as_project(night, confidence)
    schedule = planner(project)
    return as_plan(night, project, schedule, confidence, estate=estate, without=without)


def as_plan(
    night: Night,
    project: Project,
    schedule: Schedule,
    confidence: float,
    *,
    estate: str = "",
    without: Collection[str] = (),
) -> Plan:
    """A schedule of the night's project as its plan, with how late every job may start."""
    begins = origin(night)
    latest = latest_starts(project, schedule.starts)
    jobs = [
        PlannedJob(
            name=job.name,
            start=begins + start,
            end=begins + start + task.duration,
            latest_start=begins + late,
            deadline=ends_by(night, job),
            tier=job.tier,
        )
        for job, task, start, late in zip(
            night.jobs, project.tasks, schedule.starts, latest, strict=True
        )
    ]
    return Plan(
        day=night.day,
        kind=night.kind,
        begins=night.begins,
        opening=night.opening,
        finish=begins + schedule.end,
        confidence=confidence,
        jobs=tuple(sorted(jobs, key=lambda job: (job.start, job.name))),
        hardware={pool.name: max(units for _, units in pool.steps) for pool in night.pools},
        bound=None if schedule.bound is None else begins + schedule.bound,
        estate=estate,
        without=tuple(without),
        moved=tuple(job.name for job in night.jobs if job.movable),
    )

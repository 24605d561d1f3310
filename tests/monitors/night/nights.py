"""Small nights, and a planner that is at hand in no time."""

from __future__ import annotations

from datetime import date
from typing import Any

from monitors.night.earliest import earliest_schedule
from monitors.night.night import Duration, Night, NightJob, Pool
from monitors.planning.failures import NoPlan
from monitors.planning.project import Project, Schedule

DAY = date(2026, 12, 9)
BEGINS, OPENING = 1080, 1860


def first_come(project: Project) -> Schedule:
    """A planner that starts everything early, and has no plan where that is too late."""
    schedule = earliest_schedule(project)
    for task, start in zip(project.tasks, schedule.starts, strict=True):
        if task.latest_end is not None and start + task.duration > task.latest_end:
            raise NoPlan(project, ())
    return schedule


def job(name: str, minutes: float = 30, **said: Any) -> NightJob:
    """A job that needs a core."""
    facts: dict[str, Any] = {
        "net": "net",
        "demands": {"cores": 1},
        "not_before": BEGINS,
        "where": "batch.yml:7",
    }
    return NightJob(name, duration=Duration(minutes, 0.3), **{**facts, **said})


def night(
    *jobs: NightJob, cores: int = 2, opening: int = OPENING, **pools: tuple[tuple[int, int], ...]
) -> Night:
    """A night from 18:00 to 31:00 of such jobs."""
    every = (Pool("cores", ((0, cores),), 1000.0), *(Pool(n, steps) for n, steps in pools.items()))
    return Night(DAY, "weekday", jobs, every, BEGINS, opening)

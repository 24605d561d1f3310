"""A night as a project for the planner: whole minutes from its beginning, each job as long as it is planned to take."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Collection, Mapping
from statistics import NormalDist

from monitors.night.night import Duration, Night, NightJob
from monitors.planning.project import Project, Resource, Task

__all__ = ["EXCLUSIVE", "as_project", "dropped", "ends_by", "origin", "planned_minutes", "spread"]

EXCLUSIVE = "exclusive:"
"""Before the name of what only one job has at a time, among the resources of a project."""


def spread(cv: float) -> float:
    """The standard deviation of the logarithm of a log-normal duration with a coefficient of variation."""
    return math.sqrt(math.log1p(cv * cv))


def planned_minutes(duration: Duration, confidence: float) -> int:
    """Whole minutes that a job keeps with a probability, at least 1; a failure is not in it."""
    quantile = NormalDist().inv_cdf(confidence)
    return max(1, math.ceil(duration.median_min * math.exp(quantile * spread(duration.cv))))


def ends_by(night: Night, job: NightJob) -> int:
    """When a job must have ended: its own deadline, else the night's opening."""
    return night.opening if job.deadline is None else job.deadline


def origin(night: Night) -> int:
    """The minute of the operating day that is minute 0 of the night's project."""
    return min([night.begins, *(job.not_before for job in night.jobs)])


def as_project(
    night: Night,
    confidence: float,
    *,
    plenty: Collection[str] = (),
    until: int | None = None,
    own_deadlines: bool = True,
) -> Project:
    """The project of a night; of the pools in `plenty` there is as much as all jobs together ask for.

    `until` stands in for the night's opening and for whatever deadline is later; where `own_deadlines` is false, for all.
    """
    begins = origin(night)
    names = {job.name: index for index, job in enumerate(night.jobs)}
    exclusive = sorted({name for job in night.jobs for name in job.exclusive})
    resources = [
        *(
            _resource(night, pool.name, pool.steps, pool.unit_cost_yen, plenty)
            for pool in night.pools
        ),
        *(Resource(EXCLUSIVE + name, ((0, 1),), 0.0) for name in exclusive),
    ]
    end = night.opening if until is None else until
    tasks = []
    for job in night.jobs:
        units: Mapping[str, int] = {
            **job.demands,
            **{EXCLUSIVE + name: 1 for name in job.exclusive},
        }
        latest = job.deadline if own_deadlines and job.deadline is not None else end
        if until is not None:
            latest = min(latest, until)
        tasks.append(
            Task(
                name=job.name,
                duration=planned_minutes(job.duration, confidence),
                demands=tuple(units.get(resource.name, 0) for resource in resources),
                after=tuple(names[other] for other in job.after),
                earliest=job.not_before - begins,
                latest_end=latest - begins,
            )
        )
    return Project(f"night of {night.day}", tuple(tasks), tuple(resources))


def _resource(
    night: Night,
    name: str,
    steps: tuple[tuple[int, int], ...],
    cost: float,
    plenty: Collection[str],
) -> Resource:
    begins = origin(night)
    if name in plenty:
        asked = sum(job.demands.get(name, 0) for job in night.jobs)
        return Resource(name, ((0, max(1, asked)),), cost)
    at_begin = next(units for since, units in reversed(steps) if since <= begins)
    later = ((since - begins, units) for since, units in steps if since > begins)
    return Resource(name, ((0, at_begin), *later), cost)


def dropped(night: Night, names: Collection[str]) -> Night:
    """The night without some jobs; who waited for one of them waits for what that one waited for."""
    gone = {job.name: job for job in night.jobs if job.name in names}
    jobs = []
    for job in night.jobs:
        if job.name in gone:
            continue
        after: dict[str, None] = {}
        rest, seen = list(reversed(job.after)), set[str]()
        while rest:
            other = rest.pop()
            if other in gone and other not in seen:
                seen.add(other)
                rest += reversed(gone[other].after)
            elif other not in gone:
                after[other] = None
        jobs.append(dataclasses.replace(job, after=tuple(after)))
    return dataclasses.replace(night, jobs=tuple(jobs))

"""A night as arrays in plan order, as the simulation reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitors.night.night import Night

__all__ = ["Floats", "Ints", "InvalidPlan", "Network", "network_of"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class InvalidPlan(ValueError):
    """The plan and the night do not belong together; the sentence says which job."""


@dataclass(frozen=True, slots=True)
class Network:
    """Jobs by position in the plan; what each waits for and takes, as ranges of flat arrays.

    A resource is a pool or a name of `exclusive` (one unit). `steps` are changes of capacity: minute, resource, delta.
    """

    names: tuple[str, ...]
    planned: Floats
    minutes: Floats
    not_before: Floats
    waits: Ints
    """How many predecessors each job has."""
    next_from: Ints
    next_of: Ints
    """Successors of job i: `next_of[next_from[i]:next_from[i + 1]]`."""
    take_from: Ints
    take_of: Ints
    take_units: Ints
    """Resources of job i and units of each, likewise."""
    resources: tuple[str, ...]
    pools: int
    """The first so many resources are pools, the others exclusive names."""
    units: Ints
    step_minute: Floats
    step_resource: Ints
    step_delta: Ints

    def position(self) -> dict[str, int]:
        """Where each job stands in the plan."""
        return {name: index for index, name in enumerate(self.names)}


def network_of(night: Night, starts: Mapping[str, float], minutes: Mapping[str, float]) -> Network:
    """Lay the night out in plan order (by planned start, then by name); raises InvalidPlan."""
    missing = [job.name for job in night.jobs if job.name not in starts]
    if missing:
        raise InvalidPlan(
            f"the plan of {night.day} has no start for {', '.join(missing[:5])}; plan the night again"
        )
    jobs = sorted(night.jobs, key=lambda job: (starts[job.name], job.name))
    at = {job.name: index for index, job in enumerate(jobs)}
    followers: list[list[int]] = [[] for _ in jobs]
    for index, job in enumerate(jobs):
        for name in job.after:
            if name not in at:
                raise InvalidPlan(
                    f"{job.where or job.name}: {job.name} waits for {name}, which is no job of this night; "
                    "name one that is"
                )
            followers[at[name]].append(index)
    exclusive = sorted({name for job in jobs for name in job.exclusive})
    resources = [pool.name for pool in night.pools] + [f"!{name}" for name in exclusive]
    number = {name: index for index, name in enumerate(resources)}
    takes: list[list[tuple[int, int]]] = []
    for job in jobs:
        unknown = [name for name in job.demands if name not in number]
        if unknown:
            raise InvalidPlan(
                f"{job.where or job.name}: {job.name} demands {unknown[0]}, which is no pool of this night; "
                f"take one of {', '.join(pool.name for pool in night.pools)}"
            )
        takes.append(
            [(number[name], units) for name, units in job.demands.items() if units]
            + [(number[f"!{name}"], 1) for name in job.exclusive]
        )
    units, steps = _capacities(night, len(exclusive))
    return Network(
        names=tuple(job.name for job in jobs),
        planned=np.array([starts[job.name] for job in jobs], np.float64),
        minutes=np.array([minutes[job.name] for job in jobs], np.float64),
        not_before=np.array([job.not_before for job in jobs], np.float64),
        waits=np.array([len(job.after) for job in jobs], np.int64),
        next_from=_offsets(followers),
        next_of=np.array([i for some in followers for i in some], np.int64),
        take_from=_offsets(takes),
        take_of=np.array([r for some in takes for r, _ in some], np.int64),
        take_units=np.array([u for some in takes for _, u in some], np.int64),
        resources=tuple(resources),
        pools=len(night.pools),
        units=units,
        step_minute=np.array([minute for minute, _, _ in steps], np.float64),
        step_resource=np.array([resource for _, resource, _ in steps], np.int64),
        step_delta=np.array([delta for _, _, delta in steps], np.int64),
    )


def _capacities(night: Night, exclusive: int) -> tuple[Ints, list[tuple[float, int, int]]]:
    units = []
    steps = []
    for index, pool in enumerate(night.pools):
        had = 0
        for since, has in pool.steps:
            if since <= min(night.begins, pool.steps[0][0]):
                units.append(has)
            else:
                steps.append((float(since), index, has - had))
            had = has
    return np.array(units + [1] * exclusive, np.int64), sorted(steps)


def _offsets(lists: list[list[int]] | list[list[tuple[int, int]]]) -> Ints:
    return np.cumsum([0, *(len(some) for some in lists)]).astype(np.int64)

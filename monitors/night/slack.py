"""How late each job of a schedule may start: slack that holds with the shared pools, not along the waiting jobs alone.

The units of every pool are handed from job to job in the order of the schedule. Who takes units over waits for who had
them, so as long as this order is kept no pool is ever asked for too much, however late jobs are. Backwards from the
deadlines along both kinds of waiting stands the latest start: at or before it every deadline holds, all other jobs
lasting as planned. It is on the safe side: another hand-over might allow a later start.
"""

from __future__ import annotations

from dataclasses import dataclass

from monitors.planning.project import Project, Resource

__all__ = ["hand_overs", "latest_starts"]

_FOREVER = 1 << 30


@dataclass(slots=True)
class _Holding:
    """Units that a job (or nobody, index -1) has until a minute."""

    holder: int
    until: int
    units: int


def latest_starts(project: Project, starts: tuple[int, ...]) -> tuple[int, ...]:
    """The latest start of each task in minutes of the project, given a schedule that keeps every constraint."""
    tasks = project.tasks
    followers, ceilings = hand_overs(project, starts)
    order = sorted(range(len(tasks)), key=lambda index: (starts[index], index), reverse=True)
    latest = list(ceilings)
    for index in order:
        for follower in followers[index]:
            latest[index] = min(latest[index], latest[follower] - tasks[index].duration)
    return tuple(latest)


def hand_overs(project: Project, starts: tuple[int, ...]) -> tuple[list[set[int]], list[int]]:
    """Who waits for each task, by its own word or for its units; and the latest start that each one's own end allows."""
    tasks = project.tasks
    followers: list[set[int]] = [set() for _ in tasks]
    ceilings = [
        _FOREVER if task.latest_end is None else task.latest_end - task.duration for task in tasks
    ]
    for index, task in enumerate(tasks):
        for other in task.after:
            followers[other].add(index)
    for place, resource in enumerate(project.resources):
        _hand_over(project, starts, place, resource, followers, ceilings)
    return followers, ceilings


def _hand_over(
    project: Project,
    starts: tuple[int, ...],
    place: int,
    resource: Resource,
    followers: list[set[int]],
    ceilings: list[int],
) -> None:
    """Who gets a pool's units from whom; what is taken away at a minute has to be free by then."""
    tasks = project.tasks
    most = max(units for _, units in resource.capacity)
    free = [_Holding(-1, 0, most)]
    # What the pool lacks at a time is held by somebody who cannot wait.
    events: list[tuple[int, int, int, int, int]] = []
    for (since, units), until in zip(
        resource.capacity,
        [*(since for since, _ in resource.capacity[1:]), _FOREVER],
        strict=True,
    ):
        if units < most:
            events.append((since, 0, -1, until, most - units))
    for index, task in enumerate(tasks):
        if task.demands[place]:
            end = starts[index] + task.duration
            events.append((starts[index], 1, index, end, task.demands[place]))
    for start, _, index, end, units in sorted(events):
        wanted = units
        after = set(tasks[index].after) if index >= 0 else set()
        # Best from whom is waited for anyhow, then from who has been ready for longest.
        for holding in sorted(free, key=lambda one: (one.holder not in after, one.until)):
            if holding.until > start or not wanted:
                continue
            taken = min(wanted, holding.units)
            holding.units -= taken
            wanted -= taken
            if holding.holder >= 0 and index >= 0:
                followers[holding.holder].add(index)
            elif holding.holder >= 0:
                giver = holding.holder
                ceilings[giver] = min(ceilings[giver], start - tasks[giver].duration)
        if wanted:
            raise ValueError(f"the schedule asks for too much of {resource.name} in minute {start}")
        free = [one for one in free if one.units]
        free.append(_Holding(index, end, units))

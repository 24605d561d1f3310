"""Lower bounds that need no search: the longest chain, and the work that each resource has to do."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from monitors.planning.project import Project, Resource
from monitors.planning.soundness import topological

__all__ = ["Windows", "peak_bounds", "simple_bound", "windows_of"]


@dataclass(frozen=True, slots=True)
class Windows:
    """By task: earliest start, and what at least lies between its end and the end of all (its tail)."""

    head: tuple[int, ...]
    tail: tuple[int, ...]

    def latest_starts(self, project: Project, end: int) -> tuple[int, ...]:
        """Latest starts with which all ends by `end` and every deadline is met, by chains alone; may lie before the head."""
        then: list[list[int]] = [[] for _ in project.tasks]
        latest = [0] * len(project.tasks)
        for j, task in enumerate(project.tasks):
            for i in task.after:
                then[i].append(j)
        for j in reversed(topological(project)):
            due = project.tasks[j].latest_end
            by = min([end if due is None else min(end, due), *(latest[s] for s in then[j])])
            latest[j] = by - project.tasks[j].duration
        return tuple(latest)


def windows_of(project: Project) -> Windows:
    """Compute heads and tails along the chains; the project is sound."""
    tasks = project.tasks
    order = topological(project)
    head, tail = [0] * len(tasks), [0] * len(tasks)
    for j in order:
        head[j] = max([tasks[j].earliest, *(head[i] + tasks[i].duration for i in tasks[j].after)])
    for j in reversed(order):
        for i in tasks[j].after:
            tail[i] = max(tail[i], tail[j] + tasks[j].duration)
    return Windows(tuple(head), tuple(tail))


def simple_bound(project: Project) -> int:
    """Give a lower bound of the end: the longest chain, and for each resource its work from any head on."""
    tasks, windows = project.tasks, windows_of(project)
    bound = max(
        (windows.head[j] + t.duration + windows.tail[j] for j, t in enumerate(tasks)), default=0
    )
    for k, resource in enumerate(project.resources):
        users = [j for j, task in enumerate(tasks) if task.demands[k] and task.duration]
        for since in sorted({windows.head[j] for j in users}):
            late = [j for j in users if windows.head[j] >= since]
            work = sum(tasks[j].demands[k] * tasks[j].duration for j in late)
            done = _done_by(resource, since, work)
            if done is not None:
                bound = max(bound, done + min(windows.tail[j] for j in late))
    return bound


def _done_by(resource: Resource, since: int, work: int) -> int | None:
    """The minute by which `work` unit-minutes can be done from `since` on; None = never, which is a clash, no bound."""
    steps = [*resource.capacity, (1 << 60, 0)]
    for (step, units), (end, _) in pairwise(steps):
        begin = max(step, since)
        if end <= begin:
            continue
        if units and work <= units * (end - begin):
            return begin + -(-work // units)
        work -= units * (end - begin)
    return None


_GRID = 60
"""How many begins and ends of intervals are tried at most in `peak_bounds`."""


def peak_bounds(project: Project, deadline: int) -> tuple[int, ...]:
    """Give by resource the least peak of any schedule that ends by `deadline`: its work that must lie in an interval."""
    windows = windows_of(project)
    latest = windows.latest_starts(project, deadline)
    bounds = []
    for k in range(len(project.resources)):
        users = [
            (windows.head[j], latest[j], t.duration, t.demands[k])
            for j, t in enumerate(project.tasks)
            if t.demands[k] and t.duration
        ]
        least = max((units for *_, units in users), default=0)
        begins = _thinned(sorted({head for head, *_ in users} | {late for _, late, *_ in users}))
        ends = _thinned(
            sorted({late + span for _, late, span, _ in users} | {h + d for h, _, d, _ in users})
        )
        for since in begins:
            for until in ends:
                length = until - since
                if length <= 0:
                    continue
                work = sum(
                    units * max(0, min(span, length, head + span - since, until - late))
                    for head, late, span, units in users
                )
                least = max(least, -(-work // length))
        bounds.append(least)
    return tuple(bounds)


def _thinned(minutes: list[int]) -> list[int]:
    step = -(-len(minutes) // _GRID)
    return minutes[:: max(1, step)]

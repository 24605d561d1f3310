"""Everything as early as the pools allow, first come first served: the plain run that a plan is compared with."""

from __future__ import annotations

from bisect import bisect_right

from monitors.planning.project import Project, Resource, Schedule

__all__ = ["earliest_schedule"]


def earliest_schedule(project: Project) -> Schedule:
    """Each task in turn at its earliest minute: those that can begin first come first. It knows no deadline.

    What finds no room in a pool any more (a window that has closed) begins all the same, and takes too much.
    """
    profiles = [_Profile(resource) for resource in project.resources]
    tasks = project.tasks
    starts: dict[int, int] = {}
    waiting = {index: set(task.after) for index, task in enumerate(tasks)}
    ready = [(tasks[index].earliest, index) for index, after in waiting.items() if not after]
    followers: dict[int, list[int]] = {}
    for index, after in waiting.items():
        for other in after:
            followers.setdefault(other, []).append(index)
    while ready:
        ready.sort(reverse=True)
        start, index = ready.pop()
        task = tasks[index]
        used = [(profiles[place], units) for place, units in enumerate(task.demands) if units]
        while (
            later := max([p.fits(start, task.duration, n) for p, n in used], default=start)
        ) > start:
            start = later
        starts[index] = start
        for profile, units in used:
            profile.take(start, start + task.duration, units)
        for follower in followers.get(index, ()):
            waiting[follower].discard(index)
            if not waiting[follower]:
                after_all = max(starts[o] + tasks[o].duration for o in tasks[follower].after)
                ready.append((max(tasks[follower].earliest, after_all), follower))
    end = max((starts[index] + task.duration for index, task in enumerate(tasks)), default=0)
    return Schedule(tuple(starts[index] for index in range(len(tasks))), end)


class _Profile:
    """What is left of a resource, as steps in order of time."""

    def __init__(self, resource: Resource) -> None:
        self.since = [since for since, _ in resource.capacity]
        self.left = [units for _, units in resource.capacity]

    def fits(self, start: int, duration: int, units: int) -> int:
        """The first minute from `start` on from which so many units are free for so long, `start` where there is none."""
        wanted, end = start, start + duration
        for place, since in enumerate(self.since):
            last = place + 1 == len(self.since)
            until = end if last else self.since[place + 1]
            if until <= start and not last:
                continue
            if since >= end:
                break
            if self.left[place] < units:
                if last:
                    return wanted
                start, end = until, until + duration
        return start

    def take(self, start: int, end: int, units: int) -> None:
        """Use units for a time."""
        first, last = self._cut(start), self._cut(end)
        for place in range(first, last):
            self.left[place] -= units

    def _cut(self, minute: int) -> int:
        place = bisect_right(self.since, minute) - 1
        if self.since[place] != minute:
            place += 1
            self.since.insert(place, minute)
            self.left.insert(place, self.left[place - 1])
        return place

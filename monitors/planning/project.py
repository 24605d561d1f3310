"""A project to be scheduled: tasks, what they wait for, and the resources that they share."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Project", "Resource", "Schedule", "Task"]


@dataclass(frozen=True, slots=True)
class Resource:
    """Something that tasks share: units at any time, and what one unit costs.

    `capacity` is a step function: (minute, units) from that minute on, the first at minute 0.
    """

    name: str
    capacity: tuple[tuple[int, int], ...]
    unit_cost: float = 1.0

    def at(self, minute: int) -> int:
        """The units that there are in a minute."""
        return next(units for since, units in reversed(self.capacity) if since <= minute)


@dataclass(frozen=True, slots=True)
class Task:
    """One task: `duration` in minutes, `demands` in units by resource, `after` as indices of tasks.

    It starts at `earliest` or later, and has ended by `latest_end` where there is one; it is never interrupted.
    """

    name: str
    duration: int
    demands: tuple[int, ...]
    after: tuple[int, ...] = ()
    earliest: int = 0
    latest_end: int | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """Tasks and resources; `after` and `demands` of a task point into them by position."""

    name: str
    tasks: tuple[Task, ...]
    resources: tuple[Resource, ...]


@dataclass(frozen=True, slots=True)
class Schedule:
    """When each task starts (minute, in the order of the project), and when the last has ended.

    `bound` is a proven lower bound of `end` where one is known.
    """

    starts: tuple[int, ...]
    end: int
    bound: int | None = None

"""Least hardware: the peaks of use that cost least and still meet every deadline (the resource investment problem)."""

from __future__ import annotations

from dataclasses import dataclass

from monitors.planning.project import Project, Schedule

__all__ = ["Investment", "least_hardware"]


@dataclass(frozen=True, slots=True)
class Investment:
    """Units to have by resource (the peaks of the schedule), their cost by `unit_cost`, and a proven lower bound of it.

    `earliest_cost` is that of starting every task as early as it may, the yardstick.
    """

    capacities: tuple[int, ...]
    cost: float
    bound: float
    schedule: Schedule
    earliest_cost: float


def least_hardware(
    project: Project,
    deadline: int,
    *,
    cpu_seconds: float,
    seed: int = 1,
    threads: int = 2,
    repeatable: bool = False,
) -> Investment:
    """Find the cheapest peaks with which all ends by `deadline` (minute); raises NoPlan, PlanFailed, InvalidProject.

    A resource's own `capacity` is the ceiling of its use in each minute: a window that is closed stays closed.
    Give it plenty to ask what would be needed without today's hardware.
    """
    raise NotImplementedError

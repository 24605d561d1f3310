"""The planner: a project in, the shortest schedule that a budget of processor time finds out."""

from __future__ import annotations

from monitors.planning.clash import Constraint
from monitors.planning.project import Project, Schedule

__all__ = ["NoPlan", "PlanFailed", "plan"]


class PlanFailed(Exception):
    """The budget ran out before a schedule was found, or before it was proven that there is none."""


class NoPlan(PlanFailed):
    """There is provably no schedule; `clash` names a set of constraints of which none can stay with the others."""

    def __init__(self, project: Project, constraints: tuple[Constraint, ...]) -> None:
        super().__init__(f"{project.name} has no plan: {'; '.join(map(str, constraints))}.")
        self.constraints = constraints

    @property
    def clash(self) -> tuple[str, ...]:
        """The clashing constraints by name."""
        return tuple(map(str, self.constraints))


def plan(
    project: Project,
    *,
    cpu_seconds: float,
    seed: int = 1,
    threads: int = 2,
    repeatable: bool = False,
) -> Schedule:
    """Find a short schedule and a proven bound of its end; raises NoPlan, PlanFailed, InvalidProject.

    `cpu_seconds` counts the processor seconds of all threads, without numba's compiling. With `repeatable` one
    thread works for a counted amount of work, about as much as `cpu_seconds` hold, and the same seed gives the
    same schedule on every machine.
    """
    raise NotImplementedError

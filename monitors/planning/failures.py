"""How planning ends without a plan."""

from __future__ import annotations

from monitors.planning.clash import Constraint
from monitors.planning.project import Project

__all__ = ["NoPlan", "PlanFailed"]


class PlanFailed(Exception):
    """The budget ran out before a schedule was found, or before it was proven that there is none."""


class NoPlan(PlanFailed):
    """There is provably no schedule; `clash` names constraints that cannot all hold, each of which is needed for it."""

    def __init__(self, project: Project, constraints: tuple[Constraint, ...]) -> None:
        super().__init__(
            f"{project.name} has no plan: {'; '.join(map(str, constraints))} cannot all hold; relax one of them."
        )
        self.constraints = constraints

    @property
    def clash(self) -> tuple[str, ...]:
        """The clashing constraints by name."""
        return tuple(map(str, self.constraints))

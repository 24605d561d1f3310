"""Why a project has no schedule: a set of constraints that clash, of which every one is needed for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

__all__ = ["Constraint", "Kind"]


class Kind(Enum):
    """What a constraint demands."""

    EARLIEST = "earliest"  # of `task`: its `earliest`
    DEADLINE = "deadline"  # of `task`: its `latest_end`
    CAPACITY = "capacity"  # of `resource`
    AFTER = "after"  # `task` starts after `other` has ended


@dataclass(frozen=True, slots=True)
class Constraint:
    """One constraint of a project, by the names of what it is about."""

    kind: Kind
    task: str | None = None
    other: str | None = None
    resource: str | None = None

    def __str__(self) -> str:
        if self.kind is Kind.CAPACITY:
            return f"capacity of {self.resource}"
        if self.kind is Kind.AFTER:
            return f"{self.task} after {self.other}"
        return f"{self.kind.value} of {self.task}"

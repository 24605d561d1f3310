"""What a verification finds, in the words of `hikae net verify --json`."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["SECOND_LINE", "UNDISTURBED", "Overload", "Report", "Violation"]

UNDISTURBED = "none"
SECOND_LINE = "which is not the site's first line"
"""The end of a sentence about a way that works, and is not the one that is meant."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A question that is answered wrongly after a failure (`none` = undisturbed), or a fault of a text."""

    failure: str
    source: str
    destination: str
    path: tuple[str, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class Overload:
    """A line that has to carry more than it may, in one direction, after a failure."""

    failure: str
    line: str
    direction: str
    kbps: int
    capacity_kbps: int
    percent: int


@dataclass(slots=True)
class Report:
    """A verification; `cut_off` = the sites that each failure takes away and may take away.

    `losses` are the questions that a pair of failures leaves without an answer though cables are left: the estate
    promises to bear one failure, so they are told and are no violations. What must never be (a leak, a circle, a
    stranger answered) is one after any number of failures.
    """

    devices: int = 0
    failures_tried: int = 0
    pairs_tried: int = 0
    questions: int = 0
    violations: list[Violation] = field(default_factory=list)
    overloads: list[Overload] = field(default_factory=list)
    losses: list[Violation] = field(default_factory=list)
    cut_off: dict[str, list[str]] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def is_fine(self) -> bool:
        """Whether nothing was found."""
        return not self.violations and not self.overloads

    def add(self, other: Report) -> None:
        """Take in what another process found."""
        self.failures_tried += other.failures_tried
        self.pairs_tried += other.pairs_tried
        self.violations += other.violations
        self.overloads += other.overloads
        self.losses += other.losses
        self.cut_off.update(other.cut_off)

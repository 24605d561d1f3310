"""The plan of a night: when each job is to start, in which order, and how late it may; what a dispatcher follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

__all__ = ["Plan", "PlannedJob"]


@dataclass(frozen=True, slots=True)
class PlannedJob:
    """One job in the plan; minutes count from 00:00 of the operating day, so 26:00 is 1560.

    `latest_start` is the last minute at which it may start without any deadline being missed, all others as planned;
    `slack` is that less `start`. `deadline` is its own, or the night's opening.
    """

    name: str
    start: int
    end: int
    latest_start: int
    deadline: int
    tier: int = 2

    @property
    def slack(self) -> int:
        """Minutes that the job may start later than planned."""
        return self.latest_start - self.start


@dataclass(frozen=True, slots=True)
class Plan:
    """The jobs of one operating day in the order in which they are started (by start, then by name).

    `finish` is when the last one ends, `bound` a proven lower bound of it where one is known. Every planned duration is
    the `confidence` quantile of the job's own distribution; with which probability the whole night keeps its deadlines
    is `probability`, where it was simulated, and `wanted` is what it should be. `hardware` = the units of each pool
    that it was made for.
    """

    day: date
    kind: str
    begins: int
    opening: int
    finish: int
    confidence: float
    jobs: tuple[PlannedJob, ...]
    hardware: Mapping[str, int]
    bound: int | None = None
    estate: str = ""
    without: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    """Jobs of the day that run in this night."""
    wanted: float | None = None
    probability: float | None = None

    @property
    def gap(self) -> int | None:
        """Minutes between the finish and the proven bound; None where no bound is known."""
        return None if self.bound is None else self.finish - self.bound

    @property
    def critical(self) -> tuple[PlannedJob, ...]:
        """The jobs with the least slack: with any of them later the night has less to spare."""
        least = min((job.slack for job in self.jobs), default=0)
        return tuple(job for job in self.jobs if job.slack == least)

    def job(self, name: str) -> PlannedJob:
        """The planned job of that name; KeyError where it does not run that night."""
        for job in self.jobs:
            if job.name == name:
                return job
        raise KeyError(name)

"""Which jobs of the day may run at night: the largest part of them with which the night still fits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from inventory import Estate
from inventory.batch import BatchJob
from monitors.night.conversion import planned_minutes
from monitors.night.night import Night, NightJob
from monitors.night.plan import Plan
from monitors.night.planning import Planner, plan_night
from monitors.night.resolve import daytime_jobs, resolve
from monitors.planning.planner import PlanFailed

__all__ = ["Move", "Moves", "find_moves"]


@dataclass(frozen=True, slots=True)
class Move:
    """One job of the day: whether it moves, when it would run at night, and why not."""

    name: str
    moves: bool
    core_minutes: int
    start: int | None
    end: int | None
    why: str


@dataclass(frozen=True, slots=True)
class Moves:
    """What moves from a day to its night, the core minutes that the day gets back, and the night with them."""

    jobs: tuple[Move, ...]
    plan: Plan
    without_moves: int
    """When the night ends if nothing moves."""

    @property
    def freed_core_minutes(self) -> int:
        """Core minutes that no longer compete with the offices."""
        return sum(move.core_minutes for move in self.jobs if move.moves)


def find_moves(estate: Estate, day: date, confidence: float, planner: Planner) -> Moves:
    """Take in what fits, the largest first; NoPlan where the night alone does not fit."""
    alone = plan_night(resolve(estate, day), confidence, planner, estate=estate.name)
    by_day = daytime_jobs(estate, day)
    movable = [job.name for job in by_day if job.movable]
    everything = resolve(estate, day, moved=movable)
    sizes = {
        job.name: _core_minutes(job, confidence) for job in everything.jobs if job.name in movable
    }
    taken, best = _largest(estate, day, confidence, planner, sizes)
    plan = best or alone
    jobs = tuple(_move(job, plan, taken, sizes, everything) for job in by_day)
    return Moves(jobs, plan, alone.finish)


def _largest(
    estate: Estate, day: date, confidence: float, planner: Planner, sizes: dict[str, int]
) -> tuple[list[str], Plan | None]:
    def attempt(names: list[str]) -> Plan | None:
        night = resolve(estate, day, moved=names)
        try:
            return plan_night(night, confidence, planner, estate=estate.name)
        except PlanFailed:
            return None

    every = sorted(sizes, key=lambda name: (-sizes[name], name))
    if every and (found := attempt(every)) is not None:
        return every, found
    taken: list[str] = []
    best: Plan | None = None
    for name in every:
        if (found := attempt([*taken, name])) is not None:
            taken, best = [*taken, name], found
    return taken, best


def _move(job: BatchJob, plan: Plan, taken: list[str], sizes: dict[str, int], night: Night) -> Move:
    if job.name in taken:
        planned = plan.job(job.name)
        return Move(job.name, True, sizes[job.name], planned.start, planned.end, "")
    if job.movable:
        return Move(job.name, False, sizes[job.name], None, None, "the night has no room for it")
    why = job.deadline_reason or "it is not described as movable"
    return Move(job.name, False, 0, None, None, why)


def _core_minutes(job: NightJob, confidence: float) -> int:
    cores = sum(units for pool, units in job.demands.items() if pool.endswith("-cores"))
    return cores * planned_minutes(job.duration, confidence)

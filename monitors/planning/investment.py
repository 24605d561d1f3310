"""Least hardware: the peaks of use that cost least and still meet every deadline (the resource investment problem)."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from monitors.planning import levelling
from monitors.planning.bounds import peak_bounds, windows_of
from monitors.planning.budget import Budget, compiling
from monitors.planning.checking import faults_of
from monitors.planning.exact import solve_peaks
from monitors.planning.planner import plan
from monitors.planning.project import Project, Resource, Schedule, Task
from monitors.planning.tables import Ints, Tables, tables_of

__all__ = ["Investment", "cost_of", "least_hardware", "peaks_of"]

_HEURISTIC = 0.3  # share of the budget before CP-SAT
_FEASIBLE = 0.3  # share of the budget to find any schedule under the ceilings
_EVENNESS = (0.5, 1.0, 2.0)
_MOVES_A_TASK = 1500
_MOVES_A_SECOND = 1_000_000  # of counted work, times 400 minutes of all resources
_CELLS = 400


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


def peaks_of(project: Project, starts: Sequence[int]) -> tuple[int, ...]:
    """Give the most units of each resource that a schedule uses at once."""
    peaks = []
    for k in range(len(project.resources)):
        changes: dict[int, int] = {}
        for task, start in zip(project.tasks, starts, strict=True):
            if task.duration:
                changes[start] = changes.get(start, 0) + task.demands[k]
                changes[start + task.duration] = (
                    changes.get(start + task.duration, 0) - task.demands[k]
                )
        used = most = 0
        for minute in sorted(changes):
            used += changes[minute]
            most = max(most, used)
        peaks.append(most)
    return tuple(peaks)


def cost_of(project: Project, peaks: Sequence[int]) -> float:
    """Give what units of each resource cost together."""
    return sum(r.unit_cost * units for r, units in zip(project.resources, peaks, strict=True))


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
    warm()
    ending = Project(
        project.name,
        tuple(
            replace(t, latest_end=deadline if t.latest_end is None else min(deadline, t.latest_end))
            for t in project.tasks
        ),
        project.resources,
    )
    tables = tables_of(ending)
    earliest = windows_of(ending).head
    budget = Budget(cpu_seconds, is_counted=repeatable)
    first: Sequence[int] = earliest
    if faults_of(ending, earliest):
        first = plan(
            ending,
            cpu_seconds=cpu_seconds * _FEASIBLE,
            seed=seed,
            threads=threads,
            repeatable=repeatable,
        ).starts
        budget.spend(cpu_seconds * _FEASIBLE)
    least = peak_bounds(ending, deadline)
    bound = cost_of(ending, least)
    best = _annealed(ending, tables, first, budget, share=cpu_seconds * _HEURISTIC, seed=seed,
                     threads=threads, goal=bound)  # fmt: skip
    cost = cost_of(ending, peaks_of(ending, best))
    if cost > bound:
        improved, bound = solve_peaks(ending, budget, deadline=deadline, least=least, hint=best,
                                      peaks=peaks_of(ending, best), seed=seed, workers=threads)  # fmt: skip
        if improved is not None and cost_of(ending, peaks_of(ending, improved)) < cost:
            best = improved
    if faults := faults_of(ending, tuple(best)):
        raise AssertionError(f"{project.name}: the plan breaks its project: {' '.join(faults)}")
    peaks = peaks_of(ending, best)
    end = max((s + t.duration for s, t in zip(best, ending.tasks, strict=True)), default=0)
    return Investment(
        peaks,
        cost_of(ending, peaks),
        min(bound, cost_of(ending, peaks)),
        Schedule(tuple(best), end),
        cost_of(ending, peaks_of(ending, earliest)),
    )


def _annealed(
    project: Project,
    tables: Tables,
    first: Sequence[int],
    budget: Budget,
    *,
    share: float,
    seed: int,
    threads: int,
    goal: float,
) -> tuple[int, ...]:
    """Level the peaks in rounds of cooling on several threads until the share is used; give the cheapest starts."""
    tasks = max(1, len(project.tasks))
    ceiling, demand, cost = _plain(project)
    until = min(budget.used + share, budget.cpu_seconds)
    warmth = 0.25 * float(np.mean(cost * demand.max(axis=1, initial=0))) + 1e-6
    moves = _MOVES_A_TASK * tasks
    seconds = moves / _MOVES_A_SECOND * ceiling.size / _CELLS
    found: list[tuple[float, tuple[int, ...]]] = []

    def level(thread: int) -> None:
        rng = np.random.default_rng(seed * 1000 + thread)
        held: Ints = np.array(first, dtype=np.int64)
        cheapest, turn = math.inf, 0
        while budget.used < until and cheapest > goal:
            best = held.copy()
            # A short budget for many tasks: fewer moves, so that the cooling comes to its end.
            fits = max(0.02, min(1.0, (until - budget.used) / max(1e-9, seconds * threads)))
            price = levelling.anneal(
                held.copy(), best, int(moves * fits), warmth, _EVENNESS[turn % len(_EVENNESS)], rng,
                tables.duration, tables.release, tables.due, tables.before_at, tables.before,
                tables.then_at, tables.then, demand, ceiling, cost,
            )  # fmt: skip
            budget.spend(seconds * fits)
            if price <= cheapest:
                cheapest, held = price, best
            turn += 1
        found.append((cheapest, tuple(held.tolist())))

    running = 1 if budget.is_counted else threads
    with ThreadPoolExecutor(running) as pool:
        list(pool.map(level, range(running)))
    return min(found)[1]


def _plain(project: Project) -> tuple[Ints, Ints, levelling.Floats]:
    """Ceilings by resource and minute, demands by resource and task, costs by resource."""
    horizon = max(1, *(t.latest_end or 0 for t in project.tasks))
    ceiling = np.zeros((len(project.resources), horizon), dtype=np.int64)
    for k, resource in enumerate(project.resources):
        for since, units in resource.capacity:
            ceiling[k, since:] = units
    demand = np.array([t.demands for t in project.tasks], dtype=np.int64).T.copy()
    return ceiling, demand, np.array([r.unit_cost for r in project.resources], dtype=np.float64)


@functools.cache
def warm() -> None:
    """Load or compile the compiled loops, so that no budget pays for it."""
    with compiling():
        tasks = tuple(Task(str(j), 1, (1,), (), 0, 4) for j in range(2))
        tiny = Project("warming", tasks, (Resource("one", ((0, 2),)),))
        _annealed(tiny, tables_of(tiny), (0, 0), Budget(0.001, is_counted=True), share=0.001, seed=1,
                  threads=1, goal=0)  # fmt: skip

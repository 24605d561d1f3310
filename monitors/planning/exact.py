"""The project as a model of OR-Tools' CP-SAT: to improve a schedule, and to prove how short one can be."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from ortools.sat.python import cp_model

from monitors.planning.bounds import windows_of
from monitors.planning.budget import Budget
from monitors.planning.project import Project

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Answer", "solve"]

_PATIENCE = 20
"""Wall seconds by second of budget after which CP-SAT gives up by itself, on a machine with no time for it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What CP-SAT found: starts (None = none), a proven bound of the end, and whether it proved that there are none."""

    starts: tuple[int, ...] | None
    bound: int
    is_impossible: bool = False


def solve(
    project: Project,
    budget: Budget,
    *,
    share: float,
    below: int,
    bound: int,
    hint: Sequence[int] | None,
    seed: int,
    workers: int,
    is_any_enough: bool = False,
) -> Answer:
    """Look for a schedule that ends by `below`, from `hint`, and for the bound; `bound` is known to hold.

    `is_impossible` says that nothing ends by `below`; with `is_any_enough` any schedule will do. `share` is
    processor seconds, or CP-SAT's own deterministic time where the budget counts work.
    """
    model = cp_model.CpModel()
    windows = windows_of(project)
    latest = windows.latest_starts(project, below)
    starts, intervals = [], []
    for j, task in enumerate(project.tasks):
        if latest[j] < windows.head[j]:
            return Answer(None, bound, is_impossible=True)
        starts.append(model.new_int_var(windows.head[j], latest[j], f"s{j}"))
        intervals.append(
            model.new_fixed_size_interval_var(starts[j], task.duration, f"i{j}")
            if task.duration
            else None
        )
        for i in task.after:
            model.add(starts[j] >= starts[i] + project.tasks[i].duration)
    add_capacities(model, project, intervals, below)
    end = model.new_int_var(bound, below, "end")
    for j, task in enumerate(project.tasks):
        model.add(end >= starts[j] + task.duration + windows.tail[j])
    if not is_any_enough:
        model.minimize(end)
    if hint is not None:
        for variable, value in zip(starts, hint, strict=True):
            model.add_hint(variable, value)
    solver = cp_model.CpSolver()
    status = run(solver, model, budget, share=share, seed=seed, workers=workers)
    if status == cp_model.INFEASIBLE:
        return Answer(None, bound, is_impossible=True)
    proven = max(bound, round(solver.best_objective_bound)) if status != cp_model.UNKNOWN else bound
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Answer(tuple(solver.value(s) for s in starts), proven)
    return Answer(None, max(proven, _bound_of(solver, bound, below)))


def _bound_of(solver: cp_model.CpSolver, bound: int, below: int) -> int:
    found = solver.best_objective_bound
    return round(found) if bound <= found <= below else bound


def add_capacities(
    model: cp_model.CpModel,
    project: Project,
    intervals: Sequence[cp_model.IntervalVar | None],
    horizon: int,
) -> None:
    """Add what each resource allows; the minutes in which it has less are taken by fixed intervals."""
    for k, resource in enumerate(project.resources):
        most = max(units for _, units in resource.capacity)
        used = [
            (interval, task.demands[k])
            for interval, task in zip(intervals, project.tasks, strict=True)
            if interval is not None and task.demands[k]
        ]
        if not used:
            continue
        steps = [*resource.capacity, (horizon, 0)]
        for (since, units), (step, _) in pairwise(steps):
            until = min(step, horizon)
            if units < most and since < until:
                fixed = model.new_fixed_size_interval_var(since, until - since, f"c{k}-{since}")
                used.append((fixed, most - units))
        model.add_cumulative([i for i, _ in used], [d for _, d in used], most)


def run(
    solver: cp_model.CpSolver,
    model: cp_model.CpModel,
    budget: Budget,
    *,
    share: float,
    seed: int,
    workers: int,
) -> cp_model.CpSolverStatus:
    """Let CP-SAT work for a share of the budget; repeatable where the budget counts work."""
    solver.parameters.random_seed = seed
    solver.parameters.num_workers = 1 if budget.is_counted else workers
    if budget.is_counted:
        solver.parameters.max_deterministic_time = share
        budget.spend(share)
    else:
        solver.parameters.max_time_in_seconds = max(1.0, share * _PATIENCE)
    with budget.stopping(solver.stop_search, share):
        return solver.solve(model)


def solve_peaks(
    project: Project,
    budget: Budget,
    *,
    deadline: int,
    least: Sequence[int],
    peaks: Sequence[int],
    hint: Sequence[int],
    seed: int,
    workers: int,
) -> tuple[tuple[int, ...] | None, float]:
    """Look for cheaper peaks than `peaks` until the budget is used up; give starts (None = none) and a proven bound."""
    model = cp_model.CpModel()
    windows = windows_of(project)
    latest = windows.latest_starts(project, deadline)
    starts = [model.new_int_var(windows.head[j], latest[j], f"s{j}") for j in range(len(latest))]
    intervals = [
        model.new_fixed_size_interval_var(start, task.duration, f"i{j}") if task.duration else None
        for j, (start, task) in enumerate(zip(starts, project.tasks, strict=True))
    ]
    for j, task in enumerate(project.tasks):
        for i in task.after:
            model.add(starts[j] >= starts[i] + project.tasks[i].duration)
    most = [sum(task.demands[k] for task in project.tasks) for k in range(len(project.resources))]
    if any(units < most[k] for k, r in enumerate(project.resources) for _, units in r.capacity):
        add_capacities(model, project, intervals, deadline)
    units = []
    for k in range(len(project.resources)):
        units.append(model.new_int_var(least[k], max(least[k], most[k]), f"u{k}"))
        used = [
            (interval, task.demands[k])
            for interval, task in zip(intervals, project.tasks, strict=True)
            if interval is not None and task.demands[k]
        ]
        model.add_cumulative([i for i, _ in used], [d for _, d in used], units[k])
        model.add_hint(units[k], peaks[k])
    costs = [resource.unit_cost for resource in project.resources]
    is_whole = all(float(c).is_integer() for c in costs)
    model.minimize(sum((int(c) if is_whole else c) * u for c, u in zip(costs, units, strict=True)))
    for variable, value in zip(starts, hint, strict=True):
        model.add_hint(variable, value)
    solver = cp_model.CpSolver()
    status = run(solver, model, budget, share=budget.left, seed=seed, workers=workers)
    known = sum(c * n for c, n in zip(costs, least, strict=True))
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return tuple(solver.value(s) for s in starts), max(known, solver.best_objective_bound)
    return None, known

"""The planner: a project in, the shortest schedule that a budget of processor time finds out."""

from __future__ import annotations

from monitors.planning import exact
from monitors.planning.bounds import simple_bound
from monitors.planning.budget import Budget
from monitors.planning.checking import faults_of
from monitors.planning.clash import clash_of, latest_end_of
from monitors.planning.failures import NoPlan, PlanFailed
from monitors.planning.project import Project, Schedule
from monitors.planning.search import Found, populations, search, warm

__all__ = ["NoPlan", "PlanFailed", "plan"]

# Shares of the budget, by trial (docs/monitors/planning.md): breed, prove and improve, breed on.
_FIRST = 0.15
_EXACT = 0.35
_WORKERS_A_THREAD = 1


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
    warm()
    people = populations(project, seed, threads, cpu_seconds / threads)
    if not project.tasks:
        return Schedule((), 0, 0)
    budget = Budget(cpu_seconds, is_counted=repeatable)
    bound = simple_bound(project)
    best = search(people, budget, share=cpu_seconds * _FIRST, goal=bound)
    if best.worth > bound:
        answer = exact.solve(
            project,
            budget,
            share=cpu_seconds * _EXACT,
            below=latest_end_of(project) if best.is_late else best.worth,
            bound=bound,
            hint=best.starts,
            seed=seed,
            workers=threads * _WORKERS_A_THREAD,
        )
        if answer.is_impossible and best.is_late:
            raise NoPlan(project, clash_of(project, seconds=cpu_seconds, repeatable=repeatable))
        bound = answer.bound
        best = _better(project, best, answer.starts)
    if best.worth > bound:
        for person in people:
            person.welcome(best.starts)
        best = search(people, budget, share=budget.left, goal=bound)
    if best.is_late:
        raise PlanFailed(
            f"{project.name}: no plan was found in {cpu_seconds} s that meets every deadline, nor proven that there "
            "is none; give it more processor time, or relax a deadline."
        )
    if faults := faults_of(project, best.starts, best.worth):
        raise AssertionError(f"{project.name}: the plan breaks its project: {' '.join(faults)}")
    return Schedule(best.starts, best.worth, bound)


def _better(project: Project, best: Found, starts: tuple[int, ...] | None) -> Found:
    if starts is None:
        return best
    end = max(s + t.duration for s, t in zip(starts, project.tasks, strict=True))
    return Found(starts, end, best.schedules) if end < best.worth else best

"""The planner: a project in, the shortest schedule that a budget of processor time finds out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from monitors.planning import exact
from monitors.planning.bounds import simple_bound
from monitors.planning.budget import Budget
from monitors.planning.checking import faults_of
from monitors.planning.clash import clash_of, latest_end_of, too_long_chain
from monitors.planning.failures import NoPlan, PlanFailed
from monitors.planning.project import Project, Schedule
from monitors.planning.search import Found, Population, populations, search, warm

__all__ = ["NoPlan", "PlanFailed", "plan"]

# Shares of the budget: breeding before CP-SAT, and CP-SAT, for which one worker proves most by processor second.
_FIRST = 0.15
_EXACT = 0.25


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
    same schedule on every machine. To name a clash takes up to as much again.
    """
    warm()
    people = populations(project, seed, threads, cpu_seconds / threads)
    if not project.tasks:
        return Schedule((), 0, 0)
    if chain := too_long_chain(project):
        raise NoPlan(project, chain)
    budget = Budget(cpu_seconds, is_counted=repeatable)
    bound = simple_bound(project)
    best = search(people, budget, share=cpu_seconds * _FIRST, goal=bound)
    if best.worth > bound:
        answer = _proven_beside_breeding(project, people, budget, best, bound, seed)
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


def _proven_beside_breeding(
    project: Project, people: list[Population], budget: Budget, best: Found, bound: int, seed: int
) -> exact.Answer:
    """Let CP-SAT work on one thread, while all populations but one are bred on the others."""
    share = budget.cpu_seconds * _EXACT

    def prove() -> exact.Answer:
        return exact.solve(
            project,
            budget,
            # The watch counts what the other threads use meanwhile too.
            share=share if budget.is_counted else share * len(people),
            below=latest_end_of(project) if best.is_late else best.worth,
            bound=bound,
            hint=best.starts,
            seed=seed,
            workers=1,
        )

    if budget.is_counted or len(people) == 1:
        return prove()
    with ThreadPoolExecutor(1) as pool:
        proof = pool.submit(prove)
        search(people[1:], budget, share=budget.left, goal=bound, until=proof.done)
        return proof.result()


def _better(project: Project, best: Found, starts: tuple[int, ...] | None) -> Found:
    if starts is None:
        return best
    end = max(s + t.duration for s, t in zip(starts, project.tasks, strict=True))
    return Found(starts, end, best.schedules) if end < best.worth else best

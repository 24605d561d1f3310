"""Why a project has no schedule: constraints that cannot all hold, each of which is needed for that."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from monitors.planning import exact
from monitors.planning.bounds import windows_of
from monitors.planning.budget import Budget
from monitors.planning.project import Project, Resource

__all__ = ["Constraint", "Kind", "clash_of"]


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


_Key = tuple[Kind, int, int]


def clash_of(
    project: Project, *, seconds: float, repeatable: bool = False, threads: int = 2
) -> tuple[Constraint, ...]:
    """Give clashing constraints of a project without a schedule, of which none can be left out.

    A chain that is too long by itself is told first: the one of fewest tasks. Else constraints are left out in
    halves, as long as what is left is provably impossible. Where `seconds` of processor time end first, or a proof
    takes too long, the set clashes all the same, but more may be in it than needed.
    """
    if chain := _shortest_chain(project):
        return tuple(_named(project, key) for key in chain)
    budget = Budget(seconds, is_counted=repeatable)
    kept = _keys_of(project)
    # What an operator can least do about goes out first: so what stays is told in deadlines and capacities.
    for kind in (Kind.AFTER, Kind.EARLIEST, Kind.DEADLINE, Kind.CAPACITY):
        of_kind = [key for key in kept if key[0] is kind]
        waiting = [of_kind] if of_kind else []
        while waiting:
            out = waiting.pop()
            less = [key for key in kept if key not in set(out)]
            if _is_impossible(_only(project, set(less)), budget, seconds, threads):
                kept = less
            elif len(out) > 1:
                half = len(out) // 2
                waiting += [out[half:], out[:half]]
    return tuple(_named(project, key) for key in kept)


def _keys_of(project: Project) -> list[_Key]:
    tasks = project.tasks
    keys: list[_Key] = [
        (Kind.AFTER, j, i) for j, t in enumerate(tasks) for i in dict.fromkeys(t.after)
    ]
    keys += [(Kind.EARLIEST, j, 0) for j, task in enumerate(tasks) if task.earliest]
    keys += [(Kind.DEADLINE, j, 0) for j, task in enumerate(tasks) if task.latest_end is not None]
    keys += [
        (Kind.CAPACITY, k, 0)
        for k in range(len(project.resources))
        if any(task.demands[k] and task.duration for task in tasks)
    ]
    return keys


def _named(project: Project, key: _Key) -> Constraint:
    kind, at, other = key
    if kind is Kind.CAPACITY:
        return Constraint(kind, resource=project.resources[at].name)
    name = project.tasks[at].name
    if kind is Kind.AFTER:
        return Constraint(kind, task=name, other=project.tasks[other].name)
    return Constraint(kind, task=name)


def _only(project: Project, keys: set[_Key]) -> Project:
    """The project with these constraints and no others."""
    plenty = [
        max(1, sum(t.demands[k] for t in project.tasks)) for k in range(len(project.resources))
    ]
    tasks = [
        replace(
            task,
            after=tuple(i for i in task.after if (Kind.AFTER, j, i) in keys),
            earliest=task.earliest if (Kind.EARLIEST, j, 0) in keys else 0,
            latest_end=task.latest_end if (Kind.DEADLINE, j, 0) in keys else None,
        )
        for j, task in enumerate(project.tasks)
    ]
    resources = [
        resource if (Kind.CAPACITY, k, 0) in keys else Resource(resource.name, ((0, plenty[k]),))
        for k, resource in enumerate(project.resources)
    ]
    return Project(project.name, tuple(tasks), tuple(resources))


def _is_impossible(project: Project, budget: Budget, seconds: float, threads: int) -> bool:
    """Whether the project provably has no schedule; False also where the budget does not hold the proof."""
    if _shortest_chain(project):
        return True
    relevant = _relevant(project)
    if not relevant.tasks or budget.left <= 0:
        return False
    answer = exact.solve(
        relevant,
        budget,
        share=min(budget.left, max(0.5, seconds / 20)),
        below=latest_end_of(relevant),
        bound=0,
        hint=None,
        seed=1,
        workers=threads,
        is_any_enough=True,
    )
    return answer.is_impossible


def _relevant(project: Project) -> Project:
    """Leave out what cannot make it impossible: tasks without a deadline of their own or of one behind them.

    Such a task can be put off until all others have ended, unless a resource has too little for it by then.
    """
    matters: set[int] = set()
    for j, task in enumerate(project.tasks):
        short = any(
            task.duration and task.demands[k] > r.capacity[-1][1]
            for k, r in enumerate(project.resources)
        )
        if task.latest_end is not None or short:
            waiting = [j]
            while waiting:
                i = waiting.pop()
                if i not in matters:
                    matters.add(i)
                    waiting += project.tasks[i].after
    kept = sorted(matters)
    place = {j: at for at, j in enumerate(kept)}
    tasks = tuple(
        replace(project.tasks[j], after=tuple(place[i] for i in project.tasks[j].after))
        for j in kept
    )
    return Project(project.name, tasks, project.resources)


def latest_end_of(project: Project) -> int:
    """A minute by which some schedule has ended, if there is one at all."""
    settled = max([0, *(since for resource in project.resources for since, _ in resource.capacity)])
    begins = max([settled, *(task.earliest for task in project.tasks)])
    return begins + sum(task.duration for task in project.tasks)


def _shortest_chain(project: Project) -> list[_Key]:
    """The chain of fewest tasks, from an `earliest` or the beginning to a deadline, that is too long; else none."""
    tasks = project.tasks
    windows = windows_of(project)
    found: list[_Key] = []
    for j, task in enumerate(tasks):
        if task.latest_end is None or windows.head[j] + task.duration <= task.latest_end:
            continue
        chain: list[_Key] = [(Kind.DEADLINE, j, 0)]
        at = j
        while windows.head[at] != tasks[at].earliest:
            before = next(
                i
                for i in tasks[at].after
                if windows.head[i] + tasks[i].duration == windows.head[at]
            )
            chain.append((Kind.AFTER, at, before))
            at = before
        if tasks[at].earliest:
            chain.append((Kind.EARLIEST, at, 0))
        if not found or len(chain) < len(found):
            found = chain
    return found

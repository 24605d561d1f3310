"""Projects for tests: small ones of every shape by Hypothesis, and the best end by trying every order."""

from __future__ import annotations

from itertools import permutations

from hypothesis import strategies as st

from monitors.planning.project import Project, Resource, Task

__all__ = ["best_end", "chain", "projects"]


def chain(*durations: int, units: int = 1, **last: int | None) -> Project:
    """Tasks one behind another, each demanding one unit; `last` is said of the last of them."""
    tasks = [Task(f"t{j}", d, (1,), (j - 1,) if j else ()) for j, d in enumerate(durations)]
    end = tasks[-1]
    tasks[-1] = Task(
        end.name, end.duration, end.demands, end.after, latest_end=last.get("latest_end")
    )
    return Project("chain", tuple(tasks), (Resource("only", ((0, units),)),))


@st.composite
def projects(draw: st.DrawFn, *, most: int = 12, is_steady: bool = False) -> Project:
    """Projects in which every task fits sometime: steps of capacity, releases, tasks without duration."""
    kinds = draw(st.integers(1, 6))
    capacities = [draw(st.integers(1, 9)) for _ in range(kinds)]
    tasks = []
    for j in range(draw(st.integers(1, most))):
        demands = tuple(draw(st.integers(0, units)) for units in capacities)
        after = draw(st.sets(st.integers(0, j - 1), max_size=3)) if j else set()
        earliest = 0 if is_steady else draw(st.sampled_from((0, 0, 0, 5, 20)))
        tasks.append(
            Task(f"t{j}", draw(st.integers(0, 8)), demands, tuple(sorted(after)), earliest)
        )
    resources = []
    for k, units in enumerate(capacities):
        steps = ((0, units),)
        if not is_steady and draw(st.booleans()):
            steps = ((0, draw(st.integers(0, units))), (draw(st.integers(1, 15)), units))
        resources.append(Resource(f"r{k}", steps))
    return Project("any", tuple(tasks), tuple(resources))


def best_end(project: Project) -> int:
    """The best end over all orders by a plain serial generation; for a handful of tasks."""
    best = None
    for order in permutations(range(len(project.tasks))):
        place = {j: at for at, j in enumerate(order)}
        if all(place[i] < place[j] for j, t in enumerate(project.tasks) for i in t.after):
            end = _end(project, order)
            best = end if best is None else min(best, end)
    assert best is not None
    return best


def _end(project: Project, order: tuple[int, ...]) -> int:
    used: dict[tuple[int, int], int] = {}
    ends: dict[int, int] = {}
    for j in order:
        task = project.tasks[j]
        start = max([task.earliest, *(ends[i] for i in task.after)])
        while any(
            used.get((k, t), 0) + units > project.resources[k].at(t)
            for k, units in enumerate(task.demands)
            for t in range(start, start + task.duration)
        ):
            start += 1
        for k, units in enumerate(task.demands):
            for t in range(start, start + task.duration):
                used[k, t] = used.get((k, t), 0) + units
        ends[j] = start + task.duration
    return max(ends.values())

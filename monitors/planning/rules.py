"""Priority rules: what the search begins with, and the yardsticks that it has to beat."""

from __future__ import annotations

import numpy as np

from monitors.planning import dispatching, kernel
from monitors.planning.bounds import Windows, windows_of
from monitors.planning.crossing import order_by
from monitors.planning.project import Project
from monitors.planning.soundness import topological
from monitors.planning.tables import Arrays, Ints, tables_of

__all__ = ["RULES", "by_rules", "first_come", "keys_of"]

RULES = ("latest end", "latest start", "most successors", "greatest work behind", "least slack")


def keys_of(project: Project, windows: Windows) -> Ints:
    """Give by rule and task its key, less is sooner."""
    end = max(
        (windows.head[j] + t.duration + windows.tail[j] for j, t in enumerate(project.tasks)),
        default=0,
    )
    latest = windows.latest_starts(project, end)
    behind = _behind(project)
    rows = [
        [latest[j] + task.duration for j, task in enumerate(project.tasks)],
        list(latest),
        [-len(found) for found in behind],
        [
            -t.duration - sum(project.tasks[i].duration for i in behind[j])
            for j, t in enumerate(project.tasks)
        ],
        [latest[j] - windows.head[j] for j in range(len(project.tasks))],
    ]
    return np.array(rows, dtype=np.int64)


def _behind(project: Project) -> list[set[int]]:
    """All tasks that wait for each task, through others too."""
    behind: list[set[int]] = [set() for _ in project.tasks]
    for j in reversed(topological(project)):
        for i in project.tasks[j].after:
            behind[i] |= behind[j]
            behind[i].add(j)
    return behind


def by_rules(project: Project) -> dict[str, int]:
    """Give the end by rule, the better of serial and parallel generation; lateness weighs as in the search."""
    tables = tables_of(project)
    keys = keys_of(project, windows_of(project))
    ends = {}
    for name, key in zip(RULES, keys, strict=True):
        order = np.zeros(len(key), dtype=np.int64)
        order_by(key, order, tables.before_at, tables.before)
        start = np.zeros(len(key), dtype=np.int64)
        end = kernel.place_all(order, start, tables.free.copy(), *tables.arrays)
        ends[name] = min(int(end), _dispatched(tables.arrays, key))
    return ends


def first_come(project: Project) -> int:
    """Give the end of a run that starts whatever fits, in the order in which the tasks became ready."""
    tables = tables_of(project)
    return _dispatched(tables.arrays, np.zeros(len(project.tasks), dtype=np.int64))


def _dispatched(arrays: Arrays, key: Ints) -> int:
    start = np.zeros(len(key), dtype=np.int64)
    return int(dispatching.dispatch(key, start, *arrays))

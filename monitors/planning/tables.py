"""A project as the arrays that the compiled search works on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitors.planning.project import Project
from monitors.planning.soundness import ensure_sound, topological

__all__ = ["NEVER", "Arrays", "Ints", "Tables", "tables_of"]

Ints = NDArray[np.int64]
Arrays = tuple[Ints, Ints, Ints, Ints, Ints, Ints, Ints, Ints, Ints, Ints]

NEVER = 1 << 40
"""A due minute that means there is none."""

_WORD = 63


@dataclass(frozen=True, slots=True)
class Tables:
    """Durations, graph, and the use of all resources packed into words, so that one subtraction tests several.

    A field of a word holds the free units of one resource below a guard bit that is set; taking more than is
    free clears the guard. `free` is by word and minute, up to a horizon by which every serial schedule has ended.
    """

    duration: Ints
    release: Ints
    due: Ints
    before_at: Ints
    before: Ints
    then_at: Ints
    then: Ints
    demand: Ints  # by word and task
    free: Ints  # by word and minute
    guard: Ints  # by word
    order: Ints  # one order of the tasks that respects `after`

    @property
    def arrays(self) -> Arrays:
        """The arrays in the order in which the compiled functions take them."""
        return (
            self.duration,
            self.release,
            self.due,
            self.before_at,
            self.before,
            self.then_at,
            self.then,
            self.demand,
            self.free,
            self.guard,
        )


def tables_of(project: Project) -> Tables:
    """Turn a project into arrays; raises InvalidProject.

    Where the last step of a resource is too low for a task, the horizon gets units for it and the task is due
    before: so a serial schedule always exists, and that it is none is seen by its lateness.
    """
    ensure_sound(project)
    tasks, resources = project.tasks, project.resources
    duration = np.array([task.duration for task in tasks], dtype=np.int64)
    release = np.array([task.earliest for task in tasks], dtype=np.int64)
    due = np.array([NEVER if t.latest_end is None else t.latest_end for t in tasks], dtype=np.int64)
    steps = [since for resource in resources for since, _ in resource.capacity]
    settled = max([0, *steps])
    horizon = int(max(settled, release.max(initial=0)) + duration.sum() + 1)
    most = [max((task.demands[k] for task in tasks), default=0) for k in range(len(resources))]
    units = np.zeros((len(resources), horizon), dtype=np.int64)
    for k, resource in enumerate(resources):
        for since, capacity in resource.capacity:
            units[k, since:] = capacity
        tail = resource.capacity[-1][1]
        if most[k] > tail:
            units[k, settled:] = most[k]
            for j, task in enumerate(tasks):
                if task.demands[k] > tail and task.duration:
                    due[j] = min(due[j], settled)
    width = int(max([1, *most, *units.max(axis=1, initial=0)])).bit_length() + 1
    a_word = _WORD // width
    words = max(1, -(-len(resources) // a_word))
    demand = np.zeros((words, len(tasks)), dtype=np.int64)
    free = np.zeros((words, horizon), dtype=np.int64)
    guard = np.zeros(words, dtype=np.int64)
    for k in range(len(resources)):
        word, shift = k // a_word, (k % a_word) * width
        demand[word] |= np.array([t.demands[k] for t in tasks], dtype=np.int64) << shift
        free[word] |= units[k] << shift
        guard[word] |= np.int64(1) << np.int64(shift + width - 1)
    free |= guard[:, None]
    before = [task.after for task in tasks]
    then: list[list[int]] = [[] for _ in tasks]
    for j, after in enumerate(before):
        for i in after:
            then[i].append(j)
    before_at, before_flat = _rows(before)
    then_at, then_flat = _rows(then)
    return Tables(
        duration, release, due, before_at, before_flat, then_at, then_flat, demand, free, guard,
        np.array(topological(project), dtype=np.int64),
    )  # fmt: skip


def _rows(rows: list[tuple[int, ...]] | list[list[int]]) -> tuple[Ints, Ints]:
    at = np.zeros(len(rows) + 1, dtype=np.int64)
    at[1:] = np.cumsum([len(row) for row in rows])
    return at, np.array([x for row in rows for x in row], dtype=np.int64)

"""The compiled inner loops: serial schedule generation forwards and backwards, and orders read off a schedule."""

from __future__ import annotations

import numpy as np

from monitors.planning.compiled import compiled
from monitors.planning.tables import NEVER, Ints

__all__ = ["LATENESS", "Room", "justify", "place_all", "room", "worth"]

Room = tuple[Ints, Ints, Ints, Ints]
"""What `justify` needs to work in: profile, key, other, count."""

LATENESS = 1 << 20
"""How many minutes of a later end one minute of lateness weighs."""


@compiled
def _first_fit(start: int, span: int, j: int, demand: Ints, free: Ints, guard: Ints) -> int:
    run = 0
    t = start
    words = guard.shape[0]
    if words == 1:
        need = demand[0, j]
        mask = guard[0]
        while run < span:
            if (free[0, t] - need) & mask == mask:
                run += 1
            else:
                run = 0
            t += 1
        return t - span
    while run < span:
        fits = True
        for w in range(words):
            if (free[w, t] - demand[w, j]) & guard[w] != guard[w]:
                fits = False
                break
        run = run + 1 if fits else 0
        t += 1
    return t - span


@compiled
def _last_fit(end: int, span: int, j: int, demand: Ints, free: Ints, guard: Ints) -> int:
    run = 0
    t = end
    words = guard.shape[0]
    if words == 1:
        need = demand[0, j]
        mask = guard[0]
        while run < span:
            t -= 1
            if (free[0, t] - need) & mask == mask:
                run += 1
            else:
                run = 0
        return t
    while run < span:
        t -= 1
        fits = True
        for w in range(words):
            if (free[w, t] - demand[w, j]) & guard[w] != guard[w]:
                fits = False
                break
        run = run + 1 if fits else 0
    return t


@compiled
def place_all(
    order: Ints,
    start: Ints,
    profile: Ints,
    duration: Ints,
    release: Ints,
    due: Ints,
    before_at: Ints,
    before: Ints,
    then_at: Ints,
    then: Ints,
    demand: Ints,
    free: Ints,
    guard: Ints,
) -> int:
    """Start each task, in an order that respects `after`, as early as it fits; give the end of the last.

    `profile` is room to work in, as large as `free` and equal to it; it is left so.
    """
    end = 0
    for place in range(order.shape[0]):
        j = order[place]
        earliest = release[j]
        for p in range(before_at[j], before_at[j + 1]):
            i = before[p]
            earliest = max(earliest, start[i] + duration[i])
        span = duration[j]
        if span > 0:
            earliest = _first_fit(earliest, span, j, demand, profile, guard)
            for w in range(guard.shape[0]):
                need = demand[w, j]
                if need:
                    for t in range(earliest, earliest + span):
                        profile[w, t] -= need
        start[j] = earliest
        end = max(end, earliest + span)
    for w in range(guard.shape[0]):
        profile[w, :end] = free[w, :end]
    return end


@compiled
def _push_late(
    order: Ints,
    start: Ints,
    profile: Ints,
    end: int,
    duration: Ints,
    due: Ints,
    then_at: Ints,
    then: Ints,
    demand: Ints,
    free: Ints,
    guard: Ints,
) -> None:
    """Start each task, those that end last first, as late as it fits before `end`, and not later beyond its due."""
    for place in range(order.shape[0]):
        j = order[place]
        span = duration[j]
        latest = max(min(end, due[j]), start[j] + span)
        for p in range(then_at[j], then_at[j + 1]):
            latest = min(latest, start[then[p]])
        if span > 0:
            latest = _last_fit(latest, span, j, demand, profile, guard)
            for w in range(guard.shape[0]):
                need = demand[w, j]
                if need:
                    for t in range(latest, latest + span):
                        profile[w, t] -= need
        start[j] = latest
    for w in range(guard.shape[0]):
        profile[w, :end] = free[w, :end]


@compiled
def _sorted_by(key: Ints, base: Ints, into: Ints, count: Ints, end: int) -> None:
    """Order the tasks of `base` by `key` (0 to `end`), equals as in `base`; `count` is room for end + 2 numbers."""
    count[: end + 2] = 0
    for j in range(key.shape[0]):
        count[key[j] + 1] += 1
    for t in range(1, end + 1):
        count[t] += count[t - 1]
    for place in range(base.shape[0]):
        j = base[place]
        into[count[key[j]]] = j
        count[key[j]] += 1


@compiled
def justify(
    order: Ints,
    start: Ints,
    profile: Ints,
    key: Ints,
    other: Ints,
    count: Ints,
    end: int,
    duration: Ints,
    release: Ints,
    due: Ints,
    before_at: Ints,
    before: Ints,
    then_at: Ints,
    then: Ints,
    demand: Ints,
    free: Ints,
    guard: Ints,
) -> int:
    """Push a schedule to the right and back to the left; `order` becomes that of its starts. It never ends later.

    After Valls, Ballestín and Quintanilla (2005). `key`, `other` and `count` are room to work in.
    """
    n = order.shape[0]
    for place in range(n):
        j = order[place]
        other[n - 1 - place] = j
        key[j] = end - start[j] - duration[j]
    # `order` respects `after`, so its reverse has each task behind those that wait for it.
    _sorted_by(key, other, order, count, end)
    _push_late(order, start, profile, end, duration, due, then_at, then, demand, free, guard)
    for place in range(n):
        other[n - 1 - place] = order[place]
    _sorted_by(start, other, order, count, end)
    end = place_all(
        order, start, profile, duration, release, due,
        before_at, before, then_at, then, demand, free, guard,
    )  # fmt: skip
    for place in range(n):
        other[place] = order[place]
    _sorted_by(start, other, order, count, end)
    return end


@compiled
def worth(start: Ints, duration: Ints, due: Ints, end: int) -> int:
    """Weigh a schedule, less is better: its end, and by far more each minute by which a task is late."""
    late = 0
    for j in range(start.shape[0]):
        if due[j] < NEVER:
            late += max(0, start[j] + duration[j] - due[j])
    return end + LATENESS * late


def room(free: Ints, tasks: int) -> Room:
    """Make the room for a project of so many tasks with these free units."""
    empty = np.empty(tasks, dtype=np.int64)
    return free.copy(), empty, empty.copy(), np.zeros(free.shape[1] + 2, dtype=np.int64)

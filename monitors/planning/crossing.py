"""The compiled genetic search over orders of tasks: parents, crossings, mutations, and who is replaced."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from monitors.planning.compiled import compiled
from monitors.planning.kernel import Room, justify, place_all, worth
from monitors.planning.tables import Arrays, Ints

__all__ = ["breed", "found", "order_by"]


@compiled
def order_by(key: Ints, into: Ints, before_at: Ints, before: Ints) -> None:
    """Order tasks by `key`, each behind all that it waits for (these are pulled forward)."""
    n = key.shape[0]
    done = np.zeros(n, dtype=np.bool_)
    stack = np.empty(before.shape[0] + n + 1, dtype=np.int64)
    filled = 0
    for j in np.argsort(key, kind="mergesort"):
        stack[0] = j
        height = 1
        while height:
            top = stack[height - 1]
            if done[top]:
                height -= 1
                continue
            is_ready = True
            for p in range(before_at[top + 1] - 1, before_at[top] - 1, -1):
                if not done[before[p]]:
                    stack[height] = before[p]
                    height += 1
                    is_ready = False
            if is_ready:
                done[top] = True
                into[filled] = top
                filled += 1
                height -= 1


@compiled
def _schedule(order: Ints, start: Ints, room: Room, tables: Arrays) -> int:
    profile, key, other, count = room
    (duration, release, due, before_at, before, then_at, then, demand, free, guard) = tables
    end = place_all(
        order, start, profile, duration, release, due,
        before_at, before, then_at, then, demand, free, guard,
    )  # fmt: skip
    end = justify(
        order, start, profile, key, other, count, end, duration, release, due,
        before_at, before, then_at, then, demand, free, guard,
    )  # fmt: skip
    return worth(start, duration, due, end)


@compiled
def found(
    orders: Ints,
    starts: Ints,
    worths: Ints,
    keys: Ints,
    noise: int,
    rng: Generator,
    room: Room,
    tables: Arrays,
) -> None:
    """Fill a population: orders by each of the `keys` (by rule and task) in turn, blurred by `noise` per cent."""
    key = room[1]
    before_at, before = tables[3], tables[4]
    n = key.shape[0]
    for member in range(orders.shape[0]):
        rule = keys[member % keys.shape[0]]
        spread = max(1, (rule.max() - rule.min()) * noise // 100)
        if member < keys.shape[0]:
            spread = 0
        for j in range(n):
            key[j] = rule[j] * 1000 + np.int64(rng.random() * spread * 1000)
        order_by(key, orders[member], before_at, before)
        worths[member] = _schedule(orders[member], starts[member], room, tables)


@compiled
def _two_point(mother: Ints, father: Ints, child: Ints, rng: Generator, taken: Ints) -> None:
    n = mother.shape[0]
    a = np.int64(rng.random() * n)
    b = np.int64(rng.random() * n)
    if a > b:
        a, b = b, a
    taken[:] = 0
    for place in range(a):
        child[place] = mother[place]
        taken[mother[place]] = 1
    filled = a
    for place in range(n):
        if filled > b:
            break
        j = father[place]
        if not taken[j]:
            child[filled] = j
            taken[j] = 1
            filled += 1
    for place in range(n):
        j = mother[place]
        if not taken[j]:
            child[filled] = j
            filled += 1


@compiled
def _window(
    from_mother: Ints, from_father: Ints, child: Ints, key: Ints, rng: Generator, tables: Arrays
) -> None:
    """The father's starts in a window of time, the mother's before and after it (Debels and Vanhoucke 2007)."""
    duration, before_at, before = tables[0], tables[3], tables[4]
    n = child.shape[0]
    end = 0
    for j in range(n):
        end = max(end, from_father[j] + duration[j])
    length = 1 + np.int64((0.1 + 0.5 * rng.random()) * end)
    since = np.int64(rng.random() * (end + length)) - length
    until = since + length
    far = end * 4 + 1
    middle = (since + until) // 2
    for j in range(n):
        if since <= from_father[j] and from_father[j] + duration[j] <= until:
            key[j] = from_father[j]
        elif from_mother[j] + duration[j] // 2 < middle:
            key[j] = from_mother[j] - far
        else:
            key[j] = from_mother[j] + far
    order_by(key, child, before_at, before)


@compiled
def breed(
    orders: Ints,
    starts: Ints,
    worths: Ints,
    rng: Generator,
    children: int,
    goal: int,
    windowed: float,
    swapped: float,
    room: Room,
    tables: Arrays,
) -> int:
    """Breed children; give how many. A child takes the place of its mother unless it is worse, stops at `goal`."""
    key = room[1]
    before_at, before = tables[3], tables[4]
    members, n = orders.shape
    child = np.empty(n, dtype=np.int64)
    start = np.empty(n, dtype=np.int64)
    for born in range(children):
        a = np.int64(rng.random() * members)
        b = np.int64(rng.random() * members)
        c = np.int64(rng.random() * members)
        if worths[c] < worths[b]:
            b = c
        if a == b:
            b = (a + 1) % members
        if rng.random() < windowed:
            _window(starts[a], starts[b], child, key, rng, tables)
        else:
            _two_point(orders[a], orders[b], child, rng, key)
        for place in range(n - 1):
            if rng.random() < swapped:
                i, j = child[place], child[place + 1]
                may = True
                for p in range(before_at[j], before_at[j + 1]):
                    if before[p] == i:
                        may = False
                if may:
                    child[place], child[place + 1] = j, i
        w = _schedule(child, start, room, tables)
        if w <= worths[a]:
            same = w == worths[b]
            if same:
                for j in range(n):
                    if start[j] != starts[b, j]:
                        same = False
                        break
            if not same:
                orders[a] = child
                starts[a] = start
                worths[a] = w
        if w <= goal:
            return born + 1
    return children

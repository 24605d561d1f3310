"""The compiled parallel schedule generation: at each minute, what is ready and fits is started."""

from __future__ import annotations

import numpy as np

from monitors.planning.compiled import compiled
from monitors.planning.tables import Ints

__all__ = ["dispatch"]


@compiled
def dispatch(
    key: Ints,
    start: Ints,
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
    """Start tasks minute by minute, by `key`, then by the minute since when they are ready; give the last end.

    A task starts only where its resources last until its end.
    """
    n = key.shape[0]
    profile = free.copy()
    ready = np.full(n, -1, dtype=np.int64)
    is_done = np.zeros(n, dtype=np.bool_)
    horizon = free.shape[1]
    left = n
    t = 0
    last = 0
    while left and t < horizon:
        for j in range(n):
            if ready[j] < 0 and release[j] <= t:
                is_ready = True
                for p in range(before_at[j], before_at[j + 1]):
                    i = before[p]
                    if not is_done[i] or start[i] + duration[i] > t:
                        is_ready = False
                        break
                if is_ready:
                    ready[j] = t
        rank = np.empty(n, dtype=np.int64)
        for j in range(n):
            rank[j] = key[j] * horizon + max(0, ready[j])
        progressed = False
        for j in np.argsort(rank, kind="mergesort"):
            if is_done[j] or ready[j] < 0:
                continue
            fits = t + duration[j] <= horizon
            for w in range(guard.shape[0]):
                if not fits:
                    break
                for s in range(t, t + duration[j]):
                    if (profile[w, s] - demand[w, j]) & guard[w] != guard[w]:
                        fits = False
                        break
            if fits:
                start[j] = t
                is_done[j] = True
                left -= 1
                last = max(last, t + duration[j])
                for w in range(guard.shape[0]):
                    for s in range(t, t + duration[j]):
                        profile[w, s] -= demand[w, j]
                if duration[j] == 0:
                    progressed = True
        if not progressed:
            t += 1
    return last if left == 0 else horizon

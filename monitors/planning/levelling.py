"""The compiled search for low peaks: tasks are moved about between those that they wait for and that wait for them."""

from __future__ import annotations

import math

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from monitors.planning.compiled import compiled
from monitors.planning.tables import Ints

__all__ = ["anneal"]

Floats = NDArray[np.float64]


@compiled
def _put(
    use: Ints, peak: Ints, squares: Ints, demand: Ints, j: int, since: int, until: int, sign: int
) -> None:
    """Add a task to the use, or take it out; `peak` and `squares` (by resource) follow."""
    for k in range(use.shape[0]):
        need = demand[k, j] * sign
        if need == 0:
            continue
        most = np.int64(0)
        was_peak = False
        for t in range(since, until):
            u = use[k, t]
            was_peak = was_peak or u == peak[k]
            squares[k] += need * (2 * u + need)
            use[k, t] = u + need
            most = max(most, u + need)
        if need > 0:
            peak[k] = max(peak[k], most)
        elif was_peak:
            most = np.int64(0)
            for t in range(use.shape[1]):
                most = max(most, use[k, t])
            peak[k] = most


@compiled
def _price(
    peak: Ints, squares: Ints, cost: Floats, work: Floats, evenness: float
) -> tuple[float, float]:
    """Give what the peaks cost, and the same with a share of the use that a unit of work meets on average."""
    peaks = 0.0
    mean = 0.0
    for k in range(peak.shape[0]):
        peaks += cost[k] * peak[k]
        if work[k] > 0:
            mean += cost[k] * squares[k] / work[k]
    return peaks, peaks + evenness * mean


@compiled
def _is_under(use: Ints, ceiling: Ints, demand: Ints, j: int, since: int, until: int) -> bool:
    for k in range(use.shape[0]):
        if demand[k, j]:
            for t in range(since, until):
                if use[k, t] > ceiling[k, t]:
                    return False
    return True


@compiled
def anneal(
    start: Ints,
    best: Ints,
    moves: int,
    warmth: float,
    evenness: float,
    rng: Generator,
    duration: Ints,
    release: Ints,
    due: Ints,
    before_at: Ints,
    before: Ints,
    then_at: Ints,
    then: Ints,
    demand: Ints,
    ceiling: Ints,
    cost: Floats,
) -> float:
    """Move tasks one by one from `start`, a schedule under the ceilings, cooling down; `best` is the cheapest met.

    `demand` is by resource and task, `ceiling` by resource and minute, `due` is by when each task has to end.
    Gives the cost of `best`.
    """
    n = start.shape[0]
    use = np.zeros_like(ceiling)
    work = np.zeros(cost.shape[0])
    peak = np.zeros(cost.shape[0], dtype=np.int64)
    squares = np.zeros(cost.shape[0], dtype=np.int64)
    for j in range(n):
        _put(use, peak, squares, demand, j, start[j], start[j] + duration[j], 1)
        for k in range(cost.shape[0]):
            work[k] += demand[k, j] * duration[j]
    cheapest, now = _price(peak, squares, cost, work, evenness)
    best[:] = start
    for move in range(moves):
        heat = warmth * (1.0 - move / moves) ** 2 + 1e-9
        j = int(rng.random() * n)
        low = release[j]
        for p in range(before_at[j], before_at[j + 1]):
            low = max(low, start[before[p]] + duration[before[p]])
        high = due[j] - duration[j]
        for p in range(then_at[j], then_at[j + 1]):
            high = min(high, start[then[p]] - duration[j])
        if high <= low or duration[j] == 0:
            continue
        was = start[j]
        if rng.random() < 0.5:
            # Near by: in a wide window most far places are worse.
            low = max(low, was - duration[j])
            high = min(high, was + duration[j])
        since = low + int(rng.random() * (high - low + 1))
        if since == was:
            continue
        _put(use, peak, squares, demand, j, was, was + duration[j], -1)
        _put(use, peak, squares, demand, j, since, since + duration[j], 1)
        peaks, price = _price(peak, squares, cost, work, evenness)
        may = price <= now or rng.random() < math.exp((now - price) / heat)
        if may and _is_under(use, ceiling, demand, j, since, since + duration[j]):
            start[j] = since
            now = price
            if peaks < cheapest - 1e-9:
                cheapest = peaks
                best[:] = start
        else:
            _put(use, peak, squares, demand, j, since, since + duration[j], -1)
            _put(use, peak, squares, demand, j, was, was + duration[j], 1)
    return cheapest

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
def _price(use: Ints, cost: Floats, work: Floats, evenness: float) -> tuple[float, float]:
    """Give what the peaks cost, and the same with a share of the use that a unit of work meets on average."""
    peaks = 0.0
    mean = 0.0
    for k in range(use.shape[0]):
        peak = np.int64(0)
        squares = np.int64(0)
        for t in range(use.shape[1]):
            u = use[k, t]
            peak = max(peak, u)
            squares += u * u
        peaks += cost[k] * peak
        if work[k] > 0:
            mean += cost[k] * squares / work[k]
    return peaks, peaks + evenness * mean


@compiled
def _put(use: Ints, demand: Ints, j: int, since: int, until: int, sign: int) -> None:
    for k in range(use.shape[0]):
        need = demand[k, j] * sign
        if need:
            for t in range(since, until):
                use[k, t] += need


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
    for j in range(n):
        _put(use, demand, j, start[j], start[j] + duration[j], 1)
        for k in range(cost.shape[0]):
            work[k] += demand[k, j] * duration[j]
    cheapest, now = _price(use, cost, work, evenness)
    best[:] = start
    for move in range(moves):
        heat = warmth * (1.0 - move / moves) ** 2 + 1e-9
        j = np.int64(rng.random() * n)
        low = release[j]
        for p in range(before_at[j], before_at[j + 1]):
            low = max(low, start[before[p]] + duration[before[p]])
        high = due[j] - duration[j]
        for p in range(then_at[j], then_at[j + 1]):
            high = min(high, start[then[p]] - duration[j])
        if high <= low or duration[j] == 0:
            continue
        since = low + np.int64(rng.random() * (high - low + 1))
        was = start[j]
        if since == was:
            continue
        _put(use, demand, j, was, was + duration[j], -1)
        _put(use, demand, j, since, since + duration[j], 1)
        peaks, price = _price(use, cost, work, evenness)
        may = price <= now or rng.random() < math.exp((now - price) / heat)
        if may and _is_under(use, ceiling, demand, j, since, since + duration[j]):
            start[j] = since
            now = price
            if peaks < cheapest - 1e-9:
                cheapest = peaks
                best[:] = start
        else:
            _put(use, demand, j, since, since + duration[j], -1)
            _put(use, demand, j, was, was + duration[j], 1)
    return cheapest

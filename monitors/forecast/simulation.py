"""Many nights run through the dispatch rule on a simulated clock; the inner loop of every forecast."""

# The compiled functions take what numba infers.
# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from monitors.forecast.dispatch_rule import PASSING_STRETCH
from monitors.forecast.heap import pop, push
from monitors.forecast.network import Floats, Ints, Network

__all__ = ["ENDED", "HELD", "RUNNING", "WAITING", "Decision", "Nights", "run_nights"]

WAITING, RUNNING, ENDED, HELD = 0, 1, 2, 3
NEVER = 1e15


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decides in the night: jobs left out and units lent, from a minute on."""

    drops: Ints | None = None
    """1 for every job that is left out if it still waits at `at`."""
    at: float = NEVER
    lends: tuple[tuple[float, int, int], ...] = ()
    """Minute, resource and units more from then on."""


@dataclass(frozen=True, slots=True)
class Nights:
    """Simulated nights: when each job started and ended (row = night, infinite = never), and how often each was critical."""

    starts: Floats
    ends: Floats
    critical: Ints

    @property
    def finishes(self) -> Floats:
        """When the last job of each night ended."""
        return np.asarray(self.ends.max(axis=1), np.float64)


def run_nights(
    network: Network,
    durations: Floats,
    *,
    now: float,
    status: Ints | None = None,
    since: Floats | None = None,
    decision: Decision | None = None,
) -> Nights:
    """Run a night for every row of `durations`: minutes that a waiting job takes, or a running one still takes from `now`.

    `status` has where each job stands (default: all wait), `since` when those that run have started.
    """
    count = len(network.names)
    state = np.zeros(count, np.int64) if status is None else status
    decided = decision or Decision()
    drops = np.zeros(count, np.int64) if decided.drops is None else decided.drops
    steps = sorted(
        [
            *zip(network.step_minute, network.step_resource, network.step_delta, strict=True),
            *decided.lends,
        ]
    )
    starts = np.full(durations.shape, np.inf)
    begun = np.full(count, float(now)) if since is None else np.nan_to_num(since, nan=float(now))
    ends = np.full(durations.shape, np.inf)
    critical = np.zeros(count, np.int64)
    _run_all(
        durations,
        float(now),
        state,
        begun,
        drops,
        float(decided.at),
        np.array([s[0] for s in steps], np.float64),
        np.array([s[1] for s in steps], np.int64),
        np.array([s[2] for s in steps], np.int64),
        network.planned,
        network.minutes,
        network.not_before,
        network.waits,
        network.next_from,
        network.next_of,
        network.take_from,
        network.take_of,
        network.take_units,
        network.units,
        network.pools,
        starts,
        ends,
        critical,
    )
    return Nights(starts, ends, critical)


@njit(cache=True)
def _run_all(
    durations, now, status, begun, drops, drop_at, s_minute, s_resource, s_delta,
    planned, minutes, not_before, waits, next_from, next_of, take_from, take_of, take_units,
    units, pools, starts, ends, critical,
):  # fmt: skip
    count = planned.size
    can_stop = True  # a scan may end early only if every job takes some units of a pool
    for i in range(count):
        takes = False
        for q in range(take_from[i], take_from[i + 1]):
            if take_of[q] < pools:
                takes = True
        can_stop = can_stop and takes
    left = np.empty(count, np.int64)
    heap_end = np.empty(count)
    heap_job = np.empty(count, np.int64)
    cause = np.empty(count, np.int64)
    after = np.empty(count + 1, np.int64)
    before = np.empty(count + 1, np.int64)
    free = np.empty_like(units)
    due_room = np.empty_like(units)
    ahead_room = np.empty_like(units)
    fall_by = np.zeros_like(s_delta)
    is_fall = np.zeros(s_delta.size, np.bool_)
    since = np.empty(count)
    for night in range(durations.shape[0]):
        _run_one(
            durations[night], now, status, begun, drops, drop_at, s_minute, s_resource, s_delta,
            planned, minutes, not_before, waits, next_from, next_of, take_from, take_of, take_units,
            units, pools, starts[night], ends[night], can_stop, left, heap_end, heap_job, cause,
            after, before, free, due_room, ahead_room, fall_by, is_fall, since,
        )  # fmt: skip
        last = -1
        for i in range(count):
            is_counted = status[i] != ENDED and ends[night, i] < np.inf
            if is_counted and (last < 0 or ends[night, i] > ends[night, last]):
                last = i
        while last >= 0:
            critical[last] += 1
            last = cause[last]


@njit(cache=True)
def _find_falls(step, s_resource, s_delta, is_fall, fall_by):
    """Mark the coming steps that leave less than there is now."""
    for k in range(step, s_resource.size):
        total = 0
        for m in range(step, k + 1):
            if s_resource[m] == s_resource[k]:
                total += s_delta[m]
        fall_by[k] = total
        is_fall[k] = total < 0


@njit(cache=True)
def _fits_falls(
    job, until, only_ready, time, step, size, heap_job, since, minutes, free, s_minute, s_resource,
    is_fall, fall_by, after, left, not_before, takes,
):  # fmt: skip
    """Whether a job still fits after the falls before `until`, beside what runs and waits before it."""
    take_from, take_of, take_units = takes
    for q in range(take_from[job], take_from[job + 1]):
        for k in range(step, s_minute.size):
            if not is_fall[k] or s_resource[k] != take_of[q] or s_minute[k] >= until:
                continue
            room = free[take_of[q]] + fall_by[k]
            for h in range(size):
                other = heap_job[h]
                if time < since[other] + minutes[other] <= s_minute[k]:
                    room += _units_of(other, take_of[q], takes)
            other = after[after.size - 1]
            while other != job:
                if not only_ready or (left[other] == 0 and not_before[other] <= time):
                    room -= _units_of(other, take_of[q], takes)
                other = after[other]
            if take_units[q] > max(room, 0):
                return False
    return True


@njit(cache=True)
def _units_of(job, resource, takes):
    take_from, take_of, take_units = takes
    for q in range(take_from[job], take_from[job + 1]):
        if take_of[q] == resource:
            return take_units[q]
    return 0


@njit(cache=True)
def _release(job, status, ended, left, next_from, next_of):
    """Let go of those who waited for a job; how many of them wait for nobody any more."""
    found = 0
    for q in range(next_from[job], next_from[job + 1]):
        other = next_of[q]
        left[other] -= 1
        if left[other] == 0 and status[other] == WAITING and ended[other] == np.inf:
            found += 1
    return found


@njit(cache=True)
def _run_one(
    duration, now, status, begun, drops, drop_at, s_minute, s_resource, s_delta,
    planned, minutes, not_before, waits, next_from, next_of, take_from, take_of, take_units,
    units, pools, started, ended, can_stop, left, heap_end, heap_job, cause,
    after, before, free, due_room, ahead_room, fall_by, is_fall, since,
):  # fmt: skip
    count = planned.size
    time = now
    step = 0
    size = 0
    waiting = 0
    candidates = 0  # of those waiting, all whose predecessors have ended
    free[:] = units
    left[:] = waits
    cause[:] = -1
    why = -1
    while step < s_minute.size and s_minute[step] <= time:
        free[s_resource[step]] += s_delta[step]
        step += 1
    for i in range(count):
        if status[i] == RUNNING:
            ended[i] = time + duration[i]
            size = push(heap_end, heap_job, size, ended[i], i)
            for q in range(take_from[i], take_from[i + 1]):
                free[take_of[q]] -= take_units[q]
        elif status[i] == ENDED:
            ended[i] = 0.0  # the caller knows when; here it only must not count as the last
            for q in range(next_from[i], next_from[i + 1]):
                left[next_of[q]] -= 1
    # The waiting ones as a chain in plan order; `count` is its two ends.
    last = count
    for i in range(count):
        if status[i] == WAITING:
            before[i] = last
            after[last] = i
            last = i
            waiting += 1
            candidates += left[i] == 0
    after[last] = count
    before[count] = last
    dropped = False
    stale = True
    soonest = NEVER
    takes = (take_from, take_of, take_units)
    since[:] = begun
    while True:
        if not dropped and time >= drop_at:
            dropped = True
            i = after[count]
            while i != count:
                if drops[i] == 1:
                    after[before[i]] = after[i]
                    before[after[i]] = before[i]
                    ended[i] = 0.0
                    waiting -= 1
                    candidates -= left[i] == 0
                    candidates += _release(i, status, ended, left, next_from, next_of)
                i = after[i]
        if stale:
            stale = False
            _find_falls(step, s_resource, s_delta, is_fall, fall_by)
            soonest = NEVER
            for k in range(step, s_minute.size):
                if is_fall[k]:
                    soonest = min(soonest, s_minute[k])
        wake = NEVER if step == s_minute.size else s_minute[step]
        if not dropped and drop_at < wake:
            wake = drop_at
        due_room[:] = free
        ahead_room[:] = free
        due_passing = False
        ahead_passing = False
        seen = 0
        expected = candidates
        i = after[count]
        while i != count and seen < expected:  # nobody else can start before somebody ends
            seen += left[i] == 0
            is_due = planned[i] <= time
            is_ready = left[i] == 0 and not_before[i] <= time
            if left[i] == 0 and not_before[i] > time and not_before[i] < wake:
                wake = not_before[i]
            fits = is_ready
            if is_ready:
                until = time + minutes[i] * (PASSING_STRETCH if due_passing else 1.0)
                for q in range(take_from[i], take_from[i + 1]):
                    if due_room[take_of[q]] < take_units[q]:
                        fits = False
                        break
                if fits and soonest < until:
                    fits = _fits_falls(
                        i, until, True, time, step, size, heap_job, since, minutes, free, s_minute,
                        s_resource, is_fall, fall_by, after, left, not_before, takes,
                    )  # fmt: skip
                if fits and not is_due:
                    until = time + minutes[i] * (PASSING_STRETCH if ahead_passing else 1.0)
                    for q in range(take_from[i], take_from[i + 1]):
                        if ahead_room[take_of[q]] < take_units[q]:
                            fits = False
                            break
                    if fits and soonest < until:
                        fits = _fits_falls(
                            i, until, False, time, step, size, heap_job, since, minutes, free, s_minute,
                            s_resource, is_fall, fall_by, after, left, not_before, takes,
                        )  # fmt: skip
                    if not fits and planned[i] < wake:
                        wake = planned[i]  # nothing but its turn keeps it back
            for q in range(take_from[i], take_from[i + 1]):
                r = take_of[q]
                ahead_room[r] -= take_units[q]
                if is_ready:
                    due_room[r] -= take_units[q]
            if fits:
                for q in range(take_from[i], take_from[i + 1]):
                    free[take_of[q]] -= take_units[q]
                started[i] = time
                since[i] = time
                ended[i] = time + duration[i]
                size = push(heap_end, heap_job, size, ended[i], i)
                after[before[i]] = after[i]
                before[after[i]] = before[i]
                waiting -= 1
                candidates -= 1
                cause[i] = why
            else:
                ahead_passing = True
                due_passing = due_passing or is_ready
            i = after[i]
            if can_stop and i != count:
                open_due = False
                open_ahead = False
                for r in range(pools):
                    open_due = open_due or due_room[r] > 0
                    open_ahead = open_ahead or ahead_room[r] > 0
                if not open_due:
                    break
                if not open_ahead and planned[i] > time:
                    if planned[i] < wake:
                        wake = planned[i]
                    break
        if waiting == 0 or (size == 0 and wake >= NEVER):
            return
        if size > 0 and heap_end[0] <= wake:
            time = heap_end[0]
            why = heap_job[0]
        else:
            time = wake
            why = -1
        while step < s_minute.size and s_minute[step] <= time:
            free[s_resource[step]] += s_delta[step]
            step += 1
            stale = True
        while size > 0 and heap_end[0] <= time:
            job = heap_job[0]
            size = pop(heap_end, heap_job, size)
            for q in range(take_from[job], take_from[job + 1]):
                free[take_of[q]] += take_units[q]
            candidates += _release(job, status, ended, left, next_from, next_of)

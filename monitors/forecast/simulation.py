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
    later_due = np.zeros_like(s_delta)
    later_ahead = np.zeros_like(s_delta)
    fall_by = np.zeros_like(s_delta)
    is_fall = np.zeros(s_delta.size, np.bool_)
    since = np.empty(count)
    longest = np.zeros(count + 1)  # of all jobs from here on in plan order
    for i in range(count - 1, -1, -1):
        longest[i] = max(longest[i + 1], minutes[i])
    for night in range(durations.shape[0]):
        _run_one(
            durations[night], now, status, begun, drops, drop_at, s_minute, s_resource, s_delta,
            planned, minutes, not_before, waits, next_from, next_of, take_from, take_of, take_units,
            units, pools, starts[night], ends[night], can_stop, left, heap_end, heap_job, cause,
            after, before, free, due_room, ahead_room, later_due, later_ahead, fall_by, is_fall, since, longest,
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
def _meets_falls(job, until, step, s_minute, s_resource, is_fall, later, takes):
    """Whether a job still fits after the falls that it may meet."""
    take_from, take_of, take_units = takes
    for k in range(step, s_minute.size):
        if is_fall[k] and s_minute[k] < until:
            for q in range(take_from[job], take_from[job + 1]):
                if take_of[q] == s_resource[k] and take_units[q] > max(later[k], 0):
                    return False
    return True


@njit(cache=True)
def _lessen_later(job, until, step, s_minute, s_resource, later, takes):
    take_from, take_of, take_units = takes
    for k in range(step, s_minute.size):
        if s_minute[k] < until:
            for q in range(take_from[job], take_from[job + 1]):
                if take_of[q] == s_resource[k]:
                    later[k] -= take_units[q]


@njit(cache=True)
def _find_falls(step, s_resource, s_delta, is_fall, fall_by):
    """Mark the coming steps that leave less than there is now; say whether there is one."""
    found = False
    for k in range(step, s_resource.size):
        total = 0
        for m in range(step, k + 1):
            if s_resource[m] == s_resource[k]:
                total += s_delta[m]
        fall_by[k] = total
        is_fall[k] = total < 0
        found = found or total < 0
    return found


@njit(cache=True)
def _free_at_falls(
    time, step, size, heap_job, since, minutes, free, s_minute, s_resource, fall_by, later, takes
):  # fmt: skip
    take_from, take_of, take_units = takes
    for k in range(step, s_minute.size):
        later[k] = free[s_resource[k]] + fall_by[k]
        for h in range(size):
            job = heap_job[h]
            expected = since[job] + minutes[job]
            if time < expected <= s_minute[k]:
                for q in range(take_from[job], take_from[job + 1]):
                    if take_of[q] == s_resource[k]:
                        later[k] += take_units[q]


@njit(cache=True)
def _run_one(
    duration, now, status, begun, drops, drop_at, s_minute, s_resource, s_delta,
    planned, minutes, not_before, waits, next_from, next_of, take_from, take_of, take_units,
    units, pools, started, ended, can_stop, left, heap_end, heap_job, cause,
    after, before, free, due_room, ahead_room, later_due, later_ahead, fall_by, is_fall, since, longest,
):  # fmt: skip
    count = planned.size
    time = now
    step = 0
    size = 0
    waiting = 0
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
    after[last] = count
    before[count] = last
    dropped = False
    stale = True
    has_falls = False
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
                    for q in range(next_from[i], next_from[i + 1]):
                        left[next_of[q]] -= 1
                i = after[i]
        if stale:
            stale = False
            has_falls = _find_falls(step, s_resource, s_delta, is_fall, fall_by)
            soonest = NEVER
            for k in range(step, s_minute.size):
                if is_fall[k]:
                    soonest = min(soonest, s_minute[k])
        # Most of the night no fall is near enough for anybody who waits.
        near_falls = has_falls and soonest < time + PASSING_STRETCH * longest[after[count]]
        if near_falls:
            _free_at_falls(
                time, step, size, heap_job, since, minutes, free, s_minute, s_resource, fall_by,
                later_due, takes,
            )  # fmt: skip
            later_ahead[:] = later_due
        wake = NEVER if step == s_minute.size else s_minute[step]
        if not dropped and drop_at < wake:
            wake = drop_at
        due_room[:] = free
        ahead_room[:] = free
        due_passing = False
        ahead_passing = False
        i = after[count]
        while i != count:
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
                if fits and near_falls:
                    fits = _meets_falls(
                        i, until, step, s_minute, s_resource, is_fall, later_due, takes
                    )
                if fits and not is_due:
                    for q in range(take_from[i], take_from[i + 1]):
                        if ahead_room[take_of[q]] < take_units[q]:
                            fits = False
                            break
                    if fits and near_falls:
                        fits = _meets_falls(
                            i,
                            time + minutes[i] * (PASSING_STRETCH if ahead_passing else 1.0),
                            step,
                            s_minute,
                            s_resource,
                            is_fall,
                            later_ahead,
                            takes,
                        )
                    if not fits and planned[i] < wake:
                        wake = planned[i]  # nothing but its turn keeps it back
            for q in range(take_from[i], take_from[i + 1]):
                r = take_of[q]
                ahead_room[r] -= take_units[q]
                if is_ready:
                    due_room[r] -= take_units[q]
            if near_falls:
                ends_by = time + minutes[i] if fits else np.inf
                _lessen_later(i, ends_by, step, s_minute, s_resource, later_ahead, takes)
                if is_ready:
                    _lessen_later(i, ends_by, step, s_minute, s_resource, later_due, takes)
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
            for q in range(next_from[job], next_from[job + 1]):
                left[next_of[q]] -= 1

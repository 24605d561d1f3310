"""Which jobs may start now: the one rule that the dispatcher follows and the forecast simulates.

The dispatcher follows the plan without overtaking. A job starts when its predecessors have ended, its earliest
minute has come and its units are free; and it passes an earlier job that still waits only where that is harmless:

- Every earlier job that waits *for units* keeps its whole demand reserved. What is left over, whoever takes it,
  is not missed at whatever moment the earlier job's own units come free. No duration is guessed for this.
- An earlier job that waits *for a predecessor* keeps its demand reserved too, against every job that is not yet
  due by the plan. A job that is due is not stopped by it: one late net must not hold up all others.

So with the durations of the plan no job starts later than planned (each is due only when all before it have
started), which "start whatever fits now" does not keep. A job must also fit the falls of capacity that come in its planned
length; one that passes another, those in twice that length (PASSING_STRETCH), because it may take longer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from monitors.night.night import Pool

__all__ = ["PASSING_STRETCH", "Fall", "Turn", "TurnState", "falls_after", "may_start"]

PASSING_STRETCH = 2.0
"""How many times its planned length a job that passes another may take without meeting a fall that it does not fit."""


class TurnState(StrEnum):
    """Where a job of the plan stands."""

    WAITING = "waiting"
    RUNNING = "running"
    ENDED = "ended"
    SKIPPED = "skipped"
    """Counts as ended for those who wait for it."""
    HELD = "held"
    """Kept back by a person: starts nothing, reserves nothing."""
    FAILED = "failed"
    """Ended without its result: starts nothing, reserves nothing, until it is set to waiting for its rerun."""


_OVER = (TurnState.ENDED, TurnState.SKIPPED)


@dataclass(frozen=True, slots=True)
class Turn:
    """One job in plan order: what it waits for, what it takes, and when the plan has it.

    Minutes count from 00:00 of the operating day; `planned` is its start in the plan, `minutes` the length it has there.
    """

    name: str
    state: TurnState
    demands: Mapping[str, int]
    planned: float
    minutes: float = 0.0
    after: tuple[str, ...] = ()
    exclusive: tuple[str, ...] = ()
    not_before: float = 0.0
    started: float | None = None

    def is_running_after(self, minute: float, now: float) -> bool:
        """Whether it is expected to run still at `minute`: one that should have ended already is."""
        ends = (now if self.started is None else self.started) + self.minutes
        return ends > minute or ends <= now


@dataclass(frozen=True, slots=True)
class Fall:
    """A coming fall of a pool: `free` = units free at `minute`, when those have ended that are expected to."""

    pool: str
    minute: float
    free: int


def may_start(
    turns: Sequence[Turn],
    free: Mapping[str, int],
    now: float,
    falls: Iterable[Fall] = (),
) -> tuple[str, ...]:
    """Name the jobs that start now, in plan order.

    `turns` is the whole plan in its order (by planned start); `free` has the units of every pool not taken by running jobs;
    names in `exclusive` are pools of one unit, taken by whoever runs.
    """
    over = {turn.name for turn in turns if turn.state in _OVER}
    names = {name for turn in turns for name in turn.exclusive}
    taken = {name for t in turns if t.state is TurnState.RUNNING for name in t.exclusive}
    units = {**free, **{f"!{name}": 0 if name in taken else 1 for name in names}}
    due, ahead = _Room(units, falls), _Room(units, falls)
    starting = []
    for turn in turns:
        if turn.state is not TurnState.WAITING:
            continue
        demands = {**turn.demands, **{f"!{name}": 1 for name in turn.exclusive}}
        is_ready = turn.not_before <= now and all(name in over for name in turn.after)
        room = due if turn.planned <= now else ahead
        if is_ready and room.holds(demands, now, turn.minutes):
            starting.append(turn.name)
            due.take(demands, now + turn.minutes)
            ahead.take(demands, now + turn.minutes)
            continue
        ahead.reserve(demands)
        if is_ready:
            due.reserve(demands)
    return tuple(starting)


@dataclass(slots=True)
class _Coming:
    """A fall, and what is still free then of those who were counted so far."""

    fall: Fall
    free: int


class _Room:
    """Units that are neither taken nor reserved for an earlier job."""

    def __init__(self, units: Mapping[str, int], falls: Iterable[Fall]) -> None:
        self._left = dict(units)
        self._later = [_Coming(fall, fall.free) for fall in falls]
        self._is_passing = False

    def holds(self, demands: Mapping[str, int], now: float, minutes: float) -> bool:
        """Whether the demands fit now, and after the falls that the job may meet."""
        until = now + minutes * (PASSING_STRETCH if self._is_passing else 1.0)
        if any(self._left[pool] < number for pool, number in demands.items() if number):
            return False
        return not any(
            demands.get(coming.fall.pool, 0) > max(coming.free, 0)
            for coming in self._later
            if coming.fall.minute < until
        )

    def take(self, demands: Mapping[str, int], until: float) -> None:
        """Count a job as running from now until then."""
        self._lessen(demands, until)

    def reserve(self, demands: Mapping[str, int]) -> None:
        """Keep units for an earlier job that waits: nobody knows until when."""
        self._is_passing = True
        self._lessen(demands, float("inf"))

    def _lessen(self, demands: Mapping[str, int], until: float) -> None:
        for pool, number in demands.items():
            self._left[pool] -= number
        for coming in self._later:
            if coming.fall.minute < until:
                coming.free -= demands.get(coming.fall.pool, 0)


def falls_after(pools: Iterable[Pool], turns: Sequence[Turn], now: float) -> tuple[Fall, ...]:
    """List the coming falls of the pools' capacities below what they have now, as `may_start` wants them."""
    running = [turn for turn in turns if turn.state is TurnState.RUNNING]
    found = []
    for pool in pools:
        units = next((u for since, u in reversed(pool.steps) if since <= now), 0)
        for minute, fewer in pool.steps:
            if minute > now and fewer < units:
                still = (t for t in running if t.is_running_after(minute, now))
                free = fewer - sum(t.demands.get(pool.name, 0) for t in still)
                found.append(Fall(pool.name, minute, free))
    return tuple(found)

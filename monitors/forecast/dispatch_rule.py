"""Which jobs may start now: the one rule that the dispatcher follows and the forecast simulates.

The dispatcher follows the plan without overtaking. A job starts when its predecessors have ended, its earliest
minute has come and its units are free; and it passes an earlier job that still waits only where that is harmless:

- Every earlier job that waits *for units* keeps its whole demand reserved. What is left over, whoever takes it,
  is not missed at whatever moment the earlier job's own units come free. No duration is guessed for this.
- An earlier job that waits *for a predecessor* keeps its demand reserved too, against every job that is not yet
  due by the plan. A job that is due is not stopped by it: one late net must not hold up all others.

So with the durations of the plan no job starts later than planned (each is due only when all before it have
started), which "start whatever fits now" does not keep. A job passing another must also fit the deepest fall of
capacity still to come, because nobody knows when it will end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from monitors.night.night import Pool

__all__ = ["Fall", "Turn", "TurnState", "falls_after", "may_start"]


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


@dataclass(frozen=True, slots=True)
class Fall:
    """A coming fall of a pool: from `minute` on it has `fewer` units less than now."""

    pool: str
    minute: float
    fewer: int


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
        if is_ready and room.holds(demands, now + turn.minutes):
            starting.append(turn.name)
            due.take(demands)
            ahead.take(demands)
            continue
        ahead.reserve(demands)
        if is_ready:
            due.reserve(demands)
    return tuple(starting)


class _Room:
    """Units that are neither taken nor reserved for an earlier job."""

    def __init__(self, units: Mapping[str, int], falls: Iterable[Fall]) -> None:
        self._left = dict(units)
        self._falls = tuple(falls)
        self._is_passing = False

    def holds(self, demands: Mapping[str, int], until: float) -> bool:
        """Whether the demands fit now, and after the falls that the job may meet."""
        return all(
            self._left[pool] - self._fewer(pool, until) >= number
            for pool, number in demands.items()
            if number
        )

    def take(self, demands: Mapping[str, int]) -> None:
        for pool, number in demands.items():
            self._left[pool] -= number

    def reserve(self, demands: Mapping[str, int]) -> None:
        self._is_passing = True
        self.take(demands)

    def _fewer(self, pool: str, until: float) -> int:
        met = (f for f in self._falls if f.pool == pool and (self._is_passing or f.minute < until))
        return max((f.fewer for f in met), default=0)


def falls_after(pools: Iterable[Pool], now: float) -> tuple[Fall, ...]:
    """List the coming falls of the pools' capacities, as `may_start` wants them."""
    found = []
    for pool in pools:
        units = next((u for since, u in reversed(pool.steps) if since <= now), 0)
        found += [
            Fall(pool.name, minute, units - fewer)
            for minute, fewer in pool.steps
            if minute > now and fewer < units
        ]
    return tuple(found)

"""The steady state as the clients prove it: pure, from the counts in their status files.

Invariant: it holds only if every office had, in each second of the time asked for, transactions of
every kind under way at the rate that was planned, all of them have ended, and the wanted share of
each kind was acknowledged. Silence never counts as health.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dr.clients import ClientStatus, Second

__all__ = ["SteadySpan", "find_steady"]

_FEWEST = 0.8
"""Least share of the planned transactions that must have been started."""
_KINDS = ("write", "read")


@dataclass(frozen=True, slots=True)
class SteadySpan:
    """A time, in whole seconds of the clock, in which the steady state held."""

    since: int
    until: int


def find_steady(
    statuses: Sequence[ClientStatus | None],
    *,
    since: float,
    seconds: float,
    share: float,
    rate: float,
) -> SteadySpan | str:
    """Give the latest steady time of `seconds` that begins at or after `since`, or say what lacks.

    `rate` is the number of transactions that each client was to start per second.
    """
    if not statuses:
        return "no client takes part"
    ends: list[int] = []
    for status in statuses:
        if status is None:
            return "a client has not answered yet"
        if status.state == "failed":
            return f"the client of {status.office} has failed: {status.error}"
        if status.state != "running" or not status.seconds:
            return f"the client of {status.office} is {status.state}"
        ends.append(_ended_until(status.seconds))
    until = min(ends)
    begin = until - int(seconds)
    if begin < since:
        return f"{max(0, int(until - since))} s of {seconds:g} s"
    for status in statuses:
        assert status is not None
        for kind in _KINDS:
            found = [s for s in status.seconds if s.kind == kind and begin <= s.at < until]
            started, acked = sum(s.started for s in found), sum(s.acked for s in found)
            if acked < share * started or not started:
                return (
                    f"{status.office}: {acked} of {started} {status.service} {kind}s acknowledged"
                )
        started = sum(s.started for s in status.seconds if begin <= s.at < until)
        if started < _FEWEST * rate * (until - begin):
            return f"the client of {status.office} started only {started} transactions"
    return SteadySpan(begin, until)


def _ended_until(seconds: Sequence[Second]) -> int:
    """Give the end of the last second up to which everything that was started has ended."""
    latest = max(second.at for second in seconds)
    open_seconds = [second.at for second in seconds if second.ended < second.started]
    # The latest second is still being filled.
    return min([latest, *open_seconds])

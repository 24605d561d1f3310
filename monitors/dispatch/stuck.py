"""Jobs for which no room will come any more this night: a window of their pool has closed, and only a person can decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from monitors.dispatch.board import Board
from monitors.dispatch.orders import Order

__all__ = ["stuck_jobs"]


def stuck_jobs(board: Board) -> Mapping[str, str]:
    """The waiting jobs that cannot start whatever ends, each with a sentence that says why and the way out."""
    orders = board.orders_by_name
    found = {}
    for job in board.jobs:
        if job.state == "waiting" and job.held is None:
            reason = _reason(board, orders[job.name])
            if reason:
                found[job.name] = reason
    return found


def _reason(board: Board, order: Order) -> str:
    now = max(board.minute, order.not_before)
    for pool, units in order.demands.items():
        steps = board.orders.pools[pool]
        if not _has_room(steps, units, now, order.minutes):
            last = f"{steps[-1][0] // 60:02}:{steps[-1][0] % 60:02}"
            return (
                f"takes {units} of {pool} for {order.minutes:g} minutes, and {pool} has no such time left before it closes "
                f"({last}): `hikae batch skip {order.name} --why …`, or run it by hand first"
            )
    return ""


def _has_room(steps: Sequence[tuple[int, int]], units: int, now: float, minutes: float) -> bool:
    """Whether a pool has so many units for so long at some time from now on, if nobody else takes of them."""
    begins = [now, *(float(since) for since, _ in steps if since > now)]
    return any(_holds(steps, units, begin, begin + minutes) for begin in begins)


def _holds(steps: Sequence[tuple[int, int]], units: int, begin: float, end: float) -> bool:
    at_begin = next((most for since, most in reversed(steps) if since <= begin), 0)
    return at_begin >= units and all(most >= units for since, most in steps if begin < since < end)

"""Which jobs are next, which runs are given up, which failures are tried again: pure functions of a board.

Which job is next says the rule that the forecast simulates, so what is foreseen is what happens.
"""

from __future__ import annotations

from monitors.dispatch.board import Board, JobState
from monitors.dispatch.orders import Order
from monitors.forecast.dispatch_rule import Turn, TurnState, falls_after, may_start
from monitors.night.night import Pool

__all__ = ["given_up", "next_jobs", "site_for", "to_retry"]

_STATES = {
    "waiting": TurnState.WAITING,
    "sent": TurnState.RUNNING,
    "running": TurnState.RUNNING,
    "done": TurnState.ENDED,
    "skipped": TurnState.SKIPPED,
    "failed": TurnState.FAILED,
}


def next_jobs(board: Board) -> tuple[str, ...]:
    """The jobs to start now, in the plan's order."""
    orders = board.orders_by_name
    pools = tuple(Pool(name, steps) for name, steps in board.orders.pools.items())
    free = {
        pool.name: next(
            (units for since, units in reversed(pool.steps) if since <= board.minute), 0
        )
        for pool in pools
    }
    turns = [_turn(job, orders[job.name]) for job in board.jobs]
    for turn in turns:
        if turn.state is TurnState.RUNNING:
            for name, units in turn.demands.items():
                free[name] -= units
    return may_start(turns, free, board.minute, falls_after(pools, turns, board.minute))


def site_for(board: Board, order: Order) -> str:
    """Whose workers get the job: its own site's, else, when that has none left, everybody's."""
    return order.site if order.site in board.sites else ""


def given_up(board: Board, margin_s: float) -> tuple[tuple[int, str], ...]:
    """Runs of which nothing will come, by token, and why: their host is vouched for as fenced, or their lease is over.

    A worker kills a run whose lease it cannot renew; `margin_s` covers the difference between clocks.
    """
    found = []
    for job in board.jobs:
        if (
            job.token is not None
            and job.state == "sent"
            and job.site
            and job.site not in board.sites
        ):
            found.append((job.token, f"{job.site} has no worker left to begin it"))
        if job.state != "running" or job.token is None:
            continue
        if job.is_fenced:
            found.append((job.token, f"its host {job.host} is fenced"))
        elif job.lease_over_s is not None and job.lease_over_s > margin_s:
            found.append((job.token, f"its worker on {job.host} is silent, the lease is over"))
    return tuple(found)


def to_retry(board: Board) -> tuple[str, ...]:
    """Failed jobs that are tried again: the program says by its exit code that this is right, and tries are left."""
    orders = board.orders_by_name
    return tuple(
        job.name
        for job in board.jobs
        if job.state == "failed"
        and job.exit in orders[job.name].retry
        and job.tries < orders[job.name].tries
    )


def _turn(job: JobState, order: Order) -> Turn:
    # One that is to be tried again in a moment keeps nothing for itself until then.
    is_held = job.state == "waiting" and (job.held is not None or not job.may_retry)
    return Turn(
        name=job.name,
        state=TurnState.HELD if is_held else _STATES[job.state],
        demands=order.demands,
        planned=order.start,
        minutes=order.minutes,
        after=order.after,
        exclusive=order.exclusive,
        not_before=order.not_before,
        started=job.begun if job.state == "running" else None,
    )

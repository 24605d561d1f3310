"""A night as JSON: jobs with their state, and every run there was, for people and for comparison."""

from __future__ import annotations

import dataclasses
from typing import Any

import psycopg

from monitors.dispatch.board import read_board
from monitors.dispatch.stuck import stuck_jobs

__all__ = ["state_document"]

_RUNS = """
    SELECT r.token, r.job, r.generation, r.state, r.host, r.exit, r.reason, r.manifest,
           extract(epoch FROM r.begun_at - n.origin)::float8 / n.minute_s,
           extract(epoch FROM r.ended_at - n.origin)::float8 / n.minute_s
      FROM night.runs r JOIN night.nights n ON n.name = r.night WHERE r.night = %s ORDER BY r.token"""
_KEYS = (
    "token",
    "job",
    "generation",
    "state",
    "host",
    "exit",
    "reason",
    "manifest",
    "begun",
    "ended",
)


def state_document(connection: psycopg.Connection[Any], night: str) -> dict[str, Any]:
    """Where a night is: minutes count from 00:00 of its day. UnknownNight."""
    board = read_board(connection, night)
    counts: dict[str, int] = {}
    for job in board.jobs:
        counts[job.state] = counts.get(job.state, 0) + 1
    rows = connection.execute(_RUNS, (night,)).fetchall()
    return {
        "format": "hikae.night/1",
        "night": night,
        "day": board.orders.day.isoformat(),
        "minute": board.minute,
        "ended": board.ended,
        "counts": counts,
        "stuck": dict(stuck_jobs(board)),
        "jobs": [
            {key: value for key, value in dataclasses.asdict(job).items() if key != "lease_over_s"}
            for job in board.jobs
        ],
        "runs": [dict(zip(_KEYS, row, strict=True)) for row in rows],
    }

"""What has happened in a night, in order: read from the database, so nothing is lost with whoever saw it."""

from __future__ import annotations

from typing import Any

import psycopg

__all__ = ["FORMAT", "events_of"]

FORMAT = "hikae.night-events/1"
_EVENTS = """
    WITH happened AS (
        SELECT begun_at AS at, job, 'started' AS event, token, generation, host, NULL::integer AS exit, '' AS reason
          FROM night.runs WHERE night = %(night)s AND begun_at IS NOT NULL
        UNION ALL
        SELECT ended_at, job, state, token, generation, host, exit, reason
          FROM night.runs WHERE night = %(night)s AND begun_at IS NOT NULL AND state IN ('done', 'failed', 'lost')
        UNION ALL
        SELECT at, job, act, NULL, NULL, NULL, NULL, reason FROM night.acts WHERE night = %(night)s)
    SELECT extract(epoch FROM h.at - n.origin)::float8 / n.minute_s, h.at::text,
           job, event, token, generation, host, exit, reason
      FROM happened h JOIN night.nights n ON n.name = %(night)s ORDER BY h.at, token NULLS FIRST"""
_KEYS = ("minute", "at", "job", "event", "token", "generation", "host", "exit", "reason")


def events_of(connection: psycopg.Connection[Any], night: str) -> list[dict[str, Any]]:
    """Every start and end of a run and every act of a person, oldest first; minutes count from 00:00 of the night's day.

    `event` is started, done, failed, lost, hold, release, skip or rerun.
    """
    rows = connection.execute(_EVENTS, {"night": night}).fetchall()
    return [dict(zip(_KEYS, row, strict=True)) for row in rows]

"""The limits of the numbers and who owns them."""

from __future__ import annotations

from nenkin.connection import Connection
from nenkin.replay import Answer

_SELECT = """
    SELECT name, value, alarm_at, owner, reviewed_on::text, reason,
           coalesce(jsonb_agg(jsonb_build_object('office', subject, 'used', used, 'has_alarm', has_alarm)
                              ORDER BY used DESC, subject) FILTER (WHERE place <= 20), '[]'),
           coalesce(bool_or(has_alarm), false)
    FROM nenkin.limits
    LEFT JOIN (SELECT name, subject, used, has_alarm,
                      row_number() OVER (PARTITION BY name ORDER BY used DESC, subject) AS place
               FROM nenkin.limit_use) of_office USING (name)
    GROUP BY limits.name ORDER BY limits.name"""
_NAMES = ("name", "value", "alarm_at", "owner", "reviewed_on", "reason", "nearest", "has_alarm")


async def read(connection: Connection) -> Answer:
    """Each limit with its owner, whether an office has reached its alarm, and the twenty offices nearest to it."""
    rows = await (await connection.execute(_SELECT)).fetchall()
    return Answer(200, {"limits": [dict(zip(_NAMES, row, strict=True)) for row in rows]})

"""Candidates for one person under two numbers that wait for a person's review."""

from __future__ import annotations

from typing import Any

from nenkin.connection import Connection
from nenkin.replay import Answer

PAGE = 100

# Likeness is not transitive: who reviews one sees which others share a number with it.
_OPEN = f"""
    SELECT open.id, level, found_by, found_at, to_jsonb(first), to_jsonb(second),
           ARRAY(SELECT beside.id FROM nenkin.open_candidates beside
                 WHERE beside.id <> open.id AND (beside.one IN (open.one, open.other)
                                                 OR beside.other IN (open.one, open.other))
                 ORDER BY beside.id)
    FROM (SELECT * FROM nenkin.open_candidates
          WHERE id > %(after)s AND (%(level)s::text IS NULL OR level = %(level)s)
          ORDER BY id LIMIT {PAGE + 1}) open
    JOIN LATERAL (SELECT number, name_kana, birth_date, sex, address, issued_at
                  FROM nenkin.numbers WHERE number = open.one) first ON true
    JOIN LATERAL (SELECT number, name_kana, birth_date, sex, address, issued_at
                  FROM nenkin.numbers WHERE number = open.other) second ON true
    ORDER BY open.id"""
_CROWDS = f"""
    SELECT id, level, numbers, found_at FROM nenkin.crowds
    WHERE id > %s ORDER BY id LIMIT {PAGE + 1}"""


async def read(connection: Connection, after: int, level: str | None) -> Answer:
    """Open candidates of a level or all from id `after` on, a page of PAGE; `next` is null at the end."""
    cursor = await connection.execute(_OPEN, {"after": after, "level": level})
    found = [_candidate(row) for row in await cursor.fetchall()]
    return Answer(200, {"candidates": found[:PAGE], "next": _next(found)})


async def read_crowds(connection: Connection, after: int) -> Answer:
    """Numbers too many and too alike to be given as pairs, a page of PAGE from id `after` on."""
    rows = await (await connection.execute(_CROWDS, (after,))).fetchall()
    found = [
        {"id": identity, "level": level, "numbers": numbers, "found_at": found_at.isoformat()}
        for identity, level, numbers, found_at in rows
    ]
    return Answer(200, {"crowds": found[:PAGE], "next": _next(found)})


def _candidate(row: tuple[Any, ...]) -> dict[str, Any]:
    identity, level, found_by, found_at, one, other, beside = row
    return {
        "id": identity,
        "level": level,
        "found_by": found_by,
        "found_at": found_at.isoformat(),
        "one": one,
        "other": other,
        "beside": beside,
    }


def _next(found: list[dict[str, Any]]) -> int | None:
    return found[PAGE - 1]["id"] if len(found) > PAGE else None

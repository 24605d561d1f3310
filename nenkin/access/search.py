"""Finding a person by the beginning of a kana name, by birth date, or by both."""

from __future__ import annotations

from datetime import date
from typing import Any

from nenkin.connection import Connection
from nenkin.outcome import Rejected
from nenkin.replay import Answer

PAGE = 50
# Signs of a name that a search without a birth date needs: fewer would show half the country.
LEAST_SIGNS = 3

_NAMED = """name_kana COLLATE "C" >= %(low)s AND name_kana COLLATE "C" < %(high)s"""
_BORN = "birth_date = %(birth_date)s"
# Whoever bore the name before is found too; what is shown is who the person is today.
_SELECT = """
    SELECT number, name_kana, name_kanji, birth_date::text, sex
    FROM (
        SELECT number FROM (
            SELECT number FROM nenkin.persons WHERE {chosen} AND number > %(after)s
            UNION SELECT number FROM nenkin.current_identities WHERE {chosen} AND number > %(after)s
        ) alike ORDER BY number LIMIT %(most)s
    ) found JOIN nenkin.current_persons USING (number) ORDER BY number"""
_NAMES = ("number", "name_kana", "name_kanji", "birth_date", "sex")


async def find(
    connection: Connection, name_kana: str | None, birth_date: date | None, after: str
) -> Answer:
    """Persons by number from the one behind `after` on, a page of PAGE; `next` is null at the end.

    Raises Rejected with 422 where too little is asked for.
    """
    if birth_date is None and len(name_kana or "") < LEAST_SIGNS:
        raise Rejected(
            422,
            f"name_kana: {name_kana or ''!r} is too short; give {LEAST_SIGNS} signs or a birth date",
        )
    chosen = [_BORN] if birth_date is not None else []
    values: dict[str, Any] = {"birth_date": birth_date, "after": after, "most": PAGE + 1}
    if name_kana:
        chosen.append(_NAMED)
        values |= {"low": name_kana, "high": f"{name_kana}\U0010ffff"}
    query = _SELECT.format(chosen=" AND ".join(chosen)).encode()
    rows = await (await connection.execute(query, values)).fetchall()
    persons = [dict(zip(_NAMES, row, strict=True)) for row in rows[:PAGE]]
    following = persons[-1]["number"] if len(rows) > PAGE else None
    return Answer(200, {"persons": persons, "next": following})

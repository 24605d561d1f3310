"""Reading a person's record."""

from __future__ import annotations

from typing import Any

from nenkin.connection import Connection
from nenkin.outcome import Rejected
from nenkin.replay import Answer

# 40 years are 480 months: an ordinary record is one page.
PAGE = 500

_SELECT = """
    SELECT person.name_kana, person.birth_date, person.sex,
           posted.id, posted.key, posted.month, posted.amount, posted.posted_at
    FROM nenkin.persons person
    LEFT JOIN LATERAL (
        SELECT * FROM nenkin.contributions
        WHERE number = person.number AND id > %s ORDER BY id LIMIT %s
    ) posted ON true
    WHERE person.number = %s ORDER BY posted.id"""


async def read(connection: Connection, number: str, after: int) -> Answer:
    """A person and the contributions in order of posting, a page of PAGE from id `after` on.

    `next` is the id to go on after, or null at the end; raises Rejected with 404.
    """
    cursor = await connection.execute(_SELECT, (after, PAGE + 1, number))
    rows = await cursor.fetchall()
    if not rows:
        raise Rejected(404, f"number {number} is not on record")
    name_kana, birth_date, sex = rows[0][:3]
    posted = [_contribution(row[3:]) for row in rows if row[3] is not None]
    return Answer(
        200,
        {
            "number": number,
            "name_kana": name_kana,
            "birth_date": str(birth_date),
            "sex": sex,
            "contributions": posted[:PAGE],
            "next": posted[PAGE - 1]["id"] if len(posted) > PAGE else None,
        },
    )


def _contribution(row: tuple[Any, ...]) -> dict[str, Any]:
    identity, key, month, amount, posted_at = row
    return {
        "id": identity,
        "key": str(key),
        "month": f"{month:%Y-%m}",
        "amount": amount,
        "posted_at": posted_at.isoformat(),
    }

"""What was corrected in a person's record: what stood before, what stands after, who, when and why."""

from __future__ import annotations

from nenkin.connection import Connection
from nenkin.replay import Answer

MOST = 200

_SELECT = f"""
    SELECT act, of_table, operator, terminal, office, purpose, done_at, before, after
    FROM nenkin.corrections WHERE subject = %s ORDER BY act DESC, of_table LIMIT {MOST}"""
_NAMES = (
    "act",
    "of",
    "operator",
    "terminal",
    "office",
    "purpose",
    "done_at",
    "before",
    "after",
)


async def read(connection: Connection, number: str) -> Answer:
    """The last corrections of a person's record; an account is shown by its last three digits."""
    rows = await (await connection.execute(_SELECT, (number,))).fetchall()
    found = [dict(zip(_NAMES, row, strict=True)) for row in rows]
    for one in found:
        one["done_at"] = one["done_at"].isoformat()
        for row in (*(one["before"] or ()), *(one["after"] or ())):
            if "account" in row:
                row["account"] = f"****{row['account'][-3:]}"
    return Answer(200, {"number": number, "corrections": found})

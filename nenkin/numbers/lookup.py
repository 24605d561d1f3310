"""Reading a number: whose it is, and which number was in force for it at a moment."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from nenkin.connection import Connection
from nenkin.number import PensionNumber
from nenkin.outcome import Rejected
from nenkin.replay import Answer

COLUMNS = "number, name_kana, birth_date, sex, address, issued_at"
_SELECT = f"""
    SELECT {COLUMNS}, nenkin.number_in_force(number, %(moment)s),
           ARRAY(SELECT nenkin.numbers_of_one(number, %(moment)s))
    FROM nenkin.numbers WHERE number = %(number)s"""


async def read(connection: Connection, number: str, moment: datetime | None) -> Answer:
    """A number with what was in force for it, now or at `moment`; raises Rejected with 404.

    `in_force` is the number under which it stood, itself where it stood alone; `numbers` are all of that one.
    """
    values = {"number": number, "moment": moment or "infinity"}
    cursor = await connection.execute(_SELECT, values)
    row = await cursor.fetchone()
    if row is None:
        raise Rejected(404, f"number {number} is not on record")
    in_force, numbers = row[-2:]
    if in_force is None:
        raise Rejected(404, f"number {number} was issued later, on {row[-3].isoformat()}")
    return Answer(200, body(row[:-2]) | {"in_force": in_force, "numbers": numbers})


def body(row: tuple[Any, ...]) -> dict[str, Any]:
    """A number and its holder as they were at its issue."""
    number, name_kana, birth_date, sex, address, issued_at = row
    is_provisional = PensionNumber.parse(number).is_provisional
    return {
        "number": number,
        "kind": "provisional" if is_provisional else "basic",
        "name_kana": name_kana,
        "birth_date": str(birth_date),
        "sex": sex,
        "address": address,
        "issued_at": issued_at.isoformat(),
    }

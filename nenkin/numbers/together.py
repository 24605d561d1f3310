"""Which numbers are of one person, asked at every view of a record: cheap for the many that stand alone."""

from __future__ import annotations

from collections.abc import Sequence

from nenkin.connection import Connection
from nenkin.gathering import MOST, asked

# What no merge ever named stands alone; only for the rest are the merges in force gone through.
_SELECT = f"""
    SELECT numbers.number,
           CASE WHEN EXISTS (SELECT FROM nenkin.folds WHERE folds.number = numbers.number)
                  OR EXISTS (SELECT FROM nenkin.acts WHERE head = numbers.number)
                THEN ARRAY(SELECT nenkin.numbers_of_one(numbers.number, 'infinity'))
                ELSE ARRAY[numbers.number] END
    FROM {asked(MOST)}
    JOIN nenkin.numbers ON numbers.number = asked.number"""


async def read(connection: Connection, numbers: Sequence[str]) -> dict[str, list[str]]:
    """For each of those numbers all of the person who holds it, in order; nothing for what no office issued."""
    cursor = await connection.execute(_SELECT, (",".join(numbers),), prepare=True)
    return {number: sorted(all_of_one) for number, all_of_one in await cursor.fetchall()}

"""Which numbers are of one person, asked at every view of a record: cheap for the many that stand alone."""

from __future__ import annotations

from nenkin.connection import Connection

# What no merge ever named stands alone; only for the rest are the merges in force gone through.
_SELECT = """
    SELECT CASE WHEN EXISTS (SELECT FROM nenkin.folds WHERE folds.number = numbers.number)
                  OR EXISTS (SELECT FROM nenkin.acts WHERE head = numbers.number)
                THEN ARRAY(SELECT nenkin.numbers_of_one(numbers.number, 'infinity'))
                ELSE ARRAY[numbers.number] END
    FROM nenkin.numbers WHERE number = %s"""


async def read(connection: Connection, number: str) -> list[str]:
    """All numbers of the person who holds one, in order; none where no office issued it."""
    row = await (await connection.execute(_SELECT, (number,))).fetchone()
    return [] if row is None else sorted(row[0])

"""The numbers in force and their holders, read in one statement."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import psycopg

from nenkin.connection import connection_string
from nenkin.numbers.promotion import Holder

# Birth dates of those who attained 20 and not 60 on a day, two days wide of it on both sides: the law's count is exact.
_SELECT = """
    SELECT number, birth_date,
           CASE WHEN EXISTS (SELECT FROM nenkin.folded WHERE folded.head = numbers.number AND until = 'infinity')
                THEN ARRAY(SELECT nenkin.numbers_of_one(numbers.number, 'infinity')) ELSE ARRAY[numbers.number] END
    FROM nenkin.numbers
    WHERE birth_date BETWEEN %(day)s::date - interval '60 years 2 days'
                         AND %(day)s::date - interval '20 years' + interval '2 days'
      AND NOT EXISTS (SELECT FROM nenkin.folded
                      WHERE folded.number = numbers.number AND until = 'infinity')
    ORDER BY number"""


def read_holders(dsn: str, day: date) -> Iterator[Holder]:
    """Those of working age on a day, by number; raises psycopg.Error."""
    with (
        psycopg.connect(connection_string(dsn, "nenkin-promote")) as connection,
        connection.cursor("holders") as cursor,
    ):
        cursor.itersize = 10_000
        cursor.execute(_SELECT, {"day": day})
        for number, birth, numbers in cursor:
            yield Holder(number, birth, tuple(numbers))

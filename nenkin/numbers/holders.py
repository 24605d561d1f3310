"""The numbers in force, their holders and the qualification periods of these, joined by the database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any

import psycopg

from nenkin.connection import connection_string
from nenkin.numbers.promotion import Holder, Period

_TABLE = """
    CREATE TEMPORARY TABLE given (number text, category int, acquired date, lost date, cause text)"""
_COPY = "COPY given (number, category, acquired, lost, cause) FROM STDIN"
# Periods of all numbers of one person count together, under the one in force.
_GATHER = """
    UPDATE given SET number = nenkin.number_in_force(number, 'infinity')
    WHERE number IN (SELECT number FROM nenkin.folded WHERE until = 'infinity')"""
_STRANGERS = """
    SELECT count(DISTINCT number) FROM given
    WHERE NOT EXISTS (SELECT FROM nenkin.numbers WHERE numbers.number = given.number)"""
# Birth dates of those who attained 20 and not 60 on a day, two days wide of it on both sides: the law's count is exact.
_SELECT = """
    SELECT number, birth_date, category, acquired, lost, cause
    FROM nenkin.numbers LEFT JOIN given USING (number)
    WHERE birth_date BETWEEN %(day)s::date - interval '60 years 2 days'
                         AND %(day)s::date - interval '20 years' + interval '2 days'
      AND NOT EXISTS (SELECT FROM nenkin.folded
                      WHERE folded.number = numbers.number AND until = 'infinity')
    ORDER BY number, acquired"""
_HOLDER = itemgetter(0, 1)


class Holders:
    """Numbers as they are at one moment, with periods of theirs that are held beside them."""

    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        self._connection = connection

    def take(self, periods: Iterable[Period]) -> int:
        """Takes periods in; how many. Raises what `periods` raises, psycopg.Error."""
        count = 0
        self._connection.execute(_TABLE)
        with self._connection.cursor() as cursor, cursor.copy(_COPY) as copy:
            for period in periods:
                copy.write_row(period)
                count += 1
        self._connection.execute(_GATHER)
        self._connection.execute("CREATE INDEX ON given (number)")
        self._connection.execute("ANALYZE given")
        return count

    def strangers(self) -> int:
        """How many numbers of the periods are not on record."""
        row = self._connection.execute(_STRANGERS).fetchone()
        return int(row[0]) if row else 0

    def read(self, day: date) -> Iterator[Holder]:
        """Those of working age on a day, by number; raises psycopg.Error."""
        with self._connection.cursor("holders") as cursor:
            cursor.itersize = 10_000
            cursor.execute(_SELECT, {"day": day})
            for (number, birth), rows in groupby(cursor, key=_HOLDER):
                periods = tuple(Period(number, *row[2:]) for row in rows if row[2] is not None)
                yield Holder(number, birth, periods)


@contextmanager
def open_holders(dsn: str) -> Iterator[Holders]:
    """The holders as they are now; nothing is kept of what they took in. Raises psycopg.Error."""
    with psycopg.connect(connection_string(dsn, "nenkin-promote")) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        try:
            yield Holders(connection)
        finally:
            connection.rollback()

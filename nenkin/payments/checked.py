"""Rows of an intake laid beside the database and checked there, all faults of all rows at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql

from nenkin.payments.connection import Connection
from nenkin.payments.intake import Intake, InvalidIntake

__all__ = ["Check", "lay_beside", "require"]

_MANY = 100


@dataclass(frozen=True, slots=True)
class Check:
    """A query that gives line and value (text) of each row of `incoming` that breaks a rule on a field."""

    field: str
    rule: str
    query: str


def lay_beside(connection: Connection, columns: str, intake: Intake) -> None:
    """Puts the rows into the temporary table `incoming`, whose columns (after `line`) are given with their types."""
    connection.execute(
        f"CREATE TEMPORARY TABLE incoming (line integer, {columns}) ON COMMIT DROP".encode()
    )
    with connection.cursor() as cursor, cursor.copy("COPY incoming FROM STDIN") as copy:
        for line, values in intake.rows:
            copy.write_row((line, *values))
    connection.execute("ANALYZE incoming")


def require(connection: Connection, intake: Intake, checks: Sequence[Check]) -> None:
    """Raises InvalidIntake with every row that a check finds."""
    faults = []
    for check in checks:
        query = sql.SQL("SELECT * FROM ({}) found ORDER BY 1 LIMIT {}").format(
            sql.SQL(check.query),
            sql.Literal(_MANY),
        )
        for line, value in connection.execute(query).fetchall():
            faults.append((line, intake.fault(line, check.field, value, check.rule)))
    if faults:
        raise InvalidIntake([text for _, text in sorted(faults)])

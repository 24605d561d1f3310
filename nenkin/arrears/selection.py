"""Selecting debtors by attribute and stage from what was counted of a day, and tallies of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from nenkin.payments.connection import Connection
from nenkin.whole import write_rows

__all__ = [
    "ATTRIBUTES",
    "InvalidSelection",
    "Wanted",
    "require_counted",
    "select_query",
    "tally",
    "write_selection",
]

STAGES = ("none", "notice", "phone", "visit", "final_demand", "enforcement", "release")
_BASE = """
    SELECT a.subject, a.months, a.oldest, a.amount, a.municipality, a.income,
           CASE WHEN born IS NOT NULL THEN extract(year FROM age(a.as_of, born))::integer END AS age,
           coalesce(s.stage, 'none') AS stage, s.done_on, e.labour_insurance
    FROM nenkin_work.arrears a
    LEFT JOIN nenkin.arrears_stages s USING (subject)
    LEFT JOIN nenkin.establishments e ON e.code = a.subject
    WHERE a.as_of = %(as_of)s"""
# Null is no limit.
_CONDITIONS = """
    SELECT * FROM ({base}) debtors
    WHERE (%(kind)s::text IS NULL OR (length(subject) = 11) = (%(kind)s = 'persons'))
    AND (%(stage)s::text IS NULL OR stage = %(stage)s)
    AND (%(municipality)s::text IS NULL OR municipality = %(municipality)s)
    AND (%(income)s::text IS NULL OR income = %(income)s)
    AND months BETWEEN coalesce(%(min_months)s, 1) AND coalesce(%(max_months)s, 10000)
    AND (%(min_age)s::integer IS NULL OR age >= %(min_age)s)
    AND (%(max_age)s::integer IS NULL OR age <= %(max_age)s)
    AND amount >= coalesce(%(min_amount)s, 1)"""
_HEADER = (
    "subject",
    "months",
    "oldest",
    "amount",
    "municipality",
    "income",
    "age",
    "stage",
    "done_on",
    "labour_insurance",
)
ATTRIBUTES = {
    "age": "CASE WHEN age IS NOT NULL THEN (age / 10 * 10) || '-' || (age / 10 * 10 + 9) END",
    "municipality": "municipality",
    "months": "CASE WHEN months < 7 THEN '01-06' WHEN months < 13 THEN '07-12' ELSE '13-24' END",
    "income": "income",
    "stage": "stage",
}


class InvalidSelection(ValueError):
    """Nobody can be selected so; the message names the value and the rule."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which debtors: None is no limit; ages in years, amounts in yen."""

    kind: str | None = None
    stage: str | None = None
    municipality: str | None = None
    income: str | None = None
    min_months: int | None = None
    max_months: int | None = None
    min_age: int | None = None
    max_age: int | None = None
    min_amount: int | None = None

    def values(self, as_of: date) -> dict[str, Any]:
        """Its values for `select_query`."""
        return asdict(self) | {"as_of": as_of}


def select_query() -> str:
    """The query of those wanted."""
    return _CONDITIONS.format(base=_BASE)


def require_counted(connection: Connection, as_of: date) -> None:
    """Raises InvalidSelection where the debts of a day were not counted to the end."""
    query = "SELECT 1 FROM nenkin_work.arrears_parts WHERE (as_of, part) = (%s, 'establishments')"
    if connection.execute(query, (as_of,)).fetchone() is None:
        raise InvalidSelection(
            f"day {as_of}: its debts are not counted: run `arrears count` for it first"
        )


def write_selection(connection: Connection, as_of: date, wanted: Wanted, path: Path) -> int:
    """Writes those wanted as CSV, the largest debts first; how many. Raises InvalidSelection, OSError."""
    require_counted(connection, as_of)
    query = (
        f"SELECT {', '.join(_HEADER)} FROM ({select_query()}) chosen ORDER BY amount DESC, subject"
    )
    with connection.transaction(), connection.cursor("debtors") as cursor:
        cursor.execute(query.encode(), wanted.values(as_of))
        return write_rows(path, _HEADER, cursor)


def tally(connection: Connection, as_of: date, wanted: Wanted, by: str) -> list[dict[str, Any]]:
    """Debtors, months and yen of those wanted by an attribute; raises InvalidSelection."""
    require_counted(connection, as_of)
    query = f"""
        SELECT {ATTRIBUTES[by]} AS value, count(*), sum(months)::bigint, sum(amount)::bigint
        FROM ({select_query()}) chosen GROUP BY 1 ORDER BY 1 NULLS LAST"""
    found = connection.execute(query.encode(), wanted.values(as_of)).fetchall()
    return [
        {by: value, "subjects": subjects, "months": months, "amount": amount}
        for value, subjects, months, amount in found
    ]

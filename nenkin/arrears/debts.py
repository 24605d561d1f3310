"""Who owes what on a day: months of premium of persons, and bills of establishments, that are due and not barred.

Counted by offices, each a transaction: a count that is killed goes on with those left. Counted again after it was
done, it begins anew.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from nenkin.payments.connection import Connection
from nenkin.remuneration.national import InvalidExemption, due, payable, payable_until
from nenkin.remuneration.pay import following

__all__ = ["count_debts", "due_months", "unpaid_query"]

Say = Callable[[str], None]
ESTABLISHMENTS = "establishments"
_KINDS = ("none", "additional", "three_quarters", "half", "quarter")
_OFFICES = """
    WITH RECURSIVE found (office) AS (
        (SELECT left(number, 4) FROM nenkin.persons ORDER BY number LIMIT 1)
        UNION ALL
        SELECT (SELECT left(number, 4) FROM nenkin.persons WHERE number >= found.office || '.' ORDER BY number LIMIT 1)
        FROM found WHERE found.office IS NOT NULL)
    SELECT office FROM found WHERE office IS NOT NULL"""
# Months of category 1 within the span, less those spoken of otherwise: both as sets, so that nobody's months are
# written out who owes none.
_UNPAID = """
    SELECT number, span FROM (
        SELECT owing.number, owing.months - coalesce(settled.months, '{{}}'::datemultirange) AS months
        FROM (SELECT number, range_agg(daterange(
                         greatest(date_trunc('month', acquired)::date, '{first}'),
                         least(coalesce(date_trunc('month', lost)::date, '{end}'), '{end}'))) AS months
              FROM nenkin.current_periods
              WHERE {which} AND category = 1 AND acquired < '{end}'
              AND (lost IS NULL OR date_trunc('month', lost)::date
                   > greatest(date_trunc('month', acquired)::date, '{first}'))
              GROUP BY number) owing
        LEFT JOIN (
            SELECT number, range_agg(span) AS months FROM (
                SELECT number, daterange(first, (last + interval '1 month')::date) AS span
                FROM nenkin.current_contribution_runs
                WHERE {which} AND kind <> 'unpaid' AND last >= '{first}' AND first < '{end}'
                UNION ALL
                SELECT number, daterange(month, (month + interval '1 month')::date) FROM nenkin.current_contributions
                WHERE {which} AND month >= '{first}' AND month < '{end}') spans
            GROUP BY number) settled USING (number)) left_over,
        unnest(months) AS span"""
_PERSONS = """
    INSERT INTO nenkin_work.arrears (as_of, subject, months, oldest, amount, born, municipality, income)
    SELECT '{as_of}', owed.number, months, oldest, amount, p.birth_date, nenkin.municipality(home.address), earned.class
    FROM (SELECT number, count(*) AS months, min(unpaid.month) AS oldest, sum(amount) AS amount
          FROM (SELECT number, at::date AS month FROM ({unpaid}) spans,
                    generate_series(lower(span), upper(span) - 1, interval '1 month') AS at) unpaid
          LEFT JOIN LATERAL (
              SELECT kind FROM nenkin.reliefs r WHERE r.number = unpaid.number AND unpaid.month BETWEEN r.first AND r.last
              ORDER BY act DESC LIMIT 1) decided ON true
          JOIN debt_amounts a ON a.month = unpaid.month
              AND a.kind = CASE WHEN decided.kind IS NULL OR decided.kind = 'refused' THEN 'none' ELSE decided.kind END
          GROUP BY number) owed
    JOIN nenkin.current_persons p USING (number)
    LEFT JOIN LATERAL (
        SELECT address FROM nenkin.current_addresses a WHERE a.number = owed.number AND since <= '{as_of}'
        ORDER BY since DESC LIMIT 1) home ON true
    LEFT JOIN LATERAL (
        SELECT class FROM nenkin.incomes i WHERE i.number = owed.number ORDER BY year DESC, act DESC LIMIT 1) earned
        ON true"""
_ESTABLISHMENTS = """
    INSERT INTO nenkin_work.arrears (as_of, subject, months, oldest, amount, municipality)
    SELECT %(as_of)s, establishment, months, oldest, amount, nenkin.municipality(home.address)
    FROM (SELECT establishment, count(*) AS months, min(month) AS oldest, sum(open)::bigint AS amount
          FROM nenkin.bill_balances WHERE open > 0 AND due < %(as_of)s GROUP BY establishment) owed
    LEFT JOIN LATERAL (
        SELECT address FROM nenkin.current_establishment_addresses a WHERE a.code = owed.establishment
        AND since <= %(as_of)s ORDER BY since DESC LIMIT 1) home ON true"""


def due_months(as_of: date) -> list[date]:
    """The months whose premium is due before a day and can still be paid on it."""
    month = date(as_of.year - 3, as_of.month, 1)
    found = []
    while due(month) < as_of:
        if payable_until(month) >= as_of:
            found.append(month)
        month = following(month)
    return found


def unpaid_query(as_of: date, which: str) -> str:
    """A query for number and span (daterange) of the months owed on a day by the persons of a condition on `number`."""
    months = due_months(as_of)
    return _UNPAID.format(first=months[0], end=following(months[-1]), which=which)


def count_debts(connection: Connection, as_of: date, say: Say) -> dict[str, Any]:
    """Counts the debts of a day, or goes on with it; raises NoRule, psycopg.Error."""
    query = "SELECT part FROM nenkin_work.arrears_parts WHERE as_of = %s"
    done = {str(row[0]) for row in connection.execute(query, (as_of,)).fetchall()}
    offices = [str(row[0]) for row in connection.execute(_OFFICES).fetchall()]
    parts = [*sorted(offices), ESTABLISHMENTS]
    if done >= set(parts):
        _forget(connection, as_of)
        done = set()
    left = [part for part in parts if part not in done]
    for place, part in enumerate(left, start=1):
        with connection.transaction():
            _count_part(connection, as_of, part)
        say(f"{part} ({place} of {len(left)})")
    connection.execute("ANALYZE nenkin_work.arrears")
    query = """
        SELECT CASE WHEN length(subject) = 11 THEN 'persons' ELSE 'establishments' END, count(*), sum(months)::bigint,
               sum(amount)::bigint
        FROM nenkin_work.arrears WHERE as_of = %s GROUP BY 1 ORDER BY 1"""
    return {
        kind: {"subjects": subjects, "months": months, "amount": amount}
        for kind, subjects, months, amount in connection.execute(query, (as_of,)).fetchall()
    }


def _forget(connection: Connection, as_of: date) -> None:
    with connection.transaction():
        for table in ("arrears", "arrears_parts"):
            connection.execute(
                f"DELETE FROM nenkin_work.{table} WHERE as_of = %s".encode(), (as_of,)
            )


def _count_part(connection: Connection, as_of: date, part: str) -> None:
    taken = connection.execute(
        "INSERT INTO nenkin_work.arrears_parts (as_of, part) VALUES (%s, %s) ON CONFLICT DO NOTHING RETURNING 1",
        (as_of, part),
    ).fetchone()
    if taken is None:
        return  # another process did it meanwhile
    if part == ESTABLISHMENTS:
        connection.execute(_ESTABLISHMENTS, {"as_of": as_of})
        return
    lay_amounts(connection, as_of)
    which = f"number >= '{part}-' AND number < '{part}.'"
    query = _PERSONS.format(as_of=as_of, unpaid=unpaid_query(as_of, which))
    connection.execute(query.encode())
    connection.execute("DROP TABLE debt_amounts")


def lay_amounts(connection: Connection, as_of: date) -> None:
    """Puts what each due month costs, by what was decided of it, into the table `debt_amounts`."""
    connection.execute(
        "CREATE TEMPORARY TABLE debt_amounts (month date, kind text, amount integer, PRIMARY KEY (month, kind))"
        " ON COMMIT DROP"
    )
    with connection.cursor() as cursor, cursor.copy("COPY debt_amounts FROM STDIN") as copy:
        for month in due_months(as_of):
            for kind in _KINDS:
                amount = _amount(month, kind)
                if amount is not None:
                    copy.write_row((month, kind, amount))


def _amount(month: date, kind: str) -> int | None:
    if kind == "additional":
        # The additional premium cannot be paid late: what is owed is the premium itself.
        return payable(month)
    try:
        return payable(month, None if kind == "none" else kind)
    except InvalidExemption:
        return None

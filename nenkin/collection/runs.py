"""Months of contribution entered into a person's history: what stands there is cut, superseded and entered anew around them.

Works on the temporary table `wanted` (line, number, first, last, kind, is_additional) of a transaction, many at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from nenkin.collection.lines import refuse_where
from nenkin.dated import NoRule
from nenkin.payments.connection import Connection
from nenkin.remuneration.national import InvalidExemption, payable
from nenkin.remuneration.pay import following

__all__ = ["NOTHING_DUE", "WANTED", "enter_runs", "lay_payables", "refuse_runs"]

WANTED = """
    CREATE TEMPORARY TABLE wanted (
        line integer, number text, first date, last date, kind text, is_additional boolean) ON COMMIT DROP"""
# Reliefs that leave nothing to pay: a later decision takes their place. What was paid is never overwritten.
NOTHING_DUE = ("full", "student", "deferment")
_REPLACED = "('unpaid', 'full', 'student', 'deferment')"
_KINDS = ("paid", "full", "three_quarters", "half", "quarter", "student", "deferment")
_PAYABLES = """
    CREATE TEMPORARY TABLE payables (
        month date, kind text, is_additional boolean, amount integer, PRIMARY KEY (month, kind, is_additional))
        ON COMMIT DROP"""

_REFUSALS = (
    """SELECT line, 'number ' || number || ': it is not on record' FROM wanted
       WHERE number NOT IN (SELECT number FROM nenkin.persons)""",
    """SELECT line, 'number ' || number || ', ' || to_char(first, 'YYYY-MM') || ' to ' || to_char(last, 'YYYY-MM')
              || ': line ' || other || ' of the file speaks of the same months'
       FROM (SELECT w.*, (SELECT min(o.line) FROM wanted o WHERE o.number = w.number AND o.line < w.line
                          AND o.first <= w.last AND o.last >= w.first) AS other FROM wanted w) crossing
       WHERE other IS NOT NULL""",
    """SELECT DISTINCT ON (line) line, 'number ' || number || ', ' || to_char(month, 'YYYY-MM') || ': '
              || CASE WHEN kind IN ('paid', 'unpaid') THEN 'no premium is known of it'
                      ELSE 'there is no relief ' || kind || ' in it' END
       FROM wanted, generate_series(first, last, interval '1 month') AS month
       WHERE kind <> 'unpaid' AND (month::date, kind, is_additional) NOT IN (
           SELECT month, kind, is_additional FROM payables) ORDER BY line, month""",
    """SELECT DISTINCT ON (line) line, 'number ' || number || ', ' || to_char(month, 'YYYY-MM')
              || ': the person is not of category 1 then'
       FROM wanted w, generate_series(first, last, interval '1 month') AS month
       WHERE NOT EXISTS (
           SELECT FROM nenkin.current_periods p WHERE p.number = w.number AND category = 1
           AND p.acquired < month + interval '1 month' AND (lost IS NULL OR lost >= month + interval '1 month'))
       ORDER BY line, month""",
    f"""SELECT DISTINCT ON (line) line, 'number ' || w.number || ', ' || to_char(greatest(w.first, r.first), 'YYYY-MM')
               || ': what stands there is ' || r.kind || ' and stays'
        FROM wanted w JOIN nenkin.current_contribution_runs r ON r.number = w.number
            AND r.first <= w.last AND r.last >= w.first AND r.kind NOT IN {_REPLACED} ORDER BY line, r.first""",
    """SELECT DISTINCT ON (line) line, 'number ' || w.number || ', ' || to_char(month, 'YYYY-MM')
              || ': it is paid and stays'
       FROM wanted w JOIN nenkin.current_contributions c ON c.number = w.number AND c.month BETWEEN w.first AND w.last
       ORDER BY line, month""",
)
_LOCK = """
    SELECT FROM nenkin.persons WHERE number IN (SELECT number FROM wanted) ORDER BY number FOR NO KEY UPDATE"""
_CUT = """
    CREATE TEMPORARY TABLE cut ON COMMIT DROP AS
    SELECT * FROM nenkin.current_contribution_runs r
    WHERE EXISTS (SELECT FROM wanted w WHERE w.number = r.number AND r.first <= w.last AND r.last >= w.first)"""
_SUPERSEDE = """
    INSERT INTO nenkin.superseded_contribution_runs (number, first, revision, act)
    SELECT number, first, revision, %s FROM cut"""
# Months side by side that are alike become a run again.
_ENTER = """
    WITH months AS (
        SELECT w.number, at::date AS month, w.kind,
               CASE WHEN w.kind = 'unpaid' THEN 0 ELSE amount END AS amount, w.is_additional
        FROM wanted w CROSS JOIN generate_series(first, last, interval '1 month') AS at
        LEFT JOIN payables p ON (p.month, p.kind, p.is_additional) = (at::date, w.kind, w.is_additional)
        UNION ALL
        SELECT number, at::date, kind, amount, is_additional
        FROM cut c CROSS JOIN generate_series(first, last, interval '1 month') AS at
        WHERE NOT EXISTS (SELECT FROM wanted w WHERE w.number = c.number AND at BETWEEN w.first AND w.last)),
    numbered AS (
        SELECT *, extract(year FROM month) * 12 + extract(month FROM month) - row_number() OVER (
                   PARTITION BY number, kind, amount, is_additional ORDER BY month) AS island
        FROM months)
    INSERT INTO nenkin.contribution_runs (number, first, revision, last, kind, amount, is_additional, act)
    SELECT number, min(month), 1 + coalesce((
               SELECT max(revision) FROM nenkin.contribution_runs r
               WHERE r.number = numbered.number AND r.first = min(numbered.month)), 0),
           max(month), kind, amount, is_additional, %s
    FROM numbered GROUP BY number, kind, amount, is_additional, island ORDER BY 1, 2"""


def lay_payables(connection: Connection) -> None:
    """Puts what is to be paid of each month of `wanted`, by kind, into the table `payables`."""
    connection.execute(_PAYABLES)
    query = "SELECT min(first), max(last) FROM wanted"
    month, last = connection.execute(query).fetchone() or (None, None)
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY payables (month, kind, is_additional, amount) FROM STDIN") as copy,
    ):
        while month is not None and month <= last:
            for kind in _KINDS:
                for row in _payables(month, kind):
                    copy.write_row(row)
            month = following(month)


def refuse_runs(connection: Connection) -> None:
    """Refuses the lines whose months cannot be entered, each with its sentence, and takes them out of `wanted`."""
    connection.execute(_LOCK)
    for query in _REFUSALS:
        refuse_where(connection, query)
        connection.execute("DELETE FROM wanted USING refused WHERE wanted.line = refused.line")


def enter_runs(connection: Connection, act: int) -> None:
    """Enters the months of `wanted`, which nothing refuses, and drops it and `payables`."""
    connection.execute(_CUT)
    connection.execute(_SUPERSEDE, (act,))
    connection.execute(_ENTER, (act,))
    for table in ("cut", "wanted", "payables"):
        connection.execute(f"DROP TABLE {table}".encode())


def _payables(month: date, kind: str) -> Iterator[tuple[date, str, bool, int]]:
    try:
        yield month, kind, False, payable(month, None if kind == "paid" else kind)
        if kind == "paid":
            yield month, kind, True, payable(month, None, additional=True)
    except (InvalidExemption, NoRule):
        return  # a month without a row is refused

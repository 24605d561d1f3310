"""The monthly bills (納入告知) of all establishments, worked out by offices of the insured and entered at once.

A run sees what acts entered before it was opened. Killed, it goes on with the offices left; what it enters is whole.
Run again, it enters what has changed since: the bill before is superseded and its difference posted.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from queue import SimpleQueue
from typing import Any

from nenkin.collection.act import Who, enter_act
from nenkin.collection.standing import insured_query
from nenkin.payments.connection import Connection, open_connection
from nenkin.remuneration.bonus import bonus_rule
from nenkin.remuneration.choice import choice
from nenkin.remuneration.grades import grades_at
from nenkin.remuneration.national import due
from nenkin.remuneration.premium import employee_share, premium_rate

__all__ = ["Run", "bill_month"]

_LOCK = 1651076201
Say = Callable[[str], None]

# The offices by which numbers begin, found by jumping through the key's index.
_OFFICES = """
    WITH RECURSIVE found (office) AS (
        (SELECT left(number, 4) FROM nenkin.persons ORDER BY number LIMIT 1)
        UNION ALL
        SELECT (SELECT left(number, 4) FROM nenkin.persons WHERE number >= found.office || '.' ORDER BY number LIMIT 1)
        FROM found WHERE found.office IS NOT NULL)
    SELECT office FROM found WHERE office IS NOT NULL
    AND office NOT IN (SELECT part FROM nenkin_work.bill_parts WHERE run = %s) ORDER BY 1"""
_SHARES = """
    CREATE TEMPORARY TABLE IF NOT EXISTS shares (base integer PRIMARY KEY, pay integer, bonus integer)"""
_PART = """
    WITH insured AS ({insured}),
    shared AS (
        SELECT number, establishment, standard + insured.bonus AS base, pay.pay + extra.bonus AS employee, standard,
               insured.bonus
        FROM insured LEFT JOIN shares pay ON pay.base = standard LEFT JOIN shares extra ON extra.base = insured.bonus),
    gaps AS (
        INSERT INTO nenkin_work.bill_gaps (run, number, establishment, reason)
        SELECT {run}, number, establishment, CASE
            WHEN standard IS NULL THEN 'no standard is decided since the qualification at this establishment began'
            ELSE 'standard ' || standard || ', bonus ' || bonus || ': none of the month''s' END
        FROM shared WHERE employee IS NULL RETURNING 1)
    INSERT INTO nenkin_work.bill_sums (run, establishment, insured, bases, employees)
    SELECT {run}, establishment, count(*), sum(base), sum(employee)
    FROM shared WHERE employee IS NOT NULL GROUP BY establishment"""
_COMPUTED = """
    CREATE TEMPORARY TABLE computed ON COMMIT DROP AS
    SELECT establishment, s.insured, {total} AS total, s.employees,
           stands.revision AS old, stands.insured AS old_insured, stands.employees AS old_employees,
           coalesce(stands.total, 0) AS old_total,
           (SELECT max(revision) FROM nenkin.bills b WHERE b.establishment = s.establishment AND b.month = '{month}')
               AS latest
    FROM (SELECT establishment, sum(insured)::integer AS insured, sum(bases)::bigint AS bases,
                 sum(employees)::bigint AS employees
          FROM (SELECT establishment, insured, bases, employees FROM nenkin_work.bill_sums WHERE run = {run}
                UNION ALL
                SELECT establishment, 0, 0, 0 FROM nenkin.current_bills WHERE month = '{month}') all_sums
          GROUP BY establishment) s
    LEFT JOIN (SELECT * FROM nenkin.current_bills WHERE month = '{month}') stands USING (establishment)"""
_SUPERSEDE = """
    INSERT INTO nenkin.superseded_bills (establishment, month, revision, act)
    SELECT establishment, %(month)s, old, %(act)s FROM changed WHERE old IS NOT NULL"""
_POST = """
    INSERT INTO nenkin.monthly_postings (act, kind, office, month, count, amount)
    SELECT %(act)s, 'billed', left(establishment, 4), nenkin.open_month(%(due)s), count(*), sum(total - old_total)
    FROM changed GROUP BY left(establishment, 4)"""
_ENTER = """
    INSERT INTO nenkin.bills (establishment, month, revision, insured, total, employees, due, act)
    SELECT establishment, %(month)s, coalesce(latest, 0) + 1, insured, total, employees, %(due)s, %(act)s
    FROM changed ORDER BY establishment"""
_DONE = """
    INSERT INTO nenkin.bill_runs_done (run, bills, insured, total, changed, gaps)
    SELECT %(run)s, count(*) FILTER (WHERE insured > 0), coalesce(sum(insured), 0), coalesce(sum(total), 0), %(changed)s,
           (SELECT count(*) FROM nenkin_work.bill_gaps WHERE run = %(run)s) FROM computed"""


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a month: its number and cutoff, what stands after it, and how much of that it changed."""

    number: int
    month: date
    cutoff: int
    bills: int
    insured: int
    total: int
    changed: int
    gaps: int


def bill_month(dsn: str, month: date, who: Who, workers: int, say: Say) -> Run:
    """Opens the month's run or goes on with it, and enters its bills; raises NoRule, psycopg.Error."""
    grades_at(month), premium_rate(month)  # NoRule before anything is begun
    with open_connection(dsn, "nenkin-bills") as connection:
        number, cutoff, act = _open(connection, month, who)
        left = [str(row[0]) for row in connection.execute(_OFFICES, (number,)).fetchall()]
    _do_parts(dsn, month, number, cutoff, left, workers, say)
    with open_connection(dsn, "nenkin-bills") as connection:
        _finish(connection, month, number, act)
        query = (
            "SELECT bills, insured, total, changed, gaps FROM nenkin.bill_runs_done WHERE run = %s"
        )
        row = connection.execute(query, (number,)).fetchone()
    assert row is not None
    return Run(number, month, cutoff, *row)


def _open(connection: Connection, month: date, who: Who) -> tuple[int, int, int]:
    unfinished = """
        SELECT id, cutoff, act FROM nenkin.bill_runs WHERE month = %s
        AND id NOT IN (SELECT run FROM nenkin.bill_runs_done)"""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        row = connection.execute(unfinished, (month,)).fetchone()
        if row is not None:
            return int(row[0]), int(row[1]), int(row[2])
        query = "SELECT coalesce(max(id), 0), (SELECT count(*) FROM nenkin.bill_runs WHERE month = %s) FROM nenkin.acts"
        [cutoff, before] = connection.execute(query, (month,)).fetchone() or (0, 0)
        act, _ = enter_act(connection, who, "bills", month, before + 1)
        row = connection.execute(
            "INSERT INTO nenkin.bill_runs (month, cutoff, act) VALUES (%s, %s, %s) RETURNING id",
            (month, cutoff, act),
        ).fetchone()
        assert row is not None
        return int(row[0]), cutoff, act


def _do_parts(
    dsn: str, month: date, run: int, cutoff: int, offices: list[str], workers: int, say: Say
) -> None:
    connections = [open_connection(dsn, "nenkin-bills") for _ in range(min(workers, len(offices)))]
    try:
        idle: SimpleQueue[Connection] = SimpleQueue()
        for connection in connections:
            _lay_shares(connection, month)
            idle.put(connection)

        def work(office: str) -> str:
            connection = idle.get()
            try:
                _do_part(connection, month, run, cutoff, office)
            finally:
                idle.put(connection)
            return office

        with ThreadPoolExecutor(max(1, len(connections))) as pool:
            jobs = [pool.submit(work, office) for office in offices]
            try:
                for place, job in enumerate(jobs, start=1):
                    say(f"office {job.result()} ({place} of {len(offices)})")
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
    finally:
        for connection in connections:
            connection.close()


def _do_part(connection: Connection, month: date, run: int, cutoff: int, office: str) -> None:
    with connection.transaction():
        # A killed run may still be at the same part: this waits for it, and then finds it done.
        taken = connection.execute(
            "INSERT INTO nenkin_work.bill_parts (run, part) VALUES (%s, %s) ON CONFLICT DO NOTHING RETURNING 1",
            (run, office),
        ).fetchone()
        if taken is not None:
            insured = insured_query(month, office, cutoff)
            connection.execute(_PART.format(insured=insured, run=run).encode())


def _lay_shares(connection: Connection, month: date) -> None:
    """What is withheld of each standard of the month, by the same function as of a single bill."""
    standards = [grade.standard for grade in grades_at(month).grades]
    unit, cap = bonus_rule(month)
    bonuses = range(0, cap + 1, unit)
    connection.execute(_SHARES)
    rows: dict[int, tuple[int | None, int | None]] = {
        base: (None, employee_share(base, month)) for base in bonuses
    }
    rows |= {
        base: (employee_share(base, month), rows.get(base, (None, None))[1]) for base in standards
    }
    with connection.cursor() as cursor, cursor.copy("COPY shares FROM STDIN") as copy:
        for base, shares in rows.items():
            copy.write_row((base, *shares))
    connection.execute("ANALYZE shares")


def _finish(connection: Connection, month: date, run: int, act: int) -> None:
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        query = "SELECT 1 FROM nenkin.bill_runs_done WHERE run = %s"
        if connection.execute(query, (run,)).fetchone() is not None:
            return
        values: dict[str, Any] = {"month": month, "run": run, "act": act, "due": due(month)}
        connection.execute("ANALYZE nenkin_work.bill_sums")
        total = total_expression("bases", month)
        connection.execute(_COMPUTED.format(total=total, month=month, run=run).encode())
        connection.execute(
            """CREATE TEMPORARY TABLE changed ON COMMIT DROP AS SELECT * FROM computed
               WHERE old IS NULL OR (insured, total, employees) <> (old_insured, old_total, old_employees)"""
        )
        connection.execute("ANALYZE changed")
        connection.execute(_POST, values)
        connection.execute(_SUPERSEDE, values)
        values["changed"] = connection.execute(_ENTER, values).rowcount
        connection.execute(_DONE, values)
        for table in ("bill_sums", "bill_parts"):
            connection.execute(f"DELETE FROM nenkin_work.{table} WHERE run = {run}".encode())
        connection.execute(f"DELETE FROM nenkin_work.bill_gaps WHERE run < {run}".encode())


def total_expression(bases: str, month: date) -> str:
    """SQL for a bill's total of the sum of its bases: exact in whole numbers, the fraction by the choice that holds."""
    rate, rule = premium_rate(month), choice("bill", month)
    exact = f"{bases} * {rate.numerator}"
    if rule == "half_up":
        return f"((2 * {exact} + {rate.denominator}) / {2 * rate.denominator})"
    return f"({exact} / {rate.denominator})"

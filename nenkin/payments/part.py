"""One part of a pay run as one transaction: payments, what is held, care premiums, and their postings."""

from __future__ import annotations

from dataclasses import dataclass

from nenkin.benefits.rules import Rules
from nenkin.payments.connection import Connection
from nenkin.payments.difference import find_changed, pay_differences
from nenkin.payments.due import due_query
from nenkin.payments.offset import set_off
from nenkin.payments.period import periods_between, slot
from nenkin.payments.run import Part, Run
from nenkin.payments.suspension import stopped_query

__all__ = ["Done", "do_part"]

_LOCK_SPACE = 0x706179  # the locks of parts, apart from those of others

# Payments and postings are made of the same rows, put aside once: giving what was inserted back would cost as much again as
# the joins. All that is joined comes in the order of the pensions from an index.
_SESSION = """
    SET LOCAL enable_hashjoin = off;
    SET LOCAL enable_nestloop = off;
    SET LOCAL max_parallel_workers_per_gather = 0"""
# Care premiums go on in April, June and August as last February's until the municipality asks anew (仮徴収).
_PAY = """
    WITH due AS ({due}),
    account AS (
        SELECT DISTINCT ON (pension) pension, entry AS account FROM nenkin.accounts
        WHERE {chosen} AND entry <= {cutoff} AND since <= '{paid}'
        ORDER BY pension, since DESC, entry DESC),
    care AS (
        SELECT DISTINCT ON (pension) pension,
               CASE WHEN year = {year} THEN amounts[{slot}]
                    WHEN year = {year} - 1 AND {slot} <= 3 THEN amounts[6] ELSE 0 END AS care
        FROM nenkin.care_requests WHERE {chosen} AND entry <= {cutoff} AND year <= {year}
        ORDER BY pension, year DESC, entry DESC),
    bad AS (SELECT pension, account FROM nenkin.returned WHERE entry <= {cutoff}),
    {stopped},
    asked AS (
        SELECT pension, account, basic, employees, added_basic, added_employees,
               basic + employees + added_basic + added_employees AS gross, coalesce(care, 0) AS care
        FROM due LEFT JOIN account USING (pension) LEFT JOIN care USING (pension)
        {unpaid}),
    payable AS MATERIALIZED (
        SELECT pension, account, basic, employees, added_basic, added_employees,
               CASE WHEN care <= gross THEN care ELSE 0 END AS care,
               CASE WHEN care <= gross THEN gross - care ELSE gross END AS net,
               CASE WHEN care <= gross THEN 0 ELSE care END AS missed,
               CASE WHEN account IS NULL THEN 'no account'
                    WHEN (pension, account) IN (SELECT pension, account FROM bad) THEN 'account returned'
                    WHEN pension IN (SELECT pension FROM stopped) THEN 'suspended' END AS held
        FROM asked),
    paid AS (
        INSERT INTO nenkin.payments
            (pension, account, paid, period, basic, employees, added_basic, added_employees, care, net)
        SELECT pension, account, '{paid}', {period}, basic, employees, added_basic, added_employees, care, net
        FROM payable WHERE held IS NULL),
    missed AS (
        INSERT INTO nenkin.care_missed (period, pension, paid, amount)
        SELECT {period}, pension, '{paid}', missed FROM payable WHERE held IS NULL AND missed > 0),
    kept AS (
        INSERT INTO nenkin.held (paid, period, pension, reason)
        SELECT '{paid}', {period}, pension, held FROM payable WHERE held IS NOT NULL),
    posted AS (
        INSERT INTO nenkin.postings (amount, pension, paid, period, debit, credit)
        SELECT net, pension, '{paid}'::date, {period}, 'benefits'::nenkin.ledger_account, 'transit'::nenkin.ledger_account
        FROM payable WHERE held IS NULL AND net > 0
        UNION ALL
        SELECT care, pension, '{paid}', {period}, 'benefits', 'care' FROM payable WHERE held IS NULL AND care > 0)
    SELECT count(*) FILTER (WHERE held IS NULL), coalesce(sum(net) FILTER (WHERE held IS NULL), 0)::bigint,
           count(held)
    FROM payable"""

# What another run has paid in the meantime is not due; in a regular part the primary key alone says so, aloud.
_UNPAID = """
        WHERE NOT EXISTS (SELECT FROM nenkin.payments p WHERE p.period = {period} AND p.pension = due.pension)"""

_CANDIDATES = """
    CREATE TEMPORARY TABLE candidates ON COMMIT DROP AS
    SELECT e.pension, paid_from,
           CASE WHEN e.entry > %(after)s THEN e.begun ELSE greatest(e.begun, c.month) END AS begun
    FROM nenkin.entitlements e LEFT JOIN changed c USING (pension)
    WHERE e.entry <= %(cutoff)s AND greatest(e.begun, e.paid_from) <= %(through)s
    AND (e.entry > %(after)s AND e.paid_from <= %(last)s OR c.pension IS NOT NULL)"""
_REPAY = """
    WITH chosen AS (
        SELECT r.paid AS returned, r.pension, r.amount, a.entry AS account
        FROM nenkin.returned r
        CROSS JOIN LATERAL (
            SELECT entry FROM nenkin.accounts a WHERE a.pension = r.pension AND entry <= %(cutoff)s AND since <= %(paid)s
            ORDER BY since DESC, entry DESC LIMIT 1) a
        WHERE r.entry <= %(cutoff)s AND r.paid < %(paid)s
        AND NOT EXISTS (SELECT FROM nenkin.repayments p WHERE p.returned = r.paid AND p.pension = r.pension)
        AND NOT EXISTS (
            SELECT FROM nenkin.returned b
            WHERE b.pension = r.pension AND b.account = a.entry AND b.entry <= %(cutoff)s)),
    repaid AS (
        INSERT INTO nenkin.repayments (returned, pension, paid, account, amount)
        SELECT returned, pension, %(paid)s, account, amount FROM chosen
        RETURNING pension, amount),
    posted AS (
        INSERT INTO nenkin.postings (amount, pension, paid, debit, credit)
        SELECT amount, pension, %(paid)s, 'returned', 'transit' FROM repaid)
    SELECT count(*), coalesce(sum(amount), 0)::bigint FROM repaid"""
# A lump sum is paid by the first run that sees it and an account that it can go to.
_ONCE = """
    WITH {stopped},
    chosen AS (
        SELECT l.pension, l.amount, a.entry AS account
        FROM nenkin.lumps l
        CROSS JOIN LATERAL (
            SELECT entry FROM nenkin.accounts a WHERE a.pension = l.pension AND entry <= {cutoff} AND since <= '{paid}'
            ORDER BY since DESC, entry DESC LIMIT 1) a
        WHERE l.entry <= {cutoff} AND l.pension NOT IN (SELECT pension FROM stopped)
        AND NOT EXISTS (SELECT FROM nenkin.lump_payments p WHERE p.pension = l.pension)),
    made AS (
        INSERT INTO nenkin.lump_payments (pension, paid, account, amount)
        SELECT pension, '{paid}', account, amount FROM chosen
        RETURNING pension, amount),
    posted AS (
        INSERT INTO nenkin.postings (amount, pension, paid, debit, credit)
        SELECT amount, pension, '{paid}', 'benefits', 'transit' FROM made)
    SELECT count(*), coalesce(sum(amount), 0)::bigint FROM made"""
_DONE = """
    INSERT INTO nenkin.run_parts_done (paid, part, payments, net, held) VALUES (%s, %s, %s, %s, %s)"""


@dataclass(frozen=True, slots=True)
class Done:
    """What a part did: payments and their yen, and how many were held."""

    payments: int = 0
    net: int = 0
    held: int = 0

    def plus(self, payments: int, net: int, held: int = 0) -> Done:
        """With more."""
        return Done(self.payments + payments, self.net + net, self.held + held)


def do_part(connection: Connection, rules: Rules, run: Run, part: Part) -> Done | None:
    """Does a part that is not done, in one transaction; None where another process has done it meanwhile."""
    with connection.transaction():
        # A killed process may have left its statement running: wait for its end instead of doing it twice.
        connection.execute(
            "SELECT pg_advisory_xact_lock(%s, %s)",
            (_LOCK_SPACE, run.paid.toordinal() % 4096 * 2**18 + part.number % 2**18),
        )
        there = "SELECT 1 FROM nenkin.run_parts_done WHERE paid = %s AND part = %s"
        if connection.execute(there, (run.paid, part.number)).fetchone() is not None:
            return None
        done = (
            _range(connection, rules, run, part) if part.number else _rest(connection, rules, run)
        )
        values = (run.paid, part.number, done.payments, done.net, done.held)
        connection.execute(_DONE, values)
    return done


def _range(connection: Connection, rules: Rules, run: Run, part: Part) -> Done:
    assert run.period is not None
    chosen = f"pension >= {part.first} AND pension < {part.until}"
    connection.execute(_SESSION)
    done = _pay(connection, rules, run, run.period, chosen, "")
    set_off(connection, run.paid, run.period, chosen)
    return done


def _rest(connection: Connection, rules: Rules, run: Run) -> Done:
    # A regular run's own period is the business of the other parts.
    last = run.through if run.period is None else run.through - 2
    values = {
        "cutoff": run.cutoff,
        "after": run.after,
        "paid": run.paid,
        "through": run.through,
        "last": last,
    }
    find_changed(connection, run, last)
    connection.execute(_CANDIDATES, values)
    connection.execute("ANALYZE candidates")
    query = "SELECT min(begun), min(paid_from) FROM candidates"
    begun, first = connection.execute(query).fetchone() or (None, None)
    done = Done()
    for period in periods_between(begun, first, last) if begun is not None else ():
        chosen = f"pension IN (SELECT pension FROM candidates WHERE paid_from <= {period})"
        unpaid = _UNPAID.format(period=period)
        one = _pay(connection, rules, run, period, chosen, unpaid)
        done = done.plus(one.payments, one.net, one.held)
    count, total = pay_differences(connection, rules, run, last)
    done = done.plus(count, total)
    once = _ONCE.format(
        stopped=stopped_query("true", run.cutoff, run.paid),
        cutoff=run.cutoff,
        paid=run.paid.isoformat(),
    )
    count, total = connection.execute(once.encode()).fetchone() or (0, 0)
    done = done.plus(count, total)
    count, total = connection.execute(_REPAY, values).fetchone() or (0, 0)
    return done.plus(count, total)


def _pay(
    connection: Connection, rules: Rules, run: Run, period: int, chosen: str, unpaid: str
) -> Done:
    year, place = slot(period)
    query = _PAY.format(
        due=due_query(rules, period, run.cutoff, chosen),
        stopped=stopped_query(chosen, run.cutoff, run.paid),
        chosen=chosen,
        cutoff=run.cutoff,
        paid=run.paid.isoformat(),
        period=period,
        year=year,
        slot=place,
        unpaid=unpaid,
    )
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return Done(*row)

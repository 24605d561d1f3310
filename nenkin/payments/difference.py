"""What figures that came after a payment change in paid periods (差額): more is paid, less is owed by the pensioner."""

from __future__ import annotations

from nenkin.benefits.instalments import pay_month
from nenkin.benefits.rules import Rules
from nenkin.payments.connection import Connection
from nenkin.payments.due import due_query
from nenkin.payments.run import Run
from nenkin.payments.suspension import stopped_query

__all__ = ["find_changed", "pay_differences"]

# Figures that are new to this run, and those that an earlier run could not pay for want of an account.
_CHANGED = """
    CREATE TEMPORARY TABLE changed ON COMMIT DROP AS
    SELECT pension, min(month) AS month FROM (
        SELECT f.pension, f.month FROM nenkin.figures f JOIN nenkin.entitlements e USING (pension)
        WHERE f.entry > %(after)s AND f.entry <= %(cutoff)s AND e.entry <= %(after)s AND f.month < %(last)s
        UNION ALL
        SELECT pension, period - 2 FROM nenkin.held WHERE paid < %(paid)s AND period <= %(last)s) found
    GROUP BY pension"""
_COMPARE = """
    WITH due AS ({due}),
    account AS (
        SELECT DISTINCT ON (pension) pension, entry AS account FROM nenkin.accounts
        WHERE {chosen} AND entry <= {cutoff} AND since <= '{paid}'
        ORDER BY pension, since DESC, entry DESC),
    {stopped},
    before AS (
        SELECT p.pension, p.account,
               p.basic + p.added_basic + coalesce(sum(d.basic), 0) AS basic,
               p.employees + p.added_employees + coalesce(sum(d.employees), 0) AS employees
        FROM nenkin.payments p LEFT JOIN nenkin.differences d ON d.period = p.period AND d.pension = p.pension
        WHERE p.period = {period} AND p.pension IN (SELECT pension FROM changed)
        GROUP BY p.period, p.pension),
    compared AS (
        SELECT pension, before.account AS old_account, account.account,
               (coalesce(due.basic + due.added_basic, 0) - before.basic)::integer AS basic,
               (coalesce(due.employees + due.added_employees, 0) - before.employees)::integer AS employees,
               CASE WHEN account.account IS NULL THEN 'no account'
                    WHEN EXISTS (
                        SELECT FROM nenkin.returned r WHERE r.pension = before.pension
                        AND r.account = account.account AND r.entry <= {cutoff}) THEN 'account returned'
                    WHEN pension IN (SELECT pension FROM stopped) THEN 'suspended' END AS held
        FROM before LEFT JOIN due USING (pension) LEFT JOIN account USING (pension)),
    made AS (
        INSERT INTO nenkin.differences (paid, period, pension, account, basic, employees, amount)
        SELECT '{paid}', {period}, pension, coalesce(account, old_account), basic, employees, basic + employees
        FROM compared WHERE (basic <> 0 OR employees <> 0) AND (basic + employees <= 0 OR held IS NULL)
        RETURNING pension, amount),
    kept AS (
        INSERT INTO nenkin.held (paid, period, pension, reason)
        SELECT '{paid}', {period}, pension, held FROM compared WHERE basic + employees > 0 AND held IS NOT NULL
        ON CONFLICT DO NOTHING),
    posted AS (
        INSERT INTO nenkin.postings (amount, pension, paid, period, debit, credit)
        SELECT amount, pension, '{paid}'::date, {period},
               'benefits'::nenkin.ledger_account, 'transit'::nenkin.ledger_account FROM made WHERE amount > 0
        UNION ALL
        SELECT -amount, pension, '{paid}', {period}, 'receivable', 'benefits' FROM made WHERE amount < 0)
    SELECT count(*), coalesce(sum(amount), 0)::bigint FROM made WHERE amount > 0"""


def find_changed(connection: Connection, run: Run, last: int) -> None:
    """Fills the temporary table `changed`: pensions whose periods up to `last` are to be looked at, from which month on."""
    values = {"after": run.after, "cutoff": run.cutoff, "paid": run.paid, "last": last}
    connection.execute(_CHANGED, values)
    connection.execute("ANALYZE changed")


def pay_differences(connection: Connection, rules: Rules, run: Run, last: int) -> tuple[int, int]:
    """Compares the paid periods up to `last` of what is `changed`; how many were paid more, and their yen.

    Periods that were worth nothing then and are worth something now must have been paid before this.
    """
    [first] = connection.execute("SELECT min(month) FROM changed").fetchone() or (None,)
    count = total = 0
    # A change reaches back to its month and forward to what was cut in its year: every period since is compared.
    for period in range(pay_month(first), last + 1, 2) if first is not None else ():
        chosen = "pension IN (SELECT pension FROM changed)"
        query = _COMPARE.format(
            due=due_query(rules, period, run.cutoff, chosen),
            chosen=chosen,
            stopped=stopped_query(chosen, run.cutoff, run.paid),
            cutoff=run.cutoff,
            paid=run.paid.isoformat(),
            period=period,
        )
        more, yen = connection.execute(query.encode()).fetchone() or (0, 0)
        count, total = count + more, total + yen
    return count, total

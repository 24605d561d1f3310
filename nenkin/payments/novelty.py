"""What is new about a run's transfers (新規コード): the first of a right, or the first that goes to another account.

Fixed once a run and before its files, from rows that no later run changes: a file that is made again has the same codes.
A pension that another system paid before (`paid_from`) is not new.
"""

from __future__ import annotations

from typing import Any

from nenkin.payments.connection import Connection
from nenkin.payments.run import Run

__all__ = ["FIX", "FRESH", "fix_novelties", "values_of"]

_BEGIN = "INSERT INTO nenkin.novelties_done (paid) VALUES (%s) ON CONFLICT DO NOTHING RETURNING 1"
# Whoever may have a new code: new rights, new accounts, and what was held or sent back before. All others are 0.
FRESH = """
    CREATE TEMPORARY TABLE fresh ON COMMIT DROP AS
    SELECT pension, e.begun FROM nenkin.entitlements e
    WHERE entry <= %(cutoff)s AND (
        paid_from = 0 AND (entry > %(after)s OR begun >= %(through)s - 2)
        OR pension IN (
            SELECT pension FROM nenkin.accounts
            WHERE %(after)s > 0 AND entry <= %(cutoff)s AND (entry > %(after)s OR since > %(before)s)
            UNION ALL SELECT pension FROM nenkin.held WHERE paid < %(paid)s
            UNION ALL SELECT pension FROM nenkin.returned WHERE entry <= %(cutoff)s))"""
# By periods, since payments are found by period and pension, one at a time: where all there are were made today, the planner
# believes that looking for those of other days finds them at once, and reads all of them for each new right.
FIX = """
    INSERT INTO nenkin.novelties (paid, pension, novelty)
    SELECT %(paid)s, pension, novelty FROM (
        SELECT now.pension, CASE WHEN before.place IS NULL THEN '1' WHEN before.place <> a.place THEN '2' END AS novelty
        FROM (SELECT t.pension, max(t.account) AS account, min(f.begun) AS begun
              FROM nenkin.transfers t JOIN fresh f USING (pension)
              WHERE t.paid = %(paid)s AND t.amount > 0 GROUP BY t.pension) now
        JOIN nenkin.accounts a ON a.pension = now.pension AND a.entry = now.account
        LEFT JOIN LATERAL (
            SELECT b.place FROM (
                SELECT p.account, p.paid
                FROM generate_series(begun + CASE begun %% 2 WHEN 1 THEN 2 ELSE 1 END, %(through)s, 2) due
                CROSS JOIN LATERAL (
                    SELECT account, paid FROM nenkin.payments
                    WHERE period = due AND pension = now.pension AND paid - 0 < %(paid)s OFFSET 0) p
                UNION ALL
                SELECT r.account, r.paid FROM nenkin.repayments r WHERE r.pension = now.pension AND r.paid < %(paid)s
                UNION ALL
                SELECT l.account, l.paid FROM nenkin.lump_payments l WHERE l.pension = now.pension AND l.paid < %(paid)s
            ) sent JOIN nenkin.accounts b ON b.pension = now.pension AND b.entry = sent.account
            ORDER BY sent.paid DESC LIMIT 1) before ON true) coded
    WHERE novelty IS NOT NULL"""


def fix_novelties(connection: Connection, run: Run) -> None:
    """Fixes the codes of a run whose parts are done; nothing where that was done before."""
    with connection.transaction():
        if connection.execute(_BEGIN, (run.paid,)).fetchone() is None:
            return
        values = values_of(connection, run)
        connection.execute(FRESH, values)
        connection.execute("ANALYZE fresh")
        connection.execute(FIX, values)
    connection.execute("ANALYZE nenkin.novelties")


def values_of(connection: Connection, run: Run) -> dict[str, Any]:
    """What the statements ask for of a run."""
    query = "SELECT coalesce(max(paid), date '0001-01-01') FROM nenkin.runs WHERE paid < %s"
    before = connection.execute(query, (run.paid,)).fetchone()
    return {
        "paid": run.paid,
        "cutoff": run.cutoff,
        "after": run.after,
        "through": run.through,
        "before": before[0] if before else None,
    }

"""Transfers that came back (振込不能): posted as owed to the pensioner, and paid again by a run that finds a new account."""

from __future__ import annotations

from pathlib import Path

from nenkin.payments import fields
from nenkin.payments.checked import Check, lay_beside, require
from nenkin.payments.connection import Connection
from nenkin.payments.intake import Column, Intake, is_known, note, read_intake

__all__ = ["take_returns"]

_COLUMNS = (
    Column("paid", fields.day),
    Column("number", fields.number),
    Column("code", fields.code),
    Column("amount", fields.yen),
    Column("reason", fields.words),
)
_PENSION = "(substr(number, 1, 4) || substr(number, 6, 6) || code)::bigint"
_SENT = f"""
    CREATE TEMPORARY TABLE sent ON COMMIT DROP AS
    WITH asked AS (
        SELECT line, paid, number, code, {_PENSION} AS pension, amount AS stated, reason FROM incoming)
    SELECT line, paid, number, code, pension, stated, reason,
           sum(t.amount)::bigint AS amount, max(t.account) AS account
    FROM asked LEFT JOIN nenkin.transfers t USING (paid, pension)
    GROUP BY line, paid, number, code, pension, stated, reason"""
_CHECKS = (
    Check(
        "paid",
        "no files of that day were made",
        "SELECT line, paid::text FROM sent WHERE paid NOT IN (SELECT paid FROM nenkin.manifests)",
    ),
    Check(
        "number, code",
        "that day's files hold no transfer of it",
        "SELECT line, number || ' ' || code FROM sent WHERE amount IS NULL OR amount = 0",
    ),
    Check(
        "amount",
        "the transfer was of another amount",
        "SELECT line, stated::text FROM sent WHERE amount > 0 AND amount <> stated",
    ),
    Check(
        "number, code",
        "it has come back already",
        """SELECT line, number || ' ' || code FROM sent s
           WHERE EXISTS (SELECT FROM nenkin.returned r WHERE r.paid = s.paid AND r.pension = s.pension)
           OR EXISTS (SELECT FROM sent o WHERE o.paid = s.paid AND o.pension = s.pension AND o.line < s.line)""",
    ),
)
_TAKE = """
    WITH taken AS (
        INSERT INTO nenkin.returned (paid, pension, account, amount, reason)
        SELECT paid, pension, account, amount, reason FROM sent ORDER BY line
        RETURNING paid, pension, amount)
    INSERT INTO nenkin.postings (amount, pension, paid, debit, credit)
    SELECT amount, pension, paid, 'treasury', 'returned' FROM taken"""


def take_returns(connection: Connection, path: Path, who: str, why: str) -> tuple[Intake, bool]:
    """Takes the banks' list of a pay date in; False where it was taken in before. Raises InvalidIntake, OSError."""
    intake = read_intake(path, _COLUMNS)
    with connection.transaction():
        if is_known(connection, intake):
            return intake, False
        # As an INSERT would: a run that is being opened sees all of the list or nothing.
        connection.execute("LOCK TABLE nenkin.returned IN ROW EXCLUSIVE MODE")
        types = "paid date, number text, code text, amount bigint, reason text"
        lay_beside(connection, types, intake)
        connection.execute(_SENT.encode())
        require(connection, intake, _CHECKS)
        connection.execute(_TAKE)
        note(connection, intake, "returns", who, why)
    return intake, True

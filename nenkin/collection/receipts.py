"""Payments of bills (納付): a file in, matched by establishment and month; what names no establishment waits in suspense."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from nenkin.collection import fields
from nenkin.collection.act import Who, enter_act
from nenkin.collection.lines import Kind, refuse_where
from nenkin.payments import fields as common
from nenkin.payments.connection import Connection
from nenkin.payments.intake import Column
from nenkin.whole import write_rows

__all__ = ["RECEIPTS", "InvalidSlip", "match_counts", "settle", "write_open"]

# The key of a slip, in SQL as well as elsewhere: a slip is taken once, whatever file it comes in.
_KEY = "md5('slip/' || i.slip)::uuid"
_CHECKS = (
    """SELECT line, 'slip ' || slip || ': it stands in the file twice, first in line ' || first FROM (
           SELECT line, slip, min(line) OVER (PARTITION BY slip) AS first FROM incoming) numbered WHERE line > first""",
    f"""SELECT line, 'slip ' || slip || ': it was taken in before as ' || to_char(k.month, 'YYYY-MM') || ', '
               || k.amount || ' yen of ' || k.paid_on || ' for ' || k.establishment || ': a slip is one payment'
        FROM incoming i JOIN nenkin.bill_payments k ON k.key = {_KEY}
        WHERE (k.establishment, k.month, k.amount, k.paid_on) <> (i.establishment, i.month, i.amount, i.paid_on)
        AND NOT EXISTS (SELECT FROM nenkin.suspense s WHERE s.key = k.key)""",
    f"""SELECT line, 'slip ' || i.slip || ': it was taken in before for ' || k.named || ', ' || k.amount
               || ' yen: a slip is one payment'
        FROM incoming i JOIN nenkin.suspense k ON k.key = {_KEY}
        WHERE (k.named, k.month, k.amount, k.paid_on) <> (i.establishment, i.month, i.amount, i.paid_on)""",
)
_NEW = f"""
    CREATE TEMPORARY TABLE fresh ON COMMIT DROP AS
    SELECT i.*, {_KEY} AS key, e.code IS NULL AS is_unknown
    FROM incoming i LEFT JOIN nenkin.establishments e ON e.code = i.establishment
    WHERE NOT EXISTS (SELECT FROM nenkin.bill_payments k WHERE k.key = {_KEY})
    AND NOT EXISTS (SELECT FROM nenkin.suspense k WHERE k.key = {_KEY})"""
_NOTES = (
    """INSERT INTO noted (line, sentence)
       SELECT line, 'establishment ' || establishment || ': it is not on record: the payment waits in suspense'
       FROM fresh WHERE is_unknown""",
    """INSERT INTO noted (line, sentence)
       SELECT line, 'slip ' || slip || ': it was taken in before' FROM incoming
       WHERE line NOT IN (SELECT line FROM fresh)""",
)
_POST = """
    INSERT INTO nenkin.monthly_postings (act, kind, office, month, part, count, amount)
    SELECT %(act)s, CASE WHEN is_unknown THEN 'suspended' ELSE 'received' END,
           CASE WHEN is_unknown THEN '0000' ELSE left(establishment, 4) END, nenkin.open_month(paid_on), min(min(line))
               OVER (), count(*), sum(amount)
    FROM fresh GROUP BY is_unknown, CASE WHEN is_unknown THEN '0000' ELSE left(establishment, 4) END,
        nenkin.open_month(paid_on)"""
_ENTER = (
    """INSERT INTO nenkin.bill_payments (key, establishment, month, amount, paid_on, act)
       SELECT key, establishment, month, amount, paid_on, %(act)s FROM fresh WHERE NOT is_unknown""",
    """INSERT INTO nenkin.suspense (key, slip, named, month, amount, paid_on, act)
       SELECT key, slip, establishment, month, amount, paid_on, %(act)s FROM fresh WHERE is_unknown""",
)
# The one act posts what leaves suspense and what is received.
_SETTLE = """
    WITH posted AS (
        INSERT INTO nenkin.monthly_postings (act, kind, office, month, count, amount)
        SELECT %(act)s, kind, office, nenkin.open_month(%(day)s), 1, %(amount)s
        FROM (VALUES ('settled', '0000'), ('received', left(%(establishment)s, 4))) AS sides (kind, office)),
    settled AS (INSERT INTO nenkin.suspense_settled (key, act) VALUES (%(key)s, %(act)s))
    INSERT INTO nenkin.bill_payments (key, establishment, month, amount, paid_on, act)
    VALUES (%(key)s, %(establishment)s, %(month)s, %(amount)s, %(day)s, %(act)s)"""
_OPEN = """
    SELECT m.establishment, e.labour_insurance, m.total, m.paid, m.open, m.due, m.state
    FROM nenkin.bill_matches m JOIN nenkin.establishments e ON e.code = m.establishment
    WHERE m.month = %s AND m.state <> 'exact' ORDER BY 1"""


class InvalidSlip(ValueError):
    """A slip cannot be settled so; the message names it, the value and the rule."""


def _take(connection: Connection, act: int) -> None:
    refuse_where(connection, *_CHECKS)
    connection.execute(_NEW.encode())
    for query in _NOTES:
        connection.execute(query.encode())
    values = {"act": act}
    connection.execute(_POST, values)
    for query in _ENTER:
        connection.execute(query.encode(), values)
    connection.execute("DROP TABLE fresh")


RECEIPTS = Kind(
    "receipts",
    (
        Column("slip", fields.slip),
        Column("establishment", common.words),
        Column("month", fields.month),
        Column("amount", fields.yen),
        Column("paid_on", common.day),
    ),
    ("text", "text", "date", "bigint", "date"),
    _take,
)


def settle(
    connection: Connection, slip: str, establishment: str, month: date, today: date, who: Who
) -> bool:
    """Takes a payment out of suspense for an establishment's month; False where just that was done. Raises InvalidSlip."""
    query = """
        SELECT s.key, s.amount, p.establishment, p.month
        FROM nenkin.suspense s LEFT JOIN nenkin.bill_payments p USING (key) WHERE s.slip = %s"""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(1937076341)")
        row = connection.execute(query, (slip,)).fetchone()
        if row is None:
            raise InvalidSlip(f"slip {slip}: no payment of that slip waits in suspense")
        key, amount, settled, of_month = row
        if settled is not None:
            if (settled, of_month) == (establishment, month):
                return False
            raise InvalidSlip(f"slip {slip}: it was settled for {settled}, {of_month:%Y-%m}")
        known = "SELECT 1 FROM nenkin.establishments WHERE code = %s"
        if connection.execute(known, (establishment,)).fetchone() is None:
            raise InvalidSlip(f"establishment {establishment}: it is not on record")
        act, _ = enter_act(connection, who, "settle", slip)
        values: dict[str, Any] = {"act": act, "key": key, "amount": amount, "day": today}
        connection.execute(_SETTLE, values | {"establishment": establishment, "month": month})
    return True


def match_counts(connection: Connection, month: date) -> dict[str, dict[str, int]]:
    """How many bills of a month are in which state, and the yen that are open in each; and what waits in suspense."""
    query = """
        SELECT state, count(*), sum(open)::bigint FROM nenkin.bill_matches WHERE month = %s GROUP BY state
        UNION ALL
        SELECT 'suspense', count(*), coalesce(sum(amount), 0)::bigint FROM nenkin.suspense
        WHERE month = %s AND key NOT IN (SELECT key FROM nenkin.suspense_settled)"""
    found = connection.execute(query, (month, month)).fetchall()
    return {state: {"bills": count, "open": amount} for state, count, amount in found}


def write_open(connection: Connection, month: date, path: Path) -> int:
    """Writes the month's bills that are not paid to the yen, as CSV; how many there are."""
    header = ("establishment", "labour_insurance", "total", "paid", "open", "due", "state")
    return write_rows(path, header, _rows(connection, month))


def _rows(connection: Connection, month: date) -> Iterator[tuple[Any, ...]]:
    with connection.transaction(), connection.cursor("unpaid") as cursor:
        cursor.execute(_OPEN, (month,))
        yield from cursor

"""Monthly closing (月締め): the sums that clerks added by hand, drafted as an approval paper (決議書), approved by another.

A month is closed with its approval. What is posted for it later goes to the first month that is open.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from nenkin.collection.act import Who, enter_act
from nenkin.payments.connection import Connection
from nenkin.remuneration.pay import following

__all__ = ["Draft", "InvalidClosing", "approve", "draft", "drafted", "unposted"]

FORMAT = "nenkin.closing/1"
_LOCK = "LOCK TABLE nenkin.monthly_postings, nenkin.closings IN SHARE ROW EXCLUSIVE MODE"
KINDS = {
    "billed": "納入告知",
    "received": "保険料収納（事業所）",
    "contributed": "保険料収納（国民年金）",
    "suspended": "仮受",
    "settled": "仮受の振替",
}
_SUMS = """
    SELECT kind, office, sum(count)::bigint, sum(amount)::bigint FROM nenkin.monthly_postings
    WHERE month = %s GROUP BY kind, office ORDER BY kind, office"""
# Postings at the counters: they carry their own time and can be of no month that is over. What a debit paid for the
# second time is among them by its key, and is counted with the debits.
_COUNTER = """
    SELECT left(number, 4), count(*), sum(amount)::bigint FROM nenkin.current_contributions c
    WHERE posted_at >= %(month)s::timestamp AT TIME ZONE 'Asia/Tokyo'
    AND posted_at < %(following)s::timestamp AT TIME ZONE 'Asia/Tokyo'
    AND NOT EXISTS (
        SELECT FROM nenkin.debits d WHERE (d.subject, d.month) = (c.number, c.month)
        AND c.key = md5('debit/' || to_char(d.day, 'YYYYMMDD') || '/' || replace(d.subject, '-', '')
                        || to_char(d.month, 'YYYYMM'))::uuid)
    GROUP BY 1 ORDER BY 1"""
_CARRIED = """
    SELECT coalesce(sum(amount) FILTER (WHERE kind = 'billed'), 0)::bigint
               - coalesce(sum(amount) FILTER (WHERE kind = 'received'), 0)::bigint,
           coalesce(sum(amount) FILTER (WHERE kind = 'suspended'), 0)::bigint
               - coalesce(sum(amount) FILTER (WHERE kind = 'settled'), 0)::bigint
    FROM nenkin.monthly_postings WHERE month < %s"""
# What acts entered, from the rows themselves: an independent way to the same sums. A bill adds its difference to the
# revision before it.
_ENTERED = """
    WITH rows (act, kind, amount) AS (
        SELECT act, 'billed', total - coalesce((SELECT total FROM nenkin.bills old WHERE
            (old.establishment, old.month, old.revision) = (b.establishment, b.month, b.revision - 1)), 0)
        FROM nenkin.bills b
        UNION ALL SELECT act, 'received', amount FROM nenkin.bill_payments
        UNION ALL SELECT act, 'suspended', amount FROM nenkin.suspense
        UNION ALL SELECT done.act, 'settled', amount FROM nenkin.suspense_settled done JOIN nenkin.suspense USING (key)
        UNION ALL SELECT r.act, 'contributed', d.amount
            FROM nenkin.debit_results r JOIN nenkin.debits d USING (day, subject, month)
            WHERE result = '0' AND length(subject) = 11),
    entered AS (SELECT act, kind, count(*) AS rows, sum(amount) AS amount FROM rows GROUP BY act, kind),
    posted AS (SELECT act, kind, sum(count) AS rows, sum(amount) AS amount FROM nenkin.monthly_postings GROUP BY act, kind)
    SELECT coalesce(e.act, p.act), coalesce(e.kind, p.kind), coalesce(e.amount, 0)::bigint, coalesce(p.amount, 0)::bigint
    FROM entered e FULL JOIN posted p ON (e.act, e.kind) = (p.act, p.kind)
    WHERE (e.rows, e.amount) IS DISTINCT FROM (p.rows, p.amount) ORDER BY 1, 2"""


class InvalidClosing(ValueError):
    """A month cannot be drafted or approved now; the message names it, the value and the rule."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An approval paper: the month, its number, who drafted it, the document and its checksum; whether it is new."""

    month: date
    number: int
    drafter: str
    document: dict[str, Any]
    sha256: str
    is_new: bool
    approver: str | None = None


def draft(connection: Connection, month: date, today: date, who: Who) -> Draft:
    """Drafts a month that is over; what has not changed since the last draft is that draft. Raises InvalidClosing."""
    with connection.transaction():
        connection.execute(_LOCK)
        _require_next(connection, month)
        if today < following(month):
            raise InvalidClosing(f"month {month:%Y-%m}: it is not over on {today}")
        found = unposted(connection)
        if found:
            raise InvalidClosing("\n".join(found[:20]))
        document = _document(connection, month)
        sha256 = checksum(document)
        before = drafted(connection, month)
        if before is not None and before.sha256 == sha256 and before.drafter == who.operator:
            return before
        number = before.number + 1 if before is not None else 1
        act, _ = enter_act(connection, who, "draft", month, number)
        connection.execute(
            """INSERT INTO nenkin.closing_drafts (month, draft, drafter, document, sha256, act)
               VALUES (%s, %s, %s, %s, %s, %s)""",
            (month, number, who.operator, json.dumps(document, ensure_ascii=False), sha256, act),
        )
    return Draft(month, number, who.operator, document, sha256, True)


def approve(connection: Connection, month: date, sha256: str, who: Who) -> Draft:
    """Approves the latest draft of a month, named by its checksum, and closes the month; raises InvalidClosing."""
    with connection.transaction():
        connection.execute(_LOCK)
        latest = drafted(connection, month)
        if latest is None:
            raise InvalidClosing(f"month {month:%Y-%m}: no approval paper is drafted")
        if not latest.sha256.startswith(sha256) or len(sha256) < 8:
            raise InvalidClosing(
                f"draft {sha256}: the latest of {month:%Y-%m} is {latest.sha256[:16]}, of which at least 8 digits are given"
            )
        if latest.approver is not None:
            if latest.approver == who.operator:
                return latest
            raise InvalidClosing(f"month {month:%Y-%m}: {latest.approver} has approved it")
        if latest.drafter.strip().lower() == who.operator.strip().lower():
            raise InvalidClosing(
                f"approver {who.operator}: {latest.drafter} drafted the paper, and another person approves it"
            )
        _require_next(connection, month)
        if checksum(_document(connection, month)) != latest.sha256:
            raise InvalidClosing(
                f"month {month:%Y-%m}: something was posted after draft {latest.number}: draft it anew"
            )
        act, _ = enter_act(connection, who, "approve", month)
        connection.execute(
            "INSERT INTO nenkin.closings (month, draft, drafter, approver, act) VALUES (%s, %s, %s, %s, %s)",
            (month, latest.number, latest.drafter, who.operator, act),
        )
    return Draft(
        month, latest.number, latest.drafter, latest.document, latest.sha256, True, who.operator
    )


def drafted(connection: Connection, month: date) -> Draft | None:
    """The latest draft of a month."""
    query = """
        SELECT d.draft, d.drafter, d.document, d.sha256, c.approver
        FROM nenkin.closing_drafts d LEFT JOIN nenkin.closings c USING (month, draft)
        WHERE month = %s ORDER BY draft DESC LIMIT 1"""
    row = connection.execute(query, (month,)).fetchone()
    if row is None:
        return None
    number, drafter, document, sha256, approver = row
    return Draft(month, number, drafter, document, sha256, False, approver)


def unposted(connection: Connection) -> list[str]:
    """Where the postings are not what the rows of their acts add up to, a sentence each; empty where all is well."""
    return [
        f"act {act}, {kind}: its rows come to {entered} yen, its postings to {posted}"
        for act, kind, entered, posted in connection.execute(_ENTERED).fetchall()
    ]


def checksum(document: dict[str, Any]) -> str:
    """SHA-256 of a document in its one form."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _require_next(connection: Connection, month: date) -> None:
    [closed] = connection.execute("SELECT nenkin.closed_until()").fetchone() or (None,)
    if closed is not None and month <= closed:
        raise InvalidClosing(f"month {month:%Y-%m}: it is closed")
    query = "SELECT min(month) FROM nenkin.monthly_postings WHERE month > coalesce(%s::date, '0001-01-01')"
    [first] = connection.execute(query, (closed,)).fetchone() or (None,)
    wanted = following(closed) if closed is not None else first
    if wanted is not None and month > wanted:
        raise InvalidClosing(f"month {month:%Y-%m}: {wanted:%Y-%m} is closed before it")


def _document(connection: Connection, month: date) -> dict[str, Any]:
    sums: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
    for kind, office, count, amount in connection.execute(_SUMS, (month,)).fetchall():
        sums[kind].append({"office": office, "count": count, "amount": amount})
    values = {"month": month, "following": following(month)}
    counter = [
        {"office": office, "count": count, "amount": amount}
        for office, count, amount in connection.execute(_COUNTER, values).fetchall()
    ]
    totals = {
        kind: {
            "count": sum(row["count"] for row in rows),
            "amount": sum(row["amount"] for row in rows),
        }
        for kind, rows in {**sums, "counter": counter}.items()
    }
    receivable, suspense = connection.execute(_CARRIED, (month,)).fetchone() or (0, 0)
    return {
        "format": FORMAT,
        "month": f"{month:%Y-%m}",
        "sums": {**sums, "counter": counter},
        "totals": totals,
        "receivable": {
            "before": receivable,
            "billed": totals["billed"]["amount"],
            "received": totals["received"]["amount"],
            "after": receivable + totals["billed"]["amount"] - totals["received"]["amount"],
        },
        "suspense": {
            "before": suspense,
            "suspended": totals["suspended"]["amount"],
            "settled": totals["settled"]["amount"],
            "after": suspense + totals["suspended"]["amount"] - totals["settled"]["amount"],
        },
    }

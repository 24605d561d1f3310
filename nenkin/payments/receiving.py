"""Claims as offices hand them in: kept once for each key and receipt, decided by the daily award run."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg.errors import LockNotAvailable, UniqueViolation

from nenkin.access.caller import Caller
from nenkin.connection import Connection
from nenkin.outcome import Rejected, Unknown
from nenkin.payments.claim import Claim
from nenkin.replay import Answer, vouch

__all__ = ["read_claim", "read_payments", "receive"]

_INSERT = """
    INSERT INTO nenkin.received_claims (receipt, key, number, code, content, operator, terminal, office)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (key) DO NOTHING RETURNING received_at"""
_BY_KEY = "SELECT content, received_at FROM nenkin.received_claims WHERE key = %s"
_STATE = """
    SELECT receipt, number, code, received_at, decided, first_paid, refusal FROM nenkin.claim_states
    WHERE receipt = %s"""
_PAYMENTS = """
    SELECT lpad(pension::text, 14, '0'), nenkin.month_text(period), paid, net, care FROM nenkin.payments
    WHERE pension BETWEEN %s AND %s ORDER BY paid DESC, pension LIMIT 100"""


async def receive(connection: Connection, key: UUID, claim: Claim, caller: Caller) -> Answer:
    """Keeps a claim; the same key and claim again get the first answer.

    Raises Rejected with 409 for the same key with another claim and for a receipt number that was used; Unknown while
    another request with the same key is under way.
    """
    content = claim.content()
    who = (caller.operator, caller.terminal, caller.office)
    values = (claim.receipt, key, claim.number, claim.code, content, *who)
    try:
        row = await (await connection.execute(_INSERT, values)).fetchone()
    except UniqueViolation as error:
        reason = f"receipt {claim.receipt} was given to another claim; take a new receipt number"
        raise Rejected(409, reason) from error
    except LockNotAvailable as error:
        raise Unknown("another request with this key is still under way") from error
    if row is not None:
        return Answer(201, _body(claim, row[0]))
    row = await (await connection.execute(_BY_KEY, (key,))).fetchone()
    if row is None or row[0] != content:
        raise Rejected(409, f"key {key} was used for another claim; take a new key")
    await vouch(connection, str(key))
    return Answer(200, _body(claim, row[1]))


async def read_claim(connection: Connection, receipt: str) -> Answer:
    """Where a claim stands; raises Rejected with 404 for a receipt that nobody handed in."""
    row = await (await connection.execute(_STATE, (receipt,))).fetchone()
    if row is None:
        raise Rejected(404, f"no claim of receipt {receipt} was handed in")
    receipt, number, code, received_at, decided, first_paid, refusal = row
    undecided = "received" if refusal is None else "refused"
    return Answer(
        200,
        {
            "receipt": receipt,
            "number": number,
            "code": code,
            "state": undecided if decided is None else "awarded",
            "received_at": received_at.isoformat(),
            "decided": decided and decided.isoformat(),
            "first_paid": first_paid and first_paid.isoformat(),
            "refusal": refusal if decided is None else None,
        },
    )


async def read_payments(connection: Connection, number: str) -> Answer:
    """The last 100 payments of a person's pensions, the latest first; yen."""
    lowest = int(number.replace("-", "")) * 10_000
    rows = await (await connection.execute(_PAYMENTS, (lowest, lowest + 9_999))).fetchall()
    names = ("pension", "period", "paid", "net", "care")
    payments = [
        dict(zip(names, (*row[:2], row[2].isoformat(), *row[3:]), strict=True)) for row in rows
    ]
    return Answer(200, {"number": number, "payments": payments})


def _body(claim: Claim, received_at: Any) -> dict[str, Any]:
    return {
        "receipt": claim.receipt,
        "number": claim.number,
        "code": claim.code,
        "state": "received",
        "received_at": received_at.isoformat(),
    }

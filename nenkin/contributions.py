"""Posting contributions, once for each key, and nothing over something."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg.errors import LockNotAvailable

from nenkin.connection import Connection
from nenkin.forms import ContributionForm
from nenkin.outcome import Refused, Rejected, Unknown
from nenkin.replay import Answer, vouch

_COLUMNS = "id, key, number, month, amount, posted_at"
# Writes only for a person on record and no more than the premium of that month (reliefs and
# discounts for payment in advance lower it); what else is the matter is found out by _EXPLAIN, off
# the common path.
_INSERT = f"""
    INSERT INTO nenkin.contributions (key, number, month, amount)
    SELECT %(key)s, person.number, %(month)s, %(amount)s
    FROM nenkin.persons person
    JOIN nenkin.premiums premium ON premium.months @> %(month)s
    WHERE person.number = %(number)s AND premium.amount >= %(amount)s
    ON CONFLICT (key) DO NOTHING RETURNING {_COLUMNS}"""
_SELECT = f"SELECT {_COLUMNS} FROM nenkin.contributions WHERE key = %s"
_EXPLAIN = """
    SELECT EXISTS (SELECT FROM nenkin.persons WHERE number = %s),
           (SELECT amount FROM nenkin.premiums WHERE months @> %s)"""


async def post(connection: Connection, key: UUID, form: ContributionForm) -> Answer:
    """Posts a contribution; the same key and body again get the first answer.

    Raises Rejected: 409 for the same key with another body, 404 for a number that is not on record,
    422 for an amount above the premium of the month; Unknown while another request with the
    same key is under way.
    """
    values = {"key": key, "number": form.number, "month": form.month, "amount": form.amount}
    try:
        cursor = await connection.execute(_INSERT, values)
    except LockNotAvailable as error:
        raise Unknown("another request with this key is still under way") from error
    row = await cursor.fetchone()
    if row is not None:
        return Answer(201, body(row))
    cursor = await connection.execute(_SELECT, (key,))
    row = await cursor.fetchone()
    if row is None:
        raise await _explain(connection, form)
    if (row[2], row[3], row[4]) != (form.number, form.month, form.amount):
        raise Rejected(409, f"key {key} was used for another contribution; take a new key")
    await vouch(connection, str(key))
    return Answer(200, body(row))


async def _explain(connection: Connection, form: ContributionForm) -> Exception:
    cursor = await connection.execute(_EXPLAIN, (form.number, form.month))
    is_known, premium = await cursor.fetchone() or (False, None)
    month = f"{form.month:%Y-%m}"
    if not is_known:
        return Rejected(404, f"number {form.number} is not on record")
    if premium is None:
        return Rejected(422, f"month: no premium is on record for {month}")
    if premium < form.amount:
        return Rejected(422, f"amount: the premium of {month} is {premium} yen, not more")
    return Refused("the person or the premium was entered in this very moment; nothing was written")


def body(row: tuple[Any, ...]) -> dict[str, Any]:
    """The answer to a posted contribution, the same each time it is asked for."""
    identity, key, number, month, amount, posted_at = row
    return {
        "id": identity,
        "key": str(key),
        "number": number,
        "month": f"{month:%Y-%m}",
        "amount": amount,
        "posted_at": posted_at.isoformat(),
    }

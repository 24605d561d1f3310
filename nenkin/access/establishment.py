"""An establishment's record: names and addresses, bills and what was paid of them."""

from __future__ import annotations

from nenkin.connection import Connection
from nenkin.outcome import Rejected
from nenkin.replay import Answer

# Bills of ten years; the last come first.
BILLS = 120

_SELECT = f"""
    SELECT joined_on::text, labour_insurance,
        (SELECT coalesce(jsonb_agg(jsonb_build_object(
            'since', since, 'revision', revision, 'name', name, 'postcode', postcode, 'address', address)
            ORDER BY since), '[]')
         FROM nenkin.current_establishment_addresses WHERE code = establishment.code),
        (SELECT coalesce(jsonb_agg(jsonb_build_object(
            'month', to_char(month, 'YYYY-MM'), 'total', total, 'paid', paid, 'open', open, 'due', due)
            ORDER BY month DESC), '[]')
         FROM (SELECT * FROM nenkin.bill_balances WHERE establishment = establishments.code
               ORDER BY month DESC LIMIT {BILLS}) balance)
    FROM nenkin.establishments establishments
    CROSS JOIN LATERAL (SELECT establishments.code) establishment
    WHERE establishments.code = %s"""


async def view(connection: Connection, code: str) -> Answer:
    """An establishment's record as it stands today; raises Rejected with 404."""
    row = await (await connection.execute(_SELECT, (code,))).fetchone()
    if row is None:
        raise Rejected(404, f"establishment {code} is not on record")
    names = ("joined_on", "labour_insurance", "addresses", "bills")
    return Answer(200, {"code": code, **dict(zip(names, row, strict=True))})

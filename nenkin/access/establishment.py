"""An establishment's record: names and addresses, bills and what was paid of them; and its registration."""

from __future__ import annotations

import hashlib
from typing import Annotated
from uuid import UUID

from psycopg.errors import UniqueViolation
from pydantic import BaseModel, ConfigDict, StringConstraints

from nenkin.access import act
from nenkin.access.caller import Caller
from nenkin.access.entries import Establishment, Postcode
from nenkin.connection import Connection
from nenkin.forms import Day
from nenkin.numbers.forms import Filled
from nenkin.outcome import Rejected
from nenkin.replay import Answer, vouch

# Bills of ten years; the last come first.
BILLS = 120

_SELECT = f"""
    SELECT joined_on::text, labour_insurance,
        (SELECT coalesce(jsonb_agg(jsonb_build_object(
            'since', since, 'revision', revision, 'name', name, 'postcode', postcode, 'address', address)
            ORDER BY since), '[]')
         FROM nenkin.current_establishment_addresses of_one WHERE of_one.code = one.code),
        (SELECT coalesce(jsonb_agg(jsonb_build_object(
            'month', to_char(month, 'YYYY-MM'), 'total', total, 'paid', paid, 'open', open, 'due', due)
            ORDER BY month DESC), '[]')
         FROM (SELECT * FROM nenkin.bill_balances WHERE establishment = one.code
               ORDER BY month DESC LIMIT {BILLS}) balance)
    FROM nenkin.establishments one WHERE code = %s"""
_ENTER = """
    INSERT INTO nenkin.establishments (code, joined_on, labour_insurance, act) VALUES (%s, %s, %s, %s)"""
_ADDRESS = """
    INSERT INTO nenkin.establishment_addresses (code, since, name, postcode, address, act)
    VALUES (%s, %s, %s, %s, %s, %s)"""


class EstablishmentForm(BaseModel):
    """An establishment that joins: its code, its name and where it is from that day on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Establishment
    joined_on: Day
    labour_insurance: Annotated[str, StringConstraints(pattern=r"^[0-9]{14}$")] | None = None
    name: Filled
    postcode: Postcode
    address: Filled


async def view(connection: Connection, code: str) -> Answer:
    """An establishment's record as it stands today; raises Rejected with 404."""
    row = await (await connection.execute(_SELECT, (code,))).fetchone()
    if row is None:
        raise Rejected(404, f"establishment {code} is not on record")
    names = ("joined_on", "labour_insurance", "addresses", "bills")
    return Answer(200, {"code": code, **dict(zip(names, row, strict=True))})


async def register(
    connection: Connection, key: UUID, form: EstablishmentForm, caller: Caller
) -> Answer:
    """Registers an establishment, once for a key; raises Rejected with 409 for a code that is taken, or another form."""
    done, is_new = await act.enter(connection, key, caller)
    body = {"act": done, **form.model_dump(mode="json")}
    content = hashlib.sha256(form.model_dump_json().encode()).digest()
    if not is_new:
        await act.require_same(connection, done, key, content)
        await vouch(connection, str(key))
        return Answer(200, body)
    await act.keep(connection, done, content)
    try:
        await connection.execute(_ENTER, (form.code, form.joined_on, form.labour_insurance, done))
    except UniqueViolation as error:
        raise Rejected(409, f"code: {form.code} is on record; take the next serial") from error
    where = (form.code, form.joined_on, form.name, form.postcode, form.address, done)
    await connection.execute(_ADDRESS, where)
    return Answer(201, body)

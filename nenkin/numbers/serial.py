"""The next serial of an office, and the number made of it, in one statement within the registered limit."""

from __future__ import annotations

import logging
from typing import Any

from nenkin.connection import Connection
from nenkin.number import PROVISIONAL
from nenkin.numbers.lookup import COLUMNS
from nenkin.outcome import Rejected

# Beyond the alarm, how many serials lie between two warnings.
_WARN_EVERY = 1000

_ISSUE = f"""
    WITH bound AS (SELECT value, alarm_at FROM nenkin.limits WHERE name = %(bound)s),
    issued AS (
        INSERT INTO nenkin.issued_serials AS issued (office, last_serial) VALUES (%(office)s, 1)
        ON CONFLICT (office) DO UPDATE SET last_serial = issued.last_serial + 1
        WHERE issued.last_serial < (SELECT value FROM bound) RETURNING office, last_serial
    )
    INSERT INTO nenkin.numbers (number, office, serial, key, asked_office, name_kana, name_key,
                                birth_date, sex, address, address_key)
    SELECT office || '-' || lpad(last_serial::text, 6, '0'), office, last_serial, %(key)s,
           %(asked_office)s, %(name_kana)s, %(name_key)s, %(birth_date)s, %(sex)s, %(address)s,
           %(address_key)s
    FROM issued RETURNING {COLUMNS}, serial, (SELECT alarm_at FROM bound)"""

_log = logging.getLogger("nenkin.numbers.serial")


async def take(
    connection: Connection, values: dict[str, Any], offices: tuple[str, ...]
) -> tuple[Any, ...]:
    """The row (COLUMNS) of a number issued by the first of these that has a serial left; raises Rejected with 409.

    The lock on the office's row is held to the end of the transaction.
    """
    bound = "provisional_serials" if offices == PROVISIONAL else "office_serials"
    for office in offices:
        cursor = await connection.execute(_ISSUE, values | {"office": office, "bound": bound})
        row = await cursor.fetchone()
        if row is not None:
            *columns, serial, alarm_at = row
            if serial == alarm_at or (serial > alarm_at and serial % _WARN_EVERY == 0):
                _log.warning(
                    "office %s is at serial %d: the limit %s has its alarm at %d",
                    office,
                    serial,
                    bound,
                    alarm_at,
                )
            return tuple(columns)
    raise Rejected(
        409, f"office {offices[-1]} has issued its last serial (limit {bound}); name another office"
    )

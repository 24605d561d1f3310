"""A reminder sent to a random part of those selected, and what it achieved against the part that was left out.

Who is left out follows from the campaign's name alone: drawn again it is the same draw, and nobody chooses.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from nenkin.arrears.debts import unpaid_query
from nenkin.arrears.effect import Effect, effect
from nenkin.arrears.selection import Wanted, require_counted, select_query
from nenkin.collection.act import Who, enter_act
from nenkin.payments.connection import Connection
from nenkin.whole import write_rows

__all__ = ["Drawn", "InvalidCampaign", "draw", "measure", "names", "write_list"]

METHODS = ("notice", "phone", "visit")
_MEMBERS = """
    INSERT INTO nenkin.campaign_members (campaign, subject, is_control, months, amount)
    SELECT %(name)s, subject, place <= round(total * %(share)s), months, amount
    FROM (SELECT subject, months, amount, count(*) OVER () AS total,
                 row_number() OVER (ORDER BY md5(%(name)s || '/' || subject)) AS place
          FROM ({select}) selected) numbered"""
_STEP = """
    INSERT INTO nenkin.arrears_steps (subject, stage, done_on, act)
    SELECT subject, %(stage)s, %(as_of)s, %(act)s FROM nenkin.campaign_members
    WHERE campaign = %(name)s AND NOT is_control ON CONFLICT DO NOTHING"""
# Paid is who owes fewer of the months that were owed on the day of the draw.
_PAID = """
    SELECT is_control, count(*), count(*) FILTER (WHERE coalesce(left_over.months, 0) < m.months)
    FROM nenkin.campaign_members m
    LEFT JOIN (
        SELECT number AS subject, sum((extract(year FROM upper(span)) - extract(year FROM lower(span))) * 12
                   + extract(month FROM upper(span)) - extract(month FROM lower(span))) AS months
        FROM ({unpaid}) spans GROUP BY number
        UNION ALL
        SELECT establishment, count(*) FROM nenkin.bill_balances WHERE open > 0 AND due < %(as_of)s
        GROUP BY establishment) left_over USING (subject)
    WHERE campaign = %(name)s GROUP BY is_control"""


class InvalidCampaign(ValueError):
    """A campaign cannot be drawn or measured so; the message names it, the value and the rule."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """How many are reminded and how many left out, and whether this draw was the first."""

    name: str
    reminded: int
    control: int
    is_new: bool


def draw(
    connection: Connection,
    name: str,
    stage: str,
    as_of: date,
    share: Decimal,
    wanted: Wanted,
    who: Who,
) -> Drawn:
    """Draws those reminded and the control group, once for a name; raises InvalidCampaign, InvalidSelection."""
    if not 0 < share < 1:
        raise InvalidCampaign(f"share {share}: the control group is between 0 and 1 of all")
    values = {"name": name, "stage": stage, "as_of": as_of, "share": share}
    asked = (stage, as_of, share, asdict(wanted))
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(1667330416)")
        query = "SELECT stage, as_of, share, wanted FROM nenkin.campaigns WHERE name = %s"
        known = connection.execute(query, (name,)).fetchone()
        if known is not None and known != asked:
            raise InvalidCampaign(f"campaign {name}: it was drawn otherwise; take another name")
        if known is None:
            require_counted(connection, as_of)
            act, _ = enter_act(connection, who, "campaign", name)
            connection.execute(
                """INSERT INTO nenkin.campaigns (name, stage, as_of, share, wanted, act)
                   VALUES (%s, %s, %s, %s, %s, %s)""",
                (name, stage, as_of, share, json.dumps(asdict(wanted)), act),
            )
            members = _MEMBERS.format(select=select_query())
            connection.execute(
                members.encode(), wanted.values(as_of) | {"name": name, "share": share}
            )
            connection.execute(_STEP, values | {"act": act})
        reminded, control = _sizes(connection, name)
        if not reminded or not control:
            raise InvalidCampaign(
                f"campaign {name}: {reminded} reminded, {control} left out: there must be some of both"
            )
    return Drawn(name, reminded, control, known is None)


def measure(connection: Connection, name: str) -> Effect:
    """What a campaign has achieved until now, by who owes less of what was owed at its draw; raises InvalidCampaign."""
    query = "SELECT as_of FROM nenkin.campaigns WHERE name = %s"
    row = connection.execute(query, (name,)).fetchone()
    if row is None:
        raise InvalidCampaign(f"campaign {name}: none of that name was drawn")
    of_members = "number IN (SELECT subject FROM nenkin.campaign_members WHERE campaign = %(name)s)"
    statement = _PAID.format(unpaid=unpaid_query(row[0], of_members))
    found = connection.execute(statement.encode(), {"name": name, "as_of": row[0]}).fetchall()
    counts = {is_control: (count, paid) for is_control, count, paid in found}
    return effect(*counts[False], *counts[True])


def names(connection: Connection, wanted: list[str]) -> list[tuple[str, str]]:
    """Campaigns and their methods in the order of their draws, all where none is named; raises InvalidCampaign."""
    query = "SELECT name, stage FROM nenkin.campaigns ORDER BY as_of, name"
    found = [(name, stage) for name, stage in connection.execute(query).fetchall()]
    missing = sorted(set(wanted) - {name for name, _ in found})
    if missing:
        raise InvalidCampaign(f"campaign {missing[0]}: none of that name was drawn")
    return [(name, stage) for name, stage in found if not wanted or name in wanted]


def write_list(connection: Connection, name: str, path: Path) -> int:
    """Writes who is to be reminded, as CSV, without the control group; how many."""
    query = """
        SELECT subject, months, amount FROM nenkin.campaign_members
        WHERE campaign = %s AND NOT is_control ORDER BY subject"""
    rows = connection.execute(query, (name,)).fetchall()
    return write_rows(path, ("subject", "months", "amount"), rows)


def _sizes(connection: Connection, name: str) -> tuple[int, int]:
    query = """
        SELECT count(*) FILTER (WHERE NOT is_control), count(*) FILTER (WHERE is_control)
        FROM nenkin.campaign_members WHERE campaign = %s"""
    reminded, control = connection.execute(query, (name,)).fetchone() or (0, 0)
    return reminded, control

"""Overpayments set off against later instalments (内払調整): what an instalment gives back is taken off its transfer.

Invariant: a run sets off what earlier runs found overpaid and earlier runs left of it, so that it does not matter in
which order its parts are done; and never more than the choice leaves of the instalment.
"""

from __future__ import annotations

from datetime import date

from nenkin.choices import Choices
from nenkin.payments.connection import Connection

__all__ = ["set_off"]

_DIVISORS = {"half": 2, "whole": 1}
_SET_OFF = """
    WITH owed AS (
        SELECT pension, sum(-amount)
               - coalesce((SELECT sum(o.amount) FROM nenkin.offsets o
                           WHERE o.pension = d.pension AND o.paid < %(paid)s), 0) AS owed
        FROM nenkin.differences d WHERE amount < 0 AND paid < %(paid)s AND {chosen} GROUP BY pension),
    taken AS (
        INSERT INTO nenkin.offsets (paid, period, pension, account, amount)
        SELECT p.paid, p.period, p.pension, p.account, least(owed, p.net / %(divisor)s)
        FROM owed JOIN nenkin.payments p ON p.period = %(period)s AND p.pension = owed.pension
        WHERE p.paid = %(paid)s AND least(owed, p.net / %(divisor)s) > 0
        RETURNING pension, amount)
    INSERT INTO nenkin.postings (amount, pension, paid, period, debit, credit)
    SELECT amount, pension, %(paid)s, %(period)s, 'transit', 'receivable' FROM taken"""


def set_off(connection: Connection, paid: date, period: int, chosen: str) -> None:
    """Takes what is owed off the instalments of a period that were just paid to the pensions chosen."""
    share = Choices.read("payment_choices").at("offset", paid)
    if share == "none":
        return
    values = {"paid": paid, "period": period, "divisor": _DIVISORS[share]}
    connection.execute(_SET_OFF.format(chosen=chosen).encode(), values)

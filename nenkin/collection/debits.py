"""Direct debits (口座振替) of a month: who is debited on a day, as rows of their own.

A month that was asked for and not answered, or that is paid, is asked for no second time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from nenkin.calendar.business import is_business_day
from nenkin.collection.act import Who, enter_act
from nenkin.payments.connection import Connection
from nenkin.remuneration.national import InvalidExemption, payable
from nenkin.remuneration.pay import following

__all__ = ["DebitRun", "InvalidDebits", "ask_debits"]

_LOCK = 1684370548
_PARTIAL = ("three_quarters", "half", "quarter")

# What is to be paid in the month by what was decided; reliefs that leave nothing have no row, `none` is the premium.
_AMOUNTS = (
    "CREATE TEMPORARY TABLE debit_amounts (relief text PRIMARY KEY, amount integer) ON COMMIT DROP"
)
_STANDING = """
    CREATE TEMPORARY TABLE standing ON COMMIT DROP AS
    SELECT * FROM (
        SELECT DISTINCT ON (subject) subject, kind, bank, branch, account, payer FROM nenkin.mandates
        WHERE since <= %(day)s ORDER BY subject, since DESC, act DESC) mandated
    WHERE bank IS NOT NULL AND NOT EXISTS (
        SELECT FROM nenkin.debit_states d
        WHERE d.subject = mandated.subject AND d.month = %(month)s AND state <> 'failed')"""
_PERSONS = """
    CREATE TEMPORARY TABLE chosen ON COMMIT DROP AS
    SELECT subject, amount::bigint AS amount, nullif(a.relief, 'none') AS relief, s.kind, bank, branch, account, payer
    FROM standing s
    JOIN nenkin.current_periods p ON p.number = s.subject AND category = 1
        AND acquired < %(next)s AND (lost IS NULL OR lost >= %(next)s)
    LEFT JOIN LATERAL (
        SELECT r.kind FROM nenkin.reliefs r WHERE r.number = s.subject AND %(month)s BETWEEN r.first AND r.last
        ORDER BY act DESC LIMIT 1) decided ON true
    JOIN debit_amounts a ON a.relief = CASE WHEN decided.kind IS NULL OR decided.kind = 'refused' THEN 'none'
                                            ELSE decided.kind END
    WHERE NOT EXISTS (SELECT FROM nenkin.current_contribution_runs c WHERE c.number = s.subject
                      AND %(month)s BETWEEN c.first AND c.last AND c.kind <> 'unpaid')
    AND NOT EXISTS (SELECT FROM nenkin.current_contributions c WHERE c.number = s.subject AND c.month = %(month)s)"""
_ESTABLISHMENTS = """
    INSERT INTO chosen (subject, amount, kind, bank, branch, account, payer)
    SELECT subject, b.open, kind, bank, branch, account, payer
    FROM standing JOIN nenkin.bill_balances b ON b.establishment = subject
    WHERE b.month = %(month)s AND b.open > 0"""
_ENTER = """
    INSERT INTO nenkin.debits (day, subject, month, amount, relief, kind, bank, branch, account, payer, is_new, act)
    SELECT %(day)s, subject, %(month)s, amount, relief, kind, bank, branch, account, payer, NOT EXISTS (
               SELECT FROM nenkin.debits d WHERE (d.subject, d.bank, d.branch, d.account)
                   = (chosen.subject, chosen.bank, chosen.branch, chosen.account)), %(act)s
    FROM chosen ORDER BY subject"""


class InvalidDebits(ValueError):
    """Debits cannot be asked for so; the message names the value and the rule."""


@dataclass(frozen=True, slots=True)
class DebitRun:
    """The debits of a month on a day: how many, their yen, and whether this run chose them."""

    day: date
    month: date
    count: int
    total: int
    is_new: bool


def ask_debits(connection: Connection, day: date, month: date, who: Who) -> DebitRun:
    """Chooses whom to debit, once for day and month; raises InvalidDebits, NoRule."""
    if not is_business_day(day):
        raise InvalidDebits(f"day {day}: banks are closed")
    if day < following(month):
        raise InvalidDebits(
            f"day {day}: the premium of {month:%Y-%m} is debited from {following(month)} on"
        )
    query = "SELECT count(*), coalesce(sum(amount), 0)::bigint FROM nenkin.debits WHERE (day, month) = (%s, %s)"
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        act, _ = enter_act(connection, who, "debits", day, month)
        opened = connection.execute(
            """INSERT INTO nenkin.debit_runs (day, month, act) VALUES (%s, %s, %s)
               ON CONFLICT DO NOTHING RETURNING 1""",
            (day, month, act),
        ).fetchone()
        if opened is not None:
            values = {"day": day, "month": month, "next": following(month), "act": act}
            _lay_amounts(connection, month)
            connection.execute(_STANDING, values)
            connection.execute("ANALYZE standing")
            for statement in (_PERSONS, _ESTABLISHMENTS, _ENTER):
                connection.execute(statement, values)
        count, total = connection.execute(query, (day, month)).fetchone() or (0, 0)
    return DebitRun(day, month, count, total, opened is not None)


def _lay_amounts(connection: Connection, month: date) -> None:
    amounts = {"none": payable(month), "additional": payable(month, None, additional=True)}
    for kind in _PARTIAL:
        try:
            amounts[kind] = payable(month, kind)
        except InvalidExemption:
            continue  # not yet in force: nobody has it
    connection.execute(_AMOUNTS)
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO debit_amounts VALUES (%s, %s)", list(amounts.items()))

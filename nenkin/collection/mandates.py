"""Mandates for direct debit (口座振替申出): from which account a person's or an establishment's premiums are debited."""

from __future__ import annotations

from nenkin.collection import fields
from nenkin.collection.lines import Kind, refuse_where
from nenkin.payments import fields as common
from nenkin.payments.connection import Connection
from nenkin.payments.intake import Column

__all__ = ["MANDATES"]

_CHECKS = (
    """SELECT line, 'subject ' || subject || ': it is not on record' FROM incoming
       WHERE subject NOT IN (SELECT number FROM nenkin.persons)
       AND subject NOT IN (SELECT code FROM nenkin.establishments)""",
    """SELECT line, 'kind, bank, branch, account, payer of ' || subject
              || ': all of them say from where, none of them that the mandate is withdrawn'
       FROM incoming WHERE num_nulls(kind, bank, branch, account, payer) NOT IN (0, 5)""",
    """SELECT line, 'subject ' || subject || ', since ' || since || ': it stands in the file twice'
       FROM (SELECT *, row_number() OVER (PARTITION BY subject, since ORDER BY line) AS place FROM incoming) numbered
       WHERE place > 1""",
)
_SAME = """
    INSERT INTO noted (line, sentence)
    SELECT line, 'subject ' || i.subject || ', since ' || i.since || ': just that stands already' FROM incoming i
    JOIN LATERAL (SELECT * FROM nenkin.mandates m WHERE (m.subject, m.since) = (i.subject, i.since)
                  ORDER BY act DESC LIMIT 1) m ON true
    WHERE (m.kind, m.bank, m.branch, m.account, m.payer)
        IS NOT DISTINCT FROM (i.kind, i.bank, i.branch, i.account, i.payer)"""
_ENTER = """
    INSERT INTO nenkin.mandates (subject, since, kind, bank, branch, account, payer, act)
    SELECT subject, since, kind, bank, branch, account, payer, %s FROM incoming
    WHERE line NOT IN (SELECT line FROM noted)"""


def _take(connection: Connection, act: int) -> None:
    refuse_where(connection, *_CHECKS)
    connection.execute(_SAME)
    connection.execute(_ENTER, (act,))


def _digits(text: str, length: int) -> str | None:
    return common.digits(text, length) if text else None


MANDATES = Kind(
    "mandates",
    (
        Column("subject", fields.subject),
        Column("since", common.day),
        Column("kind", lambda text: fields.one_of("1", "2", "3", "9")(text) if text else None),
        Column("bank", lambda text: _digits(text, 4)),
        Column("branch", lambda text: _digits(text, 3)),
        Column("account", lambda text: _digits(text, 7)),
        Column("payer", lambda text: common.payee(text) if text else None),
    ),
    ("text", "date", "text", "text", "text", "text", "text"),
    _take,
)

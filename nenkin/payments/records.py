"""The records of a pay date's files as the database formats them: the table of layouts in the database's words.

The same rows as nenkin.payments.stream gives to the writer, in the same order; a property test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import islice

from nenkin.copying import copy_lines
from nenkin.payments.connection import Connection
from nenkin.payments.stream import Chosen
from nenkin.zengin.field import Field
from nenkin.zengin.records import FORMS

__all__ = ["record_query", "stream_records"]

_LINES = 4096
# Stands before each number and its leading 1, which go when the lines come in: filling numbers up with zeros costs the
# server more than all else about a record. It is in no character set, so in a name it makes a record that is not clean.
_MARK = "~"

# Others write beside. Of an entry and its pension the planner takes the two for independent and hopes for a single row,
# which it would put before a nested loop.
_SESSION = """
    SET max_parallel_workers_per_gather = 0;
    SET enable_nestloop = off"""

# What a branch has in all its records is formatted once. Nearly every pension has one transfer a day, its instalment, which
# needs no sum: only those with another are grouped. Sorted before they are formatted, since records are long.
_QUERY = """
    COPY (
        WITH heads AS MATERIALIZED (SELECT branch, {head} AS head FROM nenkin.branches),
        other AS MATERIALIZED (
            SELECT pension, account, net::bigint AS amount FROM nenkin.payments
            WHERE paid = '{paid}' AND period < {through}
            UNION ALL
            SELECT pension, account, amount FROM nenkin.repayments WHERE paid = '{paid}'
            UNION ALL
            SELECT pension, account, amount FROM nenkin.differences WHERE paid = '{paid}' AND amount > 0
            UNION ALL
            SELECT pension, account, amount FROM nenkin.lump_payments WHERE paid = '{paid}'
            UNION ALL
            SELECT pension, account, -amount FROM nenkin.offsets WHERE paid = '{paid}'),
        instalment AS NOT MATERIALIZED (
            SELECT pension, account, net::bigint AS amount FROM nenkin.payments
            WHERE paid = '{paid}' AND period = {through}),
        transfers AS NOT MATERIALIZED (
            SELECT a.place, i.pension, i.amount, a.kind, a.payee
            FROM instalment i JOIN nenkin.accounts a ON a.pension = i.pension AND a.entry = i.account
            WHERE NOT EXISTS (SELECT FROM other o WHERE o.pension = i.pension)
            AND a.place >= {first} AND a.place < {until}
            UNION ALL
            SELECT a.place, t.pension, sum(t.amount)::bigint, min(a.kind), min(a.payee)
            FROM (SELECT pension, account, amount FROM other
                  UNION ALL
                  SELECT pension, account, amount FROM instalment
                  WHERE pension IN (SELECT pension FROM other)) t
            JOIN nenkin.accounts a ON a.pension = t.pension AND a.entry = t.account
            WHERE a.place >= {first} AND a.place < {until}
            GROUP BY a.place, t.pension)
        SELECT concat(head, {tail}) FROM (
            SELECT head, place, pension, amount, kind, payee, coalesce(novelty, '0') AS novelty
            FROM transfers JOIN heads ON branch = (place / 10000000)::integer
            LEFT JOIN (SELECT pension, novelty FROM nenkin.novelties WHERE paid = '{paid}') novelties USING (pension)
            WHERE amount > 0
            ORDER BY place, pension
            OFFSET 0) ordered
    ) TO STDOUT"""

# The fields of a transfer: by its branch, then by itself. What the tables' checks let be too long or end in blanks is made
# longer than a record, so that the quick look refuses it.
_OF_BRANCH = {
    "bank": "branch / 1000",
    "bank_name": "bank_name",
    "branch": "branch % 1000",
    "branch_name": "branch_name",
    "clearing_house": "0",
}
_OF_TRANSFER = {
    "account_kind": "kind",
    "account": "place % 10000000",
    "payee": "payee",
    "amount": "amount",
    "novelty": "novelty",
    "customer": "pension / 10000",
    "customer_code": "pension % 10000",
    "speed": "'7'",
}


def record_query(chosen: Chosen) -> str:
    """The COPY of what goes to the banks as records, a line each."""
    head, tail = _formats()
    return _QUERY.format(
        head=head,
        tail=tail,
        paid=chosen.paid.isoformat(),
        through=int(chosen.through),
        first=int(chosen.first),
        until=int(chosen.until),
    )


def stream_records(connection: Connection, chosen: Chosen) -> Iterator[str]:
    """Some thousand lines at a time; never more of them at once."""
    connection.execute(_SESSION)
    lines = copy_lines(connection, record_query(chosen))
    while kept := list(islice(lines, _LINES)):
        text = b"".join(kept).decode().replace(_MARK + "1", "")
        # COPY doubles a backslash; no other sign that it escapes is in the character set.
        yield text.replace("\\\\", "\\") if "\\" in text else text


@cache
def _formats() -> tuple[str, str]:
    """The records' parts in the order of their fields, constants with the field before."""
    head: list[str] = []
    tail: list[str] = []
    for field in FORMS["transfer"].layout.fields:
        if field.name in _OF_BRANCH:
            head.append(_checked(field, _OF_BRANCH[field.name]))
        elif field.name in _OF_TRANSFER:
            tail.append(_formatted(field, _OF_TRANSFER[field.name]))
        else:
            (tail or head).append(_quoted(field.constant))
    return f"concat({', '.join(head)})", ", ".join(tail)


def _formatted(field: Field, value: str) -> str:
    """Arguments of concat that make the field; a number too large for it begins with no 1, or is too long."""
    if field.kind == "C":
        return f"({value})::char({field.length})"
    return value if field.length == 1 else f"'{_MARK}', {10**field.length} + {value}"


def _checked(field: Field, value: str) -> str:
    if field.kind != "C":
        return f"lpad(({value})::text, {field.length}, '0')"
    fits = f"{value} = btrim({value}) AND length({value}) <= {field.length}"
    return f"CASE WHEN {fits} THEN rpad({value}, {field.length}) ELSE rpad({value}, 200) END"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

"""The records of a pay date's files as the database formats them: the table of layouts in the database's words.

The same rows as nenkin.payments.stream gives to the writer, in the same order; a property test holds the two together.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import cache
from struct import Struct

import psycopg

from nenkin.copying import copy_lines
from nenkin.payments.connection import Connection
from nenkin.payments.stream import Chosen
from nenkin.zengin.charset import Charset
from nenkin.zengin.dialect import Dialect
from nenkin.zengin.field import Field
from nenkin.zengin.layout import RECORD_LENGTH
from nenkin.zengin.ready import NotClean
from nenkin.zengin.records import FORMS

__all__ = ["record_query", "stream_records"]

_BLOCK = 4096 * (RECORD_LENGTH + 1)  # bytes that are handed on together
_MANY = 1_000_000  # transfers above which a branch may be too much for one row of the COPY
# A row of a COPY in binary: how many columns, then the length of each before it.
_ROW = Struct(">hiqi")
_SIGNATURE = 19
# Whether a sign is allowed is looked at with the whole record.
_WIDEST = Charset.of(
    Dialect(comma="allowed", long_vowel="allowed", wo="allowed", brackets="allowed")
)
# What the server takes two characters for one byte for; the second is not in the format.
_DOUBTFUL = (b"\\", b"~")

# Others write beside. All that is joined comes in the order of the pensions from an index, and what is grouped is sorted.
_SESSION = """
    SET max_parallel_workers_per_gather = 0;
    SET enable_nestloop = off;
    SET enable_seqscan = off;
    SET enable_bitmapscan = off;
    SET enable_hashjoin = off;
    SET enable_hashagg = off"""

# Nearly every pension has one transfer a day, its instalment, which needs no sum: only those with another are grouped.
# Sorted before they are formatted, since records are long. What a branch has in all its records is not in here, and those
# of a branch come as one row: a row costs the server and whoever reads it more than a record does.
_QUERY = """
    COPY (
        WITH other AS MATERIALIZED (
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
        novel AS NOT MATERIALIZED (SELECT pension, novelty FROM nenkin.novelties WHERE paid = '{paid}'),
        transfers AS NOT MATERIALIZED (
            SELECT a.place, i.pension, i.amount, a.kind, a.payee, n.novelty
            FROM instalment i JOIN nenkin.accounts a ON a.pension = i.pension AND a.entry = i.account
            LEFT JOIN novel n ON n.pension = i.pension
            WHERE NOT EXISTS (SELECT FROM other o WHERE o.pension = i.pension)
            AND a.place >= {first} AND a.place < {until}
            UNION ALL
            SELECT a.place, t.pension, sum(t.amount)::bigint, min(a.kind), min(a.payee), min(n.novelty)
            FROM (SELECT pension, account, amount FROM other
                  UNION ALL
                  SELECT pension, account, amount FROM instalment
                  WHERE pension IN (SELECT pension FROM other)) t
            JOIN nenkin.accounts a ON a.pension = t.pension AND a.entry = t.account
            LEFT JOIN novel n ON n.pension = t.pension
            WHERE a.place >= {first} AND a.place < {until}
            GROUP BY a.place, t.pension)
        SELECT stretch * {divisor} / 10000000, convert_to(string_agg(concat({tail}), E'\\n'), 'SJIS') FROM (
            SELECT place / {divisor} AS stretch, place, pension, amount, kind, payee, coalesce(novelty, '0') AS novelty
            FROM transfers
            WHERE amount > 0
            ORDER BY stretch, place, pension
            OFFSET 0) ordered
        GROUP BY stretch ORDER BY stretch
    ) TO STDOUT (FORMAT binary)"""
_COUNT = "SELECT coalesce(sum(payments), 0)::bigint FROM nenkin.run_parts_done WHERE paid = %s"
_BRANCHES = "SELECT branch, bank_name, branch_name FROM nenkin.branches"

# The fields of a transfer behind those of its branch, and the places that most of the numbers have.
_OF_TRANSFER = {
    "account_kind": ("kind", 0),
    "account": ("place % 10000000", 7),
    "payee": ("payee", 0),
    "amount": ("amount", 6),
    "novelty": ("novelty", 0),
    "customer": ("pension / 10000", 10),
    "customer_code": ("pension % 10000", 4),
    "speed": ("'7'", 0),
}


def record_query(chosen: Chosen, transfers: int = 0) -> str:
    """The COPY of what goes to the banks: a row for some of a branch's, with its number and their records but the head."""
    return _QUERY.format(
        tail=_tail(),
        divisor=10_000_000 if transfers <= _MANY else 1_000_000,
        paid=chosen.paid.isoformat(),
        through=int(chosen.through),
        first=int(chosen.first),
        until=int(chosen.until),
    )


def stream_records(connection: Connection, chosen: Chosen) -> Iterator[bytes]:
    """Some thousand records in JIS at a time, each ended by a line feed; raises NotClean where only rows can tell."""
    heads = _heads(connection)
    [transfers] = connection.execute(_COUNT, (chosen.paid,)).fetchone() or (0,)
    connection.execute(_SESSION)
    kept: list[bytes] = []
    size = 0
    try:
        for branch, tails in _rows(connection, record_query(chosen, transfers)):
            head = heads.get(branch)
            if head is None or any(sign in tails for sign in _DOUBTFUL):
                raise NotClean
            kept.append(head + tails.replace(b"\n", b"\n" + head) + b"\n")
            size += len(kept[-1])
            if size >= _BLOCK:
                yield from _cut(b"".join(kept))
                kept, size = [], 0
    except psycopg.errors.UntranslatableCharacter as error:
        raise NotClean from error
    yield from _cut(b"".join(kept))


def _cut(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), _BLOCK):
        yield data[start : start + _BLOCK]


def _rows(connection: Connection, query: str) -> Iterator[tuple[int, bytes]]:
    start = _SIGNATURE
    for line in copy_lines(connection, query):
        if len(line) - start > _ROW.size:  # not what ends it
            _, _, branch, size = _ROW.unpack_from(line, start)
            start += _ROW.size
            yield branch, bytes(line[start : start + size])
        start = 0


def _heads(connection: Connection) -> dict[int, bytes]:
    """What the records of each branch begin with; a branch whose names no file can hold is left out."""
    fields = FORMS["transfer"].layout.fields
    first = next(place for place, field in enumerate(fields) if field.name in _OF_TRANSFER)
    template = "".join(field.template for field in fields[:first])
    found = {}
    for branch, bank_name, branch_name in connection.execute(_BRANCHES).fetchall():
        if any(name != name.strip(" ") for name in (bank_name, branch_name)):
            continue
        code = f"{branch:07d}"
        text = template % (code[:4], bank_name, code[4:], branch_name, "0000")
        with contextlib.suppress(UnicodeEncodeError):
            found[branch] = _WIDEST.encode(text)
    return found


@cache
def _tail() -> str:
    """Arguments of concat that make a record behind its head."""
    fields = FORMS["transfer"].layout.fields
    found: list[str] = []
    for field in fields:
        if field.name in _OF_TRANSFER:
            found.append(_formatted(field, *_OF_TRANSFER[field.name]))
        elif found:
            found.append(_quoted(field.constant))
    return ", ".join(found)


def _formatted(field: Field, value: str, usual: int) -> str:
    """The field; a number too large for it makes it longer, which the quick look at the records finds."""
    if field.kind == "C":
        return f"({value})::char({field.length})"
    if not usual:
        return value
    # Filling a number up costs the server more than all else about a record, so the usual length is asked for first.
    arms = [
        f"WHEN {value} >= {10 ** (places - 1)} {f'AND {value} < {10**places} ' if places < field.length else ''}"
        f"THEN '{'0' * (field.length - places)}'"
        for places in sorted(range(1, field.length + 1), key=lambda places: places != usual)
    ]
    return f"CASE {' '.join(arms)} WHEN {value} = 0 THEN '{'0' * (field.length - 1)}' END, {value}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

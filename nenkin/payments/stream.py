"""The rows of a pay date's files, streamed from the database in the banks' order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from nenkin.payments.connection import Connection

__all__ = ["Chosen", "copy_query", "stream_rows"]

_LINES = 4096

# A pension has one transfer a day, of all its payments of that day; the place sorts as bank, branch and account do.
_COPY = """
    COPY (
        SELECT lpad(place::text, 14, '0'), lpad(pension::text, 14, '0'), amount, kind, payee
        FROM (SELECT a.place, t.pension, sum(t.amount) AS amount, min(a.kind) AS kind, min(a.payee) AS payee
              FROM (SELECT pension, account, net AS amount FROM nenkin.payments
                    WHERE paid = '{paid}' AND period <= {through}
                    UNION ALL
                    SELECT pension, account, amount FROM nenkin.repayments WHERE paid = '{paid}') t
              JOIN nenkin.accounts a ON a.pension = t.pension AND a.entry = t.account
              {where}
              GROUP BY a.place, t.pension) transfers
        WHERE amount > 0
        ORDER BY place, pension
    ) TO STDOUT"""
_BRANCHES = "SELECT branch, bank_name, branch_name FROM nenkin.branches"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A pay date, the last period it pays, and one bank or all."""

    paid: date
    through: int
    bank: str = ""


def copy_query(chosen: Chosen) -> str:
    """The COPY of what goes to the banks: place, pension, yen, kind of account, payee."""
    where = ""
    if chosen.bank:
        first = int(chosen.bank) * 10**10
        where = f"WHERE a.place >= {first} AND a.place < {first + 10**10}"
    return _COPY.format(paid=chosen.paid.isoformat(), through=int(chosen.through), where=where)


def stream_rows(connection: Connection, chosen: Chosen) -> Iterator[tuple[Any, ...]]:
    """The rows as nenkin.zengin.records.Transfer has them, in order; never more of them than a block at a time."""
    names = _branches(connection)
    for lines in _blocks(connection, copy_query(chosen)):
        for line in lines:
            place, pension, amount, kind, payee = line.split("\t")
            yield (
                *names[place[:7]],
                kind,
                place[7:],
                payee,
                int(amount),
                "0",
                pension[:10],
                "000000" + pension[10:],
                "7",
            )


def _branches(connection: Connection) -> dict[str, tuple[str, ...]]:
    found = {}
    for branch, bank_name, branch_name in connection.execute(_BRANCHES).fetchall():
        code = f"{branch:07d}"
        found[code] = (code[:4], bank_name, code[4:], branch_name, "0000")
    return found


def _blocks(connection: Connection, query: str) -> Iterator[list[str]]:
    with connection.cursor() as cursor, cursor.copy(query.encode()) as copy:
        kept: list[bytes] = []
        for data in copy:
            kept.append(bytes(data))
            if len(kept) == _LINES:
                yield _lines(kept)
                kept = []
        if kept:
            yield _lines(kept)


def _lines(kept: list[bytes]) -> list[str]:
    text = b"".join(kept).decode()
    # COPY doubles a backslash; no other sign that it escapes can stand in a payee's name.
    if "\\" in text:
        text = text.replace("\\\\", "\\")
    return text.removesuffix("\n").split("\n")

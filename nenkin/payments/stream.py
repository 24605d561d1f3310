"""The rows of a pay date's files, streamed from the database in the banks' order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain, islice
from typing import Any

from nenkin.copying import copy_lines
from nenkin.payments.connection import Connection

__all__ = ["BANK", "PLACE", "Chosen", "copy_query", "stream_rows"]

PLACE = 14  # digits: bank 4, branch 3, account 7
BANK = 10**10  # what a bank's places begin at, times its code
_LINES = 4096

# A pension has one transfer a day, of all its payments of that day; the place sorts as bank, branch and account do.
_COPY = """
    COPY (
        SELECT lpad(place::text, 14, '0'), lpad(pension::text, 14, '0'), amount, kind, payee, coalesce(novelty, '0')
        FROM (SELECT a.place, t.pension, sum(t.amount) AS amount, min(a.kind) AS kind, min(a.payee) AS payee
              FROM (SELECT pension, account, net::bigint AS amount FROM nenkin.payments
                    WHERE paid = '{paid}' AND period <= {through}
                    UNION ALL
                    SELECT pension, account, amount FROM nenkin.repayments WHERE paid = '{paid}'
                    UNION ALL
                    SELECT pension, account, amount::bigint FROM nenkin.differences
                    WHERE paid = '{paid}' AND amount > 0
                    UNION ALL
                    SELECT pension, account, amount::bigint FROM nenkin.lump_payments WHERE paid = '{paid}'
                    UNION ALL
                    SELECT pension, account, -amount::bigint FROM nenkin.offsets WHERE paid = '{paid}') t
              JOIN nenkin.accounts a ON a.pension = t.pension AND a.entry = t.account
              WHERE a.place >= {first} AND a.place < {until}
              GROUP BY a.place, t.pension) transfers
        LEFT JOIN (SELECT pension, novelty FROM nenkin.novelties WHERE paid = '{paid}') novelties USING (pension)
        WHERE amount > 0
        ORDER BY place, pension
    ) TO STDOUT"""
_BRANCHES = "SELECT branch, bank_name, branch_name FROM nenkin.branches"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A pay date, the last period it pays, and from which place to which (excluded): all by default."""

    paid: date
    through: int
    first: int = 0
    until: int = 10**PLACE

    def of_bank(self, bank: str) -> Chosen:
        """The same of one bank."""
        first = int(bank) * BANK
        return Chosen(self.paid, self.through, first, first + BANK)


def copy_query(chosen: Chosen) -> str:
    """The COPY of what goes to the banks: place, pension, yen, kind of account, payee, novelty."""
    return _COPY.format(
        paid=chosen.paid.isoformat(),
        through=int(chosen.through),
        first=int(chosen.first),
        until=int(chosen.until),
    )


def stream_rows(connection: Connection, chosen: Chosen) -> Iterator[tuple[Any, ...]]:
    """The rows as nenkin.zengin.records.Transfer has them, in order; never more of them than a block at a time."""
    names = _branches(connection)
    # A list for each block and no generator for each row, names unpacked and not spliced in: half of what a row costs.
    return chain.from_iterable(
        [
            (
                bank,
                bank_name,
                branch,
                branch_name,
                "0000",
                kind,
                place[7:],
                payee,
                int(amount),
                novelty,
                pension[:10],
                "000000" + pension[10:],
                "7",
            )
            for place, pension, amount, kind, payee, novelty in rows
            for bank, bank_name, branch, branch_name in (names[place[:7]],)
        ]
        for rows in _blocks(connection, copy_query(chosen))
    )


def _branches(connection: Connection) -> dict[str, tuple[str, str, str, str]]:
    found = {}
    for branch, bank_name, branch_name in connection.execute(_BRANCHES).fetchall():
        code = f"{branch:07d}"
        found[code] = (code[:4], str(bank_name), code[4:], str(branch_name))
    return found


def _blocks(connection: Connection, query: str) -> Iterator[Iterable[tuple[str, ...]]]:
    """The six columns of some thousand lines at a time."""
    lines = copy_lines(connection, query)
    while kept := list(islice(lines, _LINES)):
        text = b"".join(kept).decode()
        # COPY doubles a backslash; no other sign that it escapes can stand in a payee's name.
        if "\\" in text:
            text = text.replace("\\\\", "\\")
        fields = iter(text.replace("\n", "\t").split("\t"))
        # What is behind the last line's end is one empty field, which makes no row.
        yield zip(fields, fields, fields, fields, fields, fields, strict=False)

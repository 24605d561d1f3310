"""The banks' files of a day's debits (種別 91), made of the rows alone, and what the banks send back.

Made again, the files are the same byte for byte. What comes back is taken in once; a debit that failed stays on record
as failed, with the bank's code, and may be asked for again on another day.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import Any

from nenkin.dated import Dated
from nenkin.payments.connection import Connection
from nenkin.zengin.dialect import Dialect
from nenkin.zengin.records import DONE, FORMS, Debit, Header
from nenkin.zengin.writer import FileWriter

__all__ = ["MOST", "DebitFile", "DebitsDiffer", "customer", "write_debits"]

MOST = 999_999  # records of a file: the trailer's count has six digits
_BLOCK = 4096
_ROWS = """
    SELECT bank, branch, kind, account, payer, amount, CASE WHEN is_new THEN '1' ELSE '0' END, subject
    FROM nenkin.debits WHERE (day, month) = (%s, %s) ORDER BY bank, branch, account, subject"""


class DebitsDiffer(Exception):
    """A file of that name holds other bytes than the rows make; nothing was replaced."""


@dataclass(frozen=True, slots=True)
class DebitFile:
    """A file: its name, its rows and yen as the trailer states them, its checksum."""

    name: str
    count: int
    total: int
    sha256: str


def customer(subject: str, month: date) -> str:
    """The customer number (顧客番号) of a debit: the digits of number or code, then the month."""
    return f"{subject.replace('-', '')}{month:%Y%m}"


def write_debits(
    connection: Connection, day: date, month: date, folder: Path, most: int = MOST
) -> list[DebitFile]:
    """Writes and notes the files of a day's debits of a month, one or more a bank; raises DebitsDiffer, InvalidFile."""
    made = list(_write(connection, day, month, folder, most))
    with connection.transaction():
        for file in made:
            values = (file.name, day, month, file.count, file.total, file.sha256)
            connection.execute(
                """INSERT INTO nenkin.debit_files (name, day, month, count, total, sha256)
                   VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING""",
                values,
            )
            query = "SELECT sha256 FROM nenkin.debit_files WHERE name = %s"
            [noted] = connection.execute(query, (file.name,)).fetchone() or ("",)
            if noted != file.sha256:
                raise DebitsDiffer(
                    f"{folder / file.name}: it is not the file that was noted; send none"
                )
    return made


def _write(
    connection: Connection, day: date, month: date, folder: Path, most: int
) -> Iterator[DebitFile]:
    header = _sender(day)
    for bank, rows in groupby(_rows(connection, day, month), key=itemgetter(0)):
        sequence = 0
        while chunk := list(islice(rows, most)):
            sequence += 1
            name = f"{day:%Y%m%d}-{month:%Y%m}-debit-{bank}-{sequence:03d}.dat"
            debits = [Debit(*row) for row in chunk]
            yield _write_file(folder / name, header._replace(bank=bank), debits, Dialect.at(day))


def _write_file(path: Path, header: Header, rows: list[Debit], dialect: Dialect) -> DebitFile:
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as out:
        writer = FileWriter(out, FORMS["debit_request"], header, dialect)
        writer.add(rows)
        summary = writer.close()
        out.flush()
        os.fsync(out.fileno())
    if path.exists():
        with path.open("rb") as there:
            if hashlib.file_digest(there, "sha256").hexdigest() != summary.sha256:
                raise DebitsDiffer(
                    f"{path} is there with other bytes and may have been sent; compare {part}"
                )
    part.replace(path)
    return DebitFile(path.name, summary.count, summary.total, summary.sha256)


def _rows(connection: Connection, day: date, month: date) -> Iterator[tuple[Any, ...]]:
    with connection.transaction(), connection.cursor("debits") as cursor:
        cursor.itersize = _BLOCK
        cursor.execute(_ROWS, (day, month))
        for bank, branch, kind, account, payer, amount, novelty, subject in cursor:
            place = (bank, "", branch, "", kind, account)
            yield (*place, payer, amount, novelty, customer(subject, month), DONE)


def _sender(day: date) -> Header:
    def parse(row: Any) -> Header:
        return Header(
            **{name: row.get(name, "") for name in Header._fields if name != "day"},
            day=f"{day:%m%d}",
        )

    return Dated.read("debit_senders", parse).at(day)

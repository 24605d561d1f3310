"""Writing files of the banks' format, strictly: what breaks a rule is refused and never mended on the way."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from io import BytesIO
from operator import itemgetter
from typing import Any, BinaryIO

from nenkin.zengin.charset import Charset
from nenkin.zengin.dialect import Dialect
from nenkin.zengin.file import BankFile, Summary
from nenkin.zengin.layout import RECORD_LENGTH, Layout, layouts
from nenkin.zengin.ready import Records
from nenkin.zengin.records import FORMS, Form, Header
from nenkin.zengin.rules import header_violations, rows_violations
from nenkin.zengin.totals import Totals
from nenkin.zengin.violation import InvalidFile, Violation

BLOCK = 4096  # rows that are formatted and checked together

Rows = Sequence[tuple[Any, ...]]


class FileWriter:
    """Writes one file, block by block, into an open binary file; it never holds more than a block."""

    def __init__(self, out: BinaryIO, form: Form, header: Header, dialect: Dialect) -> None:
        """Writes the header; raises InvalidFile, InvalidCode."""
        self.totals = Totals(form, dialect)
        self._out = out
        self._form = form
        self._dialect = dialect
        self._charset = Charset.of(dialect, header.code)
        self._end = dialect.line_end_bytes
        self._layout = form.layout
        self._format = (self._layout.template + self._end.decode("ascii")).__mod__
        self._texts = [i for i, field in enumerate(self._layout.given) if field.kind == "C"]
        self._amount = itemgetter(self._layout.index("amount"))
        self._hash = hashlib.sha256()
        self._size = 0
        self._records = 0
        layout = layouts()["header"]
        _refuse(layout.row_violations(header, 1, self._charset))
        _refuse(header_violations(header, form, layout))
        self._put(self._record(layout, header), 1)

    @property
    def rows(self) -> int:
        """The rows written so far."""
        return self._records - 1

    def add(self, rows: Rows) -> None:
        """Writes rows of the form; raises InvalidFile before it writes any of a block that breaks a rule."""
        for start in range(0, len(rows), BLOCK):
            self._add(rows[start : start + BLOCK])

    def add_ready(self, records: Records) -> None:
        """Writes records that are ready."""
        self.totals.count += len(records)
        self.totals.total += sum(records.amounts)
        self._put(records.data, len(records))

    def close(self) -> Summary:
        """Writes trailer and end and says what the file holds; raises InvalidFile where a sum does not fit."""
        trailer = self.totals.trailer()
        layout = self._form.trailer
        _refuse(layout.row_violations(trailer, self._records + 1, self._charset))
        self._put(self._record(layout, trailer) + self._record(layouts()["end"], ()), 2)
        return Summary(trailer[0], trailer[1], self._size, self._hash.hexdigest())

    def _add(self, rows: Rows) -> None:
        first = self._records + 1
        data = self._clean(rows)
        if data is None:
            numbered = enumerate(rows, start=first)
            violations = (self._layout.row_violations(row, n, self._charset) for n, row in numbered)
            _refuse(violation for of_row in violations for violation in of_row)
            data = b"".join(self._record(self._layout, row) for row in rows)
        _refuse(rows_violations(self._form, rows, first, self._dialect))
        self.totals.add(rows)
        self._put(data, len(rows))

    def _clean(self, rows: Rows) -> bytes | None:
        """The records of rows whose fields surely break no rule; None asks for a closer look."""
        stride = RECORD_LENGTH + len(self._end)
        try:
            data = self._charset.encode_lines("".join(map(self._format, rows)))
            is_ended = not any(_has_blank_end(rows, i) for i in self._texts)
        except (TypeError, UnicodeEncodeError):
            return None
        # A value never makes its field shorter, so one that makes it longer shows in the length of all.
        is_whole = len(data) == stride * len(rows) and {int}.issuperset(
            map(type, map(self._amount, rows))
        )
        if not (is_ended and is_whole):
            return None
        return data if self._layout.is_clean(data, self._end, self._charset) else None

    def _record(self, layout: Layout, row: tuple[Any, ...]) -> bytes:
        return self._charset.encode(layout.template % row) + self._end

    def _put(self, data: bytes, records: int) -> None:
        self._out.write(data)
        self._hash.update(data)
        self._size += len(data)
        self._records += records


def write(file: BankFile, dialect: Dialect) -> bytes:
    """The bytes of a file; raises InvalidFile, InvalidCode."""
    out = BytesIO()
    writer = FileWriter(out, FORMS[file.form], file.header, dialect)
    writer.add(file.rows)
    writer.close()
    return out.getvalue()


def _has_blank_end(rows: Rows, index: int) -> bool:
    return " \n" in "\n".join(map(itemgetter(index), rows)) + "\n"


def _refuse(violations: Iterable[Violation]) -> None:
    found = list(violations)
    if found:
        raise InvalidFile(found)

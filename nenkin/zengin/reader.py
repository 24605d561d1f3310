"""Reading files of the banks' format, strictly: every rule that the writer keeps is looked for."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any, BinaryIO

from nenkin.zengin.charset import Charset, InvalidCode
from nenkin.zengin.dialect import Dialect
from nenkin.zengin.file import BankFile
from nenkin.zengin.layout import RECORD_LENGTH, Layout, layouts
from nenkin.zengin.records import FORMS, Form, Header
from nenkin.zengin.rules import header_violations, rows_violations, trailer_violations
from nenkin.zengin.totals import Totals
from nenkin.zengin.violation import InvalidFile, Violation

BLOCK = 4096  # records that are read and checked together
_MANY = 1000  # breaches after which a pass gives up


class FileReader:
    """Reads one file of a form, block by block; it never holds more than a block."""

    def __init__(self, source: BinaryIO, form: Form, dialect: Dialect) -> None:
        """Reads the header; raises InvalidFile, InvalidCode."""
        self._source = source
        self._form = form
        self._dialect = dialect
        self._end = dialect.line_end_bytes
        self._stride = RECORD_LENGTH + len(self._end)
        self._totals = Totals(form, dialect)
        self._found: list[Violation] = []
        self._records = 1
        self.header = self._read_header()

    def blocks(self) -> Iterator[list[Any]]:
        """The rows, some at a time; raises InvalidFile at the end, so use none before the last has come."""
        while True:
            block = self._source.read(BLOCK * self._stride)
            kinds = block[:: self._stride]
            rows_seen = len(kinds) - len(kinds.lstrip(self._charset.encode("2")))
            count = min(rows_seen, len(block) // self._stride)
            if count:
                rows = self._rows(block[: count * self._stride], count)
                self._records += count
                yield rows
            if count < BLOCK or len(self._found) >= _MANY:
                self._read_end(block[count * self._stride :])
                break
        if self._found:
            raise InvalidFile(self._found)

    def _read_header(self) -> Header:
        data = self._source.read(self._stride)
        code = "0" if data[:1] in {b"1", b""} else "1"
        try:
            self._charset = Charset.of(self._dialect, code)
        except InvalidCode as error:
            rule = f"a header begins with '1' in JIS (31); {error}"
            raise InvalidFile(
                [Violation(1, "データ区分 (record)", "1", data[:1].hex(), rule)]
            ) from error
        layout = layouts()["header"]
        given = self._one(layout, data, 1)
        self._refuse()
        header = Header(*given)
        if header.code != code:
            rule = f"the bytes are those of code {code}"
            self._found.append(Violation(1, "コード区分 (code)", "4", header.code, rule))
        self._found += header_violations(header, self._form, layout)
        self._refuse()
        return header

    def _rows(self, block: bytes, count: int) -> list[Any]:
        layout = self._form.layout
        first = self._records + 1
        if not layout.is_clean(block, self._end, self._charset):
            found = len(self._found)
            for number in range(count):
                record = block[number * self._stride : (number + 1) * self._stride]
                self._found += self._violations(layout, record, first + number)
            if len(self._found) > found:
                return []
        text = self._charset.decode(block.replace(self._end, b"") if self._end else block)
        rows = list(map(self._form.row._make, zip(*layout.columns(text), strict=True)))
        self._found += rows_violations(self._form, rows, first, self._dialect)
        self._totals.add(rows)
        return rows

    def _read_end(self, data: bytes) -> None:
        number = self._records + 1
        stride = self._stride
        data += self._source.read(2 * stride)
        has_rows_wrong = bool(self._found)
        stated = self._one(self._form.trailer, data[:stride], number)
        if stated and not has_rows_wrong:
            counted = self._totals.trailer()
            self._found += trailer_violations(self._form, stated, counted, number)
        if stated:
            self._one(layouts()["end"], data[stride : 2 * stride], number + 1)
        if stated and len(data) > 2 * stride:
            rule = "nothing follows the end record"
            surplus = data[2 * stride :].hex()[:40]
            self._found.append(Violation(number + 2, "データ区分 (record)", "1", surplus, rule))

    def _one(self, layout: Layout, data: bytes, number: int) -> tuple[Any, ...]:
        found = list(self._violations(layout, data, number))
        self._found += found
        if found:
            return ()
        text = self._charset.decode(data[:RECORD_LENGTH])
        return tuple(field.read(text[field.start : field.end]) for field in layout.given)

    def _violations(self, layout: Layout, data: bytes, number: int) -> Iterator[Violation]:
        if len(data) != self._stride:
            rule = f"a record has {self._stride} bytes, its end included"
            value = f"{len(data)} bytes"
            yield Violation(
                number, f"the whole record ({layout.name})", f"1-{RECORD_LENGTH}", value, rule
            )
            return
        yield from layout.record_violations(data[:RECORD_LENGTH], number, self._charset)
        if data[RECORD_LENGTH:] != self._end:
            rule = f"each record ends in {self._end.hex().upper()}"
            place = f"{RECORD_LENGTH + 1}-{self._stride}"
            yield Violation(number, "the record's end", place, data[RECORD_LENGTH:].hex(), rule)

    def _refuse(self) -> None:
        if self._found:
            raise InvalidFile(self._found)


def parse(data: bytes, dialect: Dialect, form: str) -> BankFile:
    """The file of a form (a key of FORMS) that bytes hold; raises InvalidFile with all that is wrong in it."""
    reader = FileReader(BytesIO(data), FORMS[form], dialect)
    rows = [row for block in reader.blocks() for row in block]
    return BankFile(form, reader.header, tuple(rows))

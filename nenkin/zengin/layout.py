"""Records by the table `zengin_layouts`: rows into text, text into rows, and what is wrong with either.

A block of records is checked column by column with the bytes methods of C; only a block in which that finds
something is looked at record by record, and that slow look is the one that decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from nenkin.dated import rows
from nenkin.zengin.charset import Charset
from nenkin.zengin.field import Field, Value
from nenkin.zengin.violation import Violation

RECORD_LENGTH = 120
_TABLE = "zengin_layouts"
# As Field.read does, in C: no character of the format but the blank is white space.
_READERS: dict[str, Callable[[str], Value]] = {"I": int, "C": str.rstrip}


@dataclass(frozen=True, slots=True)
class Layout:
    """The fields of one kind of record, and those among them that a row gives (all but the constants)."""

    name: str
    fields: tuple[Field, ...]

    @property
    def given(self) -> tuple[Field, ...]:
        """The fields whose values a row holds, in its order."""
        return tuple(field for field in self.fields if field.kind != "=")

    @property
    def template(self) -> str:
        """The %-format of a whole record."""
        return "".join(field.template for field in self.fields)

    def index(self, name: str) -> int:
        """The place of a field in a row; raises ValueError."""
        return [field.name for field in self.given].index(name)

    def row_violations(
        self, row: Sequence[object], number: int, charset: Charset
    ) -> Iterator[Violation]:
        """What is wrong with a row to be written as record `number`."""
        for field, value in zip(self.given, row, strict=True):
            for rule in field.breaches(value, charset.characters):
                yield Violation(
                    number, f"{field.term} ({field.name})", field.position, str(value), rule
                )

    def record_violations(
        self, record: bytes, number: int, charset: Charset
    ) -> Iterator[Violation]:
        """What is wrong with the 120 bytes of a record."""
        for field in self.fields:
            data = record[field.start : field.end]
            label = f"{field.term} ({field.name})"
            try:
                text = charset.decode(data)
            except UnicodeDecodeError as error:
                rule = f"byte {data[error.start]:02X} is not in the character set"
                yield Violation(number, label, field.position, data.hex(), rule)
                continue
            for rule in field.text_breaches(text, charset.characters):
                yield Violation(number, label, field.position, text, rule)

    def columns(self, text: str) -> list[Iterable[Value]]:
        """The values in the text of checked records, field by field."""
        found: list[Iterable[Value]] = []
        for field in self.given:
            starts = range(field.start, len(text), RECORD_LENGTH)
            cut = [text[start : start + field.length] for start in starts]
            found.append(map(_READERS[field.kind], cut) if field.kind in _READERS else cut)
        return found

    def is_clean(self, block: bytes, end: bytes, charset: Charset) -> bool:
        """Whether records that each end in `end` surely break no rule; False asks for a closer look."""
        stride = RECORD_LENGTH + len(end)
        count = len(block) // stride
        for place, byte in enumerate(end, start=RECORD_LENGTH):
            # As many as there are records, each at its place: so there is none within a field.
            if block[place::stride] != bytes([byte]) * count or block.count(byte) != count:
                return False
        if block.translate(None, _allowed(charset) + end):
            return False
        return all(_is_clean(field, block, stride, charset) for field in self.fields)


def _is_clean(field: Field, block: bytes, stride: int, charset: Charset) -> bool:
    blank = charset.encode(" ")
    if field.kind == "C":
        columns = _columns(field, block, stride)
        return blank not in next(columns) or (
            not block[field.start :: stride].strip(blank)
            and not any(column.strip(blank) for column in columns)
        )
    if field.kind == "=" or (field.values and field.length == 1):
        allowed = [field.constant] if field.kind == "=" else field.values
        return all(
            not column.translate(None, charset.encode("".join(text[place] for text in allowed)))
            for place, column in enumerate(_columns(field, block, stride))
        )
    digits = charset.encode("0123456789")
    return not field.values and not any(
        column.translate(None, digits) for column in _columns(field, block, stride)
    )


def _columns(field: Field, block: bytes, stride: int) -> Iterator[bytes]:
    return (block[place::stride] for place in range(field.start, field.end))


@cache
def _allowed(charset: Charset) -> bytes:
    return charset.encode(charset.characters)


@cache
def layouts() -> dict[str, Layout]:
    """The layouts of the table by their names; ValueError where one's fields are not 120 bytes side by side."""
    found: dict[str, list[Field]] = {}
    for row in rows(_TABLE):
        fields = found.setdefault(row["layout"], [])
        start = fields[-1].end if fields else 0
        if int(row["position"]) != start + 1:
            raise ValueError(
                f"{_TABLE}: {row['layout']}, {row['field']} does not begin at {start + 1}"
            )
        values = tuple(row["values"].split("|")) if row["values"] else ()
        length, kind = int(row["length"]), row["type"]
        fields.append(Field(row["field"], row["term"], start, length, kind, values))
    for name, fields in found.items():
        if fields[-1].end != RECORD_LENGTH:
            raise ValueError(
                f"{_TABLE}: {name} has {fields[-1].end} bytes instead of {RECORD_LENGTH}"
            )
    return {name: Layout(name, tuple(fields)) for name, fields in found.items()}

"""A file of the banks' format as a value."""

from __future__ import annotations

from dataclasses import dataclass

from nenkin.zengin.records import Header, Row


@dataclass(frozen=True, slots=True)
class BankFile:
    """The form's name (a key of FORMS), the header and the rows; the trailer follows from the rows."""

    form: str
    header: Header
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """What a file holds: rows and yen as its trailer states them, its bytes and their SHA-256."""

    count: int
    total: int
    size: int
    sha256: str

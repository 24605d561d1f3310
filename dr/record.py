"""What people add to a drill: notes (記録) and findings (指摘事項) with an owner and a due date.

`record.jsonl` stands beside the evidence and is only ever appended to, one JSON object a line, so what
was judged is never touched and nothing that was said is unsaid: a finding is closed by a further line.
A line counts once it is whole and on the disk; the torn end that a killed command leaves is cut off by
the next one.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, TypeAdapter, ValidationError

__all__ = [
    "FILE",
    "SEVERITIES",
    "Closing",
    "Entry",
    "Finding",
    "InvalidRecord",
    "Note",
    "Record",
    "Severity",
    "append",
    "read_record",
]

FILE = "record.jsonl"
Severity = Literal["high", "medium", "low"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)


class InvalidRecord(ValueError):
    """A file that is no record of a drill; the sentence says where and why."""


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody saw or thought, and when they said so."""

    at: float
    by: str
    text: str
    kind: Literal["note"] = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to be put right; `due` is a date as YYYY-MM-DD, `owner` a role of the inventory."""

    id: str
    at: float
    text: str
    owner: str
    due: str
    severity: Severity = "medium"
    by: str = ""
    kind: Literal["finding"] = "finding"


@dataclass(frozen=True, slots=True)
class Closing:
    """A finding is put right: by whom, and how it is known."""

    finding: str
    at: float
    by: str
    text: str
    kind: Literal["closing"] = "closing"


Entry = Note | Finding | Closing
_ADAPTER: TypeAdapter[Entry] = TypeAdapter(Annotated[Entry, Field(discriminator="kind")])


@dataclass(frozen=True, slots=True)
class Record:
    """Everything that people added, in the order in which they did."""

    entries: tuple[Entry, ...] = ()

    @property
    def notes(self) -> tuple[Note, ...]:
        return tuple(entry for entry in self.entries if isinstance(entry, Note))

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(entry for entry in self.entries if isinstance(entry, Finding))

    def closing(self, finding: str) -> Closing | None:
        """Give what closed a finding; None while it is open."""
        closings = (entry for entry in self.entries if isinstance(entry, Closing))
        return next((closing for closing in closings if closing.finding == finding), None)

    def next_id(self) -> str:
        """Give the id of the next finding: F1, F2 and so on in each drill."""
        return f"F{len(self.findings) + 1}"


def read_record(folder: Path) -> Record:
    """Read what was added to a drill; nothing where nobody added anything."""
    path = folder / FILE
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return Record()
    return Record(_parse(path, text))


def append(folder: Path, make: Callable[[Record], Sequence[Entry]]) -> Record:
    """Append what `make` gives for the record as it stands; on the disk when this returns.

    One writer at a time: two commands never give two findings the same id.
    """
    path = folder / FILE
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        text = path.read_bytes() if path.exists() else b""
        whole = text[: text.rfind(b"\n") + 1]
        record = Record(_parse(path, whole))
        added = tuple(make(record))
        lines = [json.dumps(asdict(entry), ensure_ascii=False) + "\n" for entry in added]
        with path.open("ab") as file:
            if len(whole) < len(text):
                file.truncate(len(whole))
            file.write("".join(lines).encode())
            file.flush()
            os.fsync(file.fileno())
        os.fsync(lock)  # the folder: a new file's name must last as well
    finally:
        os.close(lock)
    return Record((*record.entries, *added))


def _parse(path: Path, text: bytes) -> tuple[Entry, ...]:
    entries: list[Entry] = []
    ids: dict[str, Any] = {}
    whole = text[: text.rfind(b"\n") + 1]
    for number, line in enumerate(whole.split(b"\n")[:-1], start=1):
        where = f"{path}:{number}"
        try:
            entry = _ADAPTER.validate_json(line, strict=True)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"]) or "line"
            raise InvalidRecord(
                f"{where}: {place}: {first['msg']}; put back the file as it was written"
            ) from error
        if isinstance(entry, Finding):
            if entry.id in ids:
                raise InvalidRecord(f"{where}: finding {entry.id} stands twice; put back the file")
            ids[entry.id] = entry
        if isinstance(entry, Closing) and entry.finding not in ids:
            raise InvalidRecord(
                f"{where}: closes {entry.finding}, which is no finding; put back the file"
            )
        entries.append(entry)
    return tuple(entries)

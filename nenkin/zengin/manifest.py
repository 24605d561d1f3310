"""What a run of transfer files holds, file by file, so that its receiver can tell that nothing is missing or doubled."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date

from nenkin.zengin.file import Summary

FORMAT = "nenkin-transfers-1"


@dataclass(frozen=True, slots=True)
class Entry:
    """One file: bank and sequence (from 1) name it, count, total (yen), size (bytes) and sha256 say what it holds."""

    name: str
    bank: str
    sequence: int
    count: int
    total: int
    size: int
    sha256: str

    @classmethod
    def of(cls, name: str, bank: str, sequence: int, summary: Summary) -> Entry:
        """The entry of a file just written."""
        return cls(name, bank, sequence, summary.count, summary.total, summary.size, summary.sha256)


@dataclass(frozen=True, slots=True)
class Manifest:
    """All files of one pay date in the order of bank and sequence; it names no hour, so a rerun gives the same bytes."""

    paid: date
    files: tuple[Entry, ...]

    @property
    def count(self) -> int:
        """The transfers of all files."""
        return sum(entry.count for entry in self.files)

    @property
    def total(self) -> int:
        """The yen of all files."""
        return sum(entry.total for entry in self.files)

    def to_json(self) -> str:
        """Its text, which depends on nothing but the files."""
        body = {
            "format": FORMAT,
            "paid": self.paid.isoformat(),
            "count": self.count,
            "total": self.total,
            "files": [asdict(entry) for entry in self.files],
        }
        return json.dumps(body, indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """The manifest that a text holds; ValueError where its sums are not those of its files."""
        body = json.loads(text)
        if body.get("format") != FORMAT:
            raise ValueError(f"format {body.get('format')!r}: this reads {FORMAT}")
        found = cls(
            date.fromisoformat(body["paid"]), tuple(Entry(**entry) for entry in body["files"])
        )
        if (found.count, found.total) != (body["count"], body["total"]):
            raise ValueError(
                f"count {body['count']}, total {body['total']}: its files make {found.count}, {found.total}"
            )
        return found

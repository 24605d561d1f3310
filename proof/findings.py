"""What a verifier reports: findings, which speak against a chain, and notes, which do not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from proof.moment import format_moment

__all__ = ["HEAD", "KEPT_HEAD", "KINDS", "Finding", "Kind", "Report"]

Kind = Literal[
    "unreadable",  # no JSON, or not the form of an entry or head
    "not-canonical",  # says the same in another spelling
    "altered",  # the signature is not over this content
    "untrusted-key",
    "wrong-role",
    "outside-validity",
    "foreign",  # belongs to another chain or estate
    "cut",  # entries are missing
    "reordered",
    "duplicated",
    "forked",  # two different entries bear one number
    "misnumbered",  # follows its predecessor, but does not bear the next number
    "unlinked",  # was signed over another predecessor than the one that stands there
    "backwards",  # was signed before its predecessor
    "wrong-body",  # properly signed, but says nothing that an entry may say
    "no-head",
    "old-head",  # speaks for fewer entries than an interrupted append explains
    "rolled-back",  # shorter than the head that was kept elsewhere
    "rewritten",  # other entries than the head that was kept elsewhere speaks for
    "aside",  # a file of bytes that were set aside is missing or another one
]
KINDS: tuple[Kind, ...] = get_args(Kind)

HEAD = "head"
KEPT_HEAD = "kept head"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: its kind, the place, and a sentence for a person."""

    kind: Kind
    where: str
    """`entry 4`, `head`, `kept head`, or `file NAME`."""
    sentence: str
    entry: int | None = None
    """The number of the entry, None where the place is none."""

    @classmethod
    def at_entry(cls, kind: Kind, entry: int, sentence: str) -> Finding:
        """Give a finding about an entry."""
        return cls(kind, f"entry {entry}", sentence, entry)

    def __str__(self) -> str:
        return f"{self.where}: {self.kind}: {self.sentence}"


@dataclass(frozen=True, slots=True)
class Report:
    """What a verifier found in one chain."""

    chain: str | None
    estate: str | None
    entries: int
    """Whole lines, also unreadable ones."""
    first_at: datetime | None
    last_at: datetime | None
    head_size: int | None
    head_hash: str | None
    kept_head_size: int | None
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        """Whether nothing speaks against the chain; what that means is in docs/record.md."""
        return not self.findings

    def document(self) -> dict[str, Any]:
        """Give it as JSON values."""
        return {
            "is_sound": self.is_sound,
            "chain": self.chain,
            "estate": self.estate,
            "entries": self.entries,
            "first_at": format_moment(self.first_at) if self.first_at else None,
            "last_at": format_moment(self.last_at) if self.last_at else None,
            "head_size": self.head_size,
            "head_hash": self.head_hash,
            "kept_head_size": self.kept_head_size,
            "findings": [
                {"kind": f.kind, "where": f.where, "entry": f.entry, "sentence": f.sentence}
                for f in self.findings
            ],
            "notes": list(self.notes),
        }

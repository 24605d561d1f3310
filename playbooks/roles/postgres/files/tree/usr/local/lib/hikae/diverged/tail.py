"""The diverged tail: where two histories part, and what was committed after that. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

__all__ = ["Tail", "fork_point", "lsn_of", "read_tail", "segment_of"]

_SEGMENT_BYTES = 16 * 2**20
_RECORD = re.compile(
    r"^rmgr: (?P<manager>\S+)\s+len \(rec/tot\):\s*\d+/\s*\d+, tx:\s*(?P<xid>\d+), "
    r"lsn: (?P<lsn>[0-9A-F]+/[0-9A-F]+), .*?desc: (?P<desc>\S+)"
)
_RELATION = re.compile(r"\brel (\d+)/(\d+)/(\d+)\b")


@dataclass(slots=True)
class Tail:
    """What the log holds after the fork."""

    records: int = 0
    last: str = ""
    """Position of the last whole record, as PostgreSQL writes it."""
    committed: list[int] = field(default_factory=list)
    """Transactions that were committed, in order."""
    relations: set[tuple[int, int, int]] = field(default_factory=set)
    """(tablespace, database, file node) of every relation that was written."""
    kinds: Counter[str] = field(default_factory=Counter)
    """How many records of each kind, such as `Heap INSERT`."""


def lsn_of(text: str) -> int:
    """The position of a log sequence number such as `0/5000000`, in bytes."""
    high, _, low = text.partition("/")
    return (int(high, 16) << 32) + int(low, 16)


def segment_of(timeline: int, position: int) -> str:
    """Name of the WAL file that holds a position."""
    number = position // _SEGMENT_BYTES
    per_log = 2**32 // _SEGMENT_BYTES
    return f"{timeline:08X}{number // per_log:08X}{number % per_log:08X}"


def fork_point(history: str, timeline: int) -> str | None:
    """Where the history of the source left `timeline`; None where it never did."""
    for line in history.splitlines():
        words = line.split()
        if len(words) >= 2 and words[0] == str(timeline):
            return words[1]
    return None


def read_tail(lines: Iterable[str]) -> Tail:
    """Sum up what pg_waldump prints, one record a line."""
    tail = Tail()
    for line in lines:
        match = _RECORD.match(line)
        if match is None:
            continue
        tail.records += 1
        tail.last = match["lsn"]
        kind = f"{match['manager']} {match['desc']}"
        tail.kinds[kind] += 1
        if match["manager"] == "Transaction" and match["desc"].startswith("COMMIT"):
            tail.committed.append(int(match["xid"]))
        if match["manager"].startswith("Heap"):
            tail.relations |= {tuple(map(int, found)) for found in _RELATION.findall(line)}  # type: ignore[misc]
    return tail

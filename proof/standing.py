"""Where a chain stands before an append, judged from its end alone.

Invariant: an append builds on nothing but an entry that a signed head speaks for, or the one entry
behind it that a crash left without its head. Whatever else stands behind that was never
acknowledged, and is set aside. Anything that no crash explains (an entry that the head speaks for
is gone or another one, a head that is not signed) ends the chain: it is kept as it is, as evidence,
and a new one is begun as its successor.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from proof.bodies import Genesis, body_of
from proof.canonical import digest, parse_canonical
from proof.entry import NOTHING, Entry, Head, entry_of
from proof.errors import InvalidCanonical, InvalidChain, InvalidEntry
from proof.findings import HEAD
from proof.heads import read_head
from proof.signing import Purpose
from proof.store import Tail
from proof.trust import Trust

__all__ = ["Standing", "judge_genesis", "judge_standing"]

_WAY_OUT = "keep the folder as it is, find out more by `hikae audit verify`, and begin a successor"


@dataclass(frozen=True, slots=True)
class Standing:
    """The entry that the next one follows."""

    chain: str
    size: int
    hash: str
    at: datetime
    kept: int
    """How many bytes of the records are entries; what follows is to be set aside."""
    has_head: bool
    """Whether a head speaks for the entry; where none does, one is to be signed first."""


def judge_standing(
    tail: Tail, head_data: bytes | None, trust: Trust, source: str
) -> Standing | None:
    """Give the entry to go on from, None where no chain has begun; InvalidChain where none may be."""
    if head_data is None:
        return _judge_beginning(tail, trust, source)
    head, faults = read_head(head_data, trust, HEAD)
    if head is None:
        raise InvalidChain(f"{source}: {faults[0]}; {_WAY_OUT}")
    if tail.lines and digest(tail.lines[-1]) == head.hash:
        return _standing(head, None, tail.end)
    before_last = tail.end - len(tail.lines[-1]) - 1 if tail.lines else 0
    if len(tail.lines) == 2 and digest(tail.lines[0]) == head.hash:
        last = _read_sound(tail.lines[1], trust)
        if last and (last.chain, last.seq, last.prev) == (head.chain, head.size, head.hash):
            return _standing(head, last, tail.end)
        return _standing(head, None, before_last)
    raise InvalidChain(
        f"{source}: the head speaks for {head.size} entries, and the last of them is not at the end"
        f" of the records; {_WAY_OUT}"
    )


def judge_genesis(line: bytes, chain: str, trust: Trust, source: str) -> Genesis:
    """Give the beginning of a chain from its first line; InvalidChain where it is not that."""
    entry = _read_sound(line, trust)
    if entry is None or (entry.chain, entry.seq) != (chain, 0):
        raise InvalidChain(f"{source}: the first entry is not that of chain {chain}; {_WAY_OUT}")
    try:
        body = body_of(dict(entry.body), "entry 0")
    except InvalidEntry as error:
        raise InvalidChain(f"{source}: {error}; {_WAY_OUT}") from error
    if not isinstance(body, Genesis):
        raise InvalidChain(f"{source}: the first entry says not whose chain it is; {_WAY_OUT}")
    return body


def _judge_beginning(tail: Tail, trust: Trust, source: str) -> Standing | None:
    if not tail.lines:
        return None
    last = _read_sound(tail.lines[-1], trust)
    if len(tail.lines) == 1 and last and (last.seq, last.prev) == (0, NOTHING):
        return Standing(last.chain, 1, last.hash, last.at, tail.end, False)
    raise InvalidChain(f"{source}: there are entries and no head; {_WAY_OUT}")


def _standing(head: Head, beyond: Entry | None, kept: int) -> Standing:
    if beyond is None:
        return Standing(head.chain, head.size, head.hash, head.at, kept, True)
    return Standing(head.chain, head.size + 1, beyond.hash, beyond.at, kept, False)


def _read_sound(line: bytes, trust: Trust) -> Entry | None:
    """Read an entry that a trusted key signed; None where it is anything else."""
    try:
        entry = entry_of(parse_canonical(line))
    except (InvalidCanonical, InvalidEntry):
        return None
    key = trust.find(entry.key)
    if key is None or trust.refusal(entry.key, Purpose.RECORD, entry.at):
        return None
    return entry if entry.is_signed(key, Purpose.RECORD) else None

"""The order of a chain's lines: what is missing, doubled, out of place or not linked.

Invariant: in a sound chain line n bears number n and gives the hash of line n - 1. Order is judged by
place and links by number, so one displaced entry is one finding, and its neighbours, which still
name their own predecessors, have none. An unreadable line has no number: it stands for one that is
missing there, and only more missing numbers than unreadable lines are a cut.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from proof.entry import NOTHING, Entry
from proof.findings import Finding

__all__ = ["Order", "Row", "judge_order", "spell_range"]


@dataclass(slots=True)
class Row:
    """One line: its entry and that entry's hash, None where it is unreadable."""

    line: int
    """From 1, as editors count."""
    entry: Entry | None = None
    hash: str = ""
    is_signed: bool = False
    """Whether a trusted key signed it as it stands."""


@dataclass(slots=True)
class Order:
    """The numbers that a chain's lines bear."""

    findings: list[Finding] = field(default_factory=list)
    numbers: dict[int, list[Row]] = field(default_factory=dict)
    """The readable lines by their number; more than one where the chain forks."""
    size: int = 0
    """How many entries there are by their numbers, an unreadable line at the end counted."""


def judge_order(rows: Sequence[Row]) -> Order:
    """Find what is missing, doubled, out of place or not linked."""
    order = Order()
    order.findings += _judge_places(rows, order)
    for number in sorted(order.numbers):
        for row in order.numbers[number]:
            order.findings += _judge_link(row, order.numbers.get(number - 1, []))
    return order


def spell_range(first: int, last: int) -> str:
    """Write which entries."""
    return f"entry {first} is" if first == last else f"entries {first} to {last} are"


def _judge_places(rows: Sequence[Row], order: Order) -> Iterator[Finding]:
    every = sorted({row.entry.seq for row in rows if row.entry})
    seen: set[str] = set()
    expected, unreadable, last = 0, 0, ""
    for row in rows:
        if row.entry is None:
            unreadable += 1
            continue
        seq = row.entry.seq
        if row.hash in seen:
            words = f"line {row.line} repeats it"
            yield Finding.at_entry("duplicated", seq, words)
            continue
        seen.add(row.hash)
        follows = bool(last) and row.entry.prev == last
        if seq in order.numbers:
            yield _judge_second(row.line, seq, follows, expected)
        elif seq < expected:
            words = f"line {row.line} has it, behind entry {expected - 1}"
            yield Finding.at_entry("reordered", seq, words)
        elif seq > expected:
            # What is still to come is out of place there, and not missing here.
            to_come = bisect_left(every, seq) - bisect_left(every, expected)
            if seq - expected - to_come > unreadable:
                yield _judge_gap(row.line, seq, follows, expected)
        order.numbers.setdefault(seq, []).append(row)
        last = row.hash
        if seq >= expected:
            expected, unreadable = seq + 1, 0
    order.size = expected + unreadable


def _judge_second(line: int, seq: int, follows: bool, expected: int) -> Finding:
    if follows:
        words = f"line {line} follows entry {expected - 1} and bears a number that was given before"
        return Finding.at_entry("misnumbered", seq, words)
    words = f"line {line} is another entry of this number"
    return Finding.at_entry("forked", seq, words)


def _judge_gap(line: int, seq: int, follows: bool, expected: int) -> Finding:
    if follows:
        words = f"line {line} follows entry {expected - 1} and bears a number that was skipped to"
        return Finding.at_entry("misnumbered", seq, words)
    missing = spell_range(expected, seq - 1)
    return Finding.at_entry("cut", expected, f"{missing} missing before line {line}")


def _judge_link(row: Row, before: Sequence[Row]) -> Iterator[Finding]:
    entry = row.entry
    if entry is None:
        return
    if entry.seq == 0:
        if entry.prev != NOTHING:
            yield Finding.at_entry("unlinked", 0, "the first entry names one before it")
        return
    if not before:
        return  # missing or unreadable, and reported as that
    if entry.prev not in {other.hash for other in before}:
        words = f"it was signed over another entry {entry.seq - 1} than the one that stands there"
        yield Finding.at_entry("unlinked", entry.seq, words)
    elif row.is_signed:
        earlier = [other.entry for other in before if other.hash == entry.prev and other.is_signed]
        if any(other and other.at > entry.at for other in earlier):
            words = f"its time is before that of entry {entry.seq - 1}"
            yield Finding.at_entry("backwards", entry.seq, words)

"""The offline verifier: bytes in, report out; it asks nothing of the machine and never raises.

Invariant: every finding is a fact about the bytes. An entry counts as signed when a trusted key
signed exactly its content; whether that key might is judged by the time that the entry itself
gives. What cannot be known without a head kept elsewhere is listed in docs/record.md, and a report
without one says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from proof.bodies import Aside, AsideFile, Body, Genesis, body_of
from proof.canonical import canonical, digest, parse
from proof.entry import Entry, Head, entry_of
from proof.errors import InvalidCanonical, InvalidEntry
from proof.findings import HEAD, KEPT_HEAD, Finding, Report
from proof.heads import judge_head, judge_kept_head, read_head
from proof.order import Order, Row, judge_order
from proof.record import Act
from proof.signing import Purpose
from proof.trust import Trust

__all__ = ["verify"]


def verify(
    lines: bytes,
    head: bytes | None,
    trust: Trust,
    *,
    expected_head: bytes | None = None,
    asides: Mapping[str, bytes] | None = None,
) -> Report:
    """Judge a chain by the bytes of its files, whatever they are.

    `lines` is `records.jsonl`, `head` is `head.json` (None = there is none). `expected_head` is a
    head kept elsewhere: only with it is a chain found that was rolled back or rewritten whole.
    `asides` are the files of bytes set aside, by name (None = they are not at hand).
    """
    rows, findings, torn = _read_rows(lines, trust)
    order = judge_order(rows)
    chain = _most_common(row.entry.chain for row in rows if row.entry)
    bodies, wrong = _read_bodies(rows)
    genesis = bodies.get(0)
    estate = genesis.estate if isinstance(genesis, Genesis) else None
    own, kept = None, None
    findings += [*_judge_belonging(rows, bodies, chain, estate), *order.findings, *wrong]
    if head is None:
        findings.append(Finding("no-head", HEAD, "nothing says how long the chain is"))
    else:
        own, found = read_head(head, trust, HEAD)
        findings += [*found, *(judge_head(own, chain, order) if own else ())]
    if expected_head is not None:
        kept, found = read_head(expected_head, trust, KEPT_HEAD)
        findings += [*found, *(judge_kept_head(kept, chain, order) if kept else ())]
    findings += _judge_asides(bodies, asides)
    first_at, last_at = _times(rows)
    return Report(
        chain=chain,
        estate=estate,
        entries=len(rows),
        first_at=first_at,
        last_at=last_at,
        head_size=own.size if own else None,
        head_hash=own.hash if own else None,
        kept_head_size=kept.size if kept else None,
        findings=tuple(findings),
        notes=tuple(_notes(order, own, torn, expected_head, bodies, asides)),
    )


def _read_rows(lines: bytes, trust: Trust) -> tuple[list[Row], list[Finding], int]:
    """Read and judge each line by itself; the last number counts bytes after the last whole line."""
    whole, end, torn = lines.rpartition(b"\n")
    rows: list[Row] = []
    findings: list[Finding] = []
    number = 0
    for line, text in enumerate(whole.split(b"\n") if end else (), start=1):
        try:
            form = canonical(value := parse(text))
            # What is spelt otherwise is judged by the form that was signed.
            entry = entry_of(value if form == text else parse(form))
        except (InvalidCanonical, InvalidEntry) as error:
            rows.append(Row(line))
            findings.append(Finding.at_entry("unreadable", number, f"line {line}: {error}"))
            number += 1
            continue
        number = entry.seq + 1
        if form != text:
            words = f"line {line} is not spelt canonically"
            findings.append(Finding.at_entry("not-canonical", entry.seq, words))
        found = _judge_signature(entry, line, trust)
        rows.append(Row(line, entry, digest(form), is_signed=found is None))
        if found is not None:
            findings.append(found)
    return rows, findings, len(torn)


def _judge_signature(entry: Entry, line: int, trust: Trust) -> Finding | None:
    key = trust.find(entry.key)
    if key is not None and not entry.is_signed(key, Purpose.RECORD):
        words = f"line {line} is not what its signature was made for"
        return Finding.at_entry("altered", entry.seq, words)
    distrust = trust.refusal(entry.key, Purpose.RECORD, entry.at)
    return Finding.at_entry(distrust.kind, entry.seq, distrust.sentence) if distrust else None


def _read_bodies(rows: Sequence[Row]) -> tuple[dict[int, Body], list[Finding]]:
    """Read what the signed entries say; what others say is worth nothing."""
    bodies: dict[int, Body] = {}
    findings: list[Finding] = []
    for row in rows:
        if row.entry is None or not row.is_signed or row.entry.seq in bodies:
            continue
        seq = row.entry.seq
        try:
            body = body_of(dict(row.entry.body), f"entry {seq}")
        except InvalidEntry as error:
            findings.append(Finding.at_entry("wrong-body", seq, str(error)))
            continue
        if isinstance(body, Genesis) != (seq == 0):
            words = "the first entry, and no other, says whose chain it is"
            findings.append(Finding.at_entry("wrong-body", seq, words))
        elif isinstance(body, Genesis) and body.chain != row.entry.chain:
            words = f"it begins chain {body.chain}, and is an entry of chain {row.entry.chain}"
            findings.append(Finding.at_entry("wrong-body", seq, words))
        else:
            bodies[seq] = body
    return bodies, findings


def _judge_belonging(
    rows: Sequence[Row], bodies: Mapping[int, Body], chain: str | None, estate: str | None
) -> Iterator[Finding]:
    for row in rows:
        if row.entry is not None and row.entry.chain != chain:
            words = f"line {row.line} is of chain {row.entry.chain}, most are of chain {chain}"
            yield Finding.at_entry("foreign", row.entry.seq, words)
    for seq, body in bodies.items():
        if isinstance(body, Act) and estate is not None and body.estate != estate:
            words = f"it is an act on estate {body.estate} in the chain of estate {estate}"
            yield Finding.at_entry("foreign", seq, words)


def _judge_asides(
    bodies: Mapping[int, Body], asides: Mapping[str, bytes] | None
) -> Iterator[Finding]:
    if asides is None:
        return
    for seq, file in _recorded(bodies):
        data = asides.get(file.name)
        if data is None:
            words = f"entry {seq} says that bytes were set aside there, and it is missing"
            yield Finding("aside", f"file {file.name}", words)
        elif digest(data) != file.sha256:
            words = f"it does not hold the bytes that entry {seq} says were set aside there"
            yield Finding("aside", f"file {file.name}", words)


def _notes(
    order: Order,
    own: Head | None,
    torn: int,
    expected_head: bytes | None,
    bodies: Mapping[int, Body],
    asides: Mapping[str, bytes] | None,
) -> Iterator[str]:
    repaired = "its append was interrupted, and the next one makes up for it"
    if own is not None and own.size == order.size - 1:
        yield f"entry {own.size} has no head yet: {repaired}"
    if torn:
        yield f"{torn} bytes behind the last whole line are no entry: {repaired}"
    recorded = {file.name for _, file in _recorded(bodies)}
    for name in sorted((asides or {}).keys() - recorded):
        yield f"file {name} was set aside, and no entry says so yet"
    if expected_head is None:
        yield "no head kept elsewhere was given: a chain rolled back or rewritten whole looks sound"


def _recorded(bodies: Mapping[int, Body]) -> Iterator[tuple[int, AsideFile]]:
    for seq, body in bodies.items():
        if isinstance(body, Aside):
            yield from ((seq, file) for file in body.files)


def _times(rows: Sequence[Row]) -> tuple[datetime | None, datetime | None]:
    times = [row.entry.at for row in rows if row.entry]
    return min(times, default=None), max(times, default=None)


def _most_common(chains: Iterator[str]) -> str | None:
    return next((chain for chain, _ in Counter(chains).most_common(1)), None)

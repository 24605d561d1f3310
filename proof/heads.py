"""What a head, the chain's own or one kept elsewhere, says against the lines that stand there."""

from __future__ import annotations

from collections.abc import Iterator

from proof.canonical import canonical, parse
from proof.entry import Head, head_of
from proof.errors import InvalidCanonical, InvalidEntry
from proof.findings import HEAD, KEPT_HEAD, Finding
from proof.order import Order, spell_range
from proof.signing import Purpose
from proof.trust import Trust

__all__ = ["judge_head", "judge_kept_head", "read_head"]


def read_head(data: bytes, trust: Trust, where: str) -> tuple[Head | None, list[Finding]]:
    """Read a head and judge it by itself; None where it cannot be read or is not to be believed."""
    text = data.removesuffix(b"\n")
    try:
        head = head_of(value := parse(text))
    except (InvalidCanonical, InvalidEntry) as error:
        return None, [Finding("unreadable", where, str(error))]
    if canonical(value) != text:
        return None, [Finding("not-canonical", where, "it is not spelt canonically")]
    key = trust.find(head.key)
    if key is not None and not head.is_signed(key, Purpose.HEAD):
        return None, [Finding("altered", where, "its signature is not over this content")]
    distrust = trust.refusal(head.key, Purpose.HEAD, head.at)
    if distrust is not None:
        return None, [Finding(distrust.kind, where, distrust.sentence)]
    return head, []


def judge_head(head: Head, chain: str | None, order: Order) -> Iterator[Finding]:
    """Compare the chain's own head; one entry more than it speaks for is an interrupted append."""
    if chain is not None and head.chain != chain:
        yield Finding("foreign", HEAD, f"it is the head of chain {head.chain}")
        return
    if head.size > order.size:
        words = f"{spell_range(order.size, head.size - 1)} missing: the head speaks for {head.size}"
        yield Finding.at_entry("cut", order.size, words)
        return
    if head.size < order.size - 1:
        words = f"it speaks for {head.size} of {order.size} entries"
        yield Finding("old-head", HEAD, words)
    last = order.numbers.get(head.size - 1, [])
    if last and head.hash not in {row.hash for row in last}:
        words = f"it was signed over another entry {head.size - 1} than the one that stands there"
        yield Finding("unlinked", HEAD, words)
    elif any(row.entry and row.is_signed and row.entry.at > head.at for row in last):
        yield Finding("backwards", HEAD, f"its time is before that of entry {head.size - 1}")


def judge_kept_head(kept: Head, chain: str | None, order: Order) -> Iterator[Finding]:
    """Compare a head that was kept elsewhere: what it speaks for must still stand."""
    if chain is not None and kept.chain != chain:
        yield Finding("foreign", KEPT_HEAD, f"it is of chain {kept.chain}, here stands {chain}")
        return
    if kept.size > order.size:
        gone = spell_range(order.size, kept.size - 1)
        words = f"{gone} gone: a head kept elsewhere speaks for {kept.size}"
        yield Finding.at_entry("rolled-back", order.size, words)
        return
    last = order.numbers.get(kept.size - 1, [])
    if last and kept.hash not in {row.hash for row in last}:
        words = "it or an entry before it is not what the head kept elsewhere speaks for"
        yield Finding.at_entry("rewritten", kept.size - 1, words)

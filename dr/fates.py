"""The fate of every write: what its client was told, against what the ledger holds.

Invariant: every write gets exactly one fate, and a fate says no more than is known. An answer that
did not come is `unknown`, never lost and never refused; an acknowledged write that is not there is
`acked_lost` once a leader exists, and only `acked_at_risk` while none does, since a dead leader's
disk may still hold it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from dr.evidence import LedgerEntry
from dr.history import Transaction

__all__ = ["BAD_FATES", "FATES", "Fate", "Violation", "count_fates", "fate_of", "violations_of"]

Fate = Literal[
    "acked_kept",
    "acked_lost",
    "acked_at_risk",
    "doubled",
    "altered",
    "refused",
    "refused_kept",
    "unknown_kept",
    "unknown_lost",
]
FATES: tuple[Fate, ...] = get_args(Fate)

BAD_FATES: frozenset[Fate] = frozenset({"acked_lost", "doubled", "altered", "refused_kept"})
"""The fates that fail a drill by themselves; with `acked_at_risk` the missing leader does."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One write with a fate that must not be, or that is at risk."""

    id: str
    fate: Fate
    office: str
    service: str
    started: float
    ended: float
    sent: str | None
    """The content that the client sent."""
    found: str | None
    """The content that the ledger holds, None where it holds none."""
    entries: int


def fate_of(write: Transaction, entry: LedgerEntry | None, *, has_leader: bool) -> Fate:
    """Give the one fate of a write whose key the ledger holds as `entry` (None = not at all)."""
    if entry is None or entry.entries < 1:
        if write.outcome == "acked":
            return "acked_lost" if has_leader else "acked_at_risk"
        return "refused" if write.outcome == "refused" else "unknown_lost"
    # Twice or otherwise in the books is wrong whatever the client was told.
    if entry.entries > 1:
        return "doubled"
    if entry.content != write.content:
        return "altered"
    if write.outcome == "acked":
        return "acked_kept"
    # `unreached` got no answer either: what was never answered is never guessed.
    return "refused_kept" if write.outcome == "refused" else "unknown_kept"


def count_fates(fates: Iterable[Fate]) -> dict[Fate, int]:
    """Count each fate; every fate has its place, also those that nobody met."""
    counts: dict[Fate, int] = dict.fromkeys(FATES, 0)
    for fate in fates:
        counts[fate] += 1
    return counts


def violations_of(
    fates: Iterable[tuple[Transaction, Fate]], ledger: Mapping[str, LedgerEntry]
) -> tuple[Violation, ...]:
    """Give every write with a bad fate or at risk, in the order of the writes."""
    found: list[Violation] = []
    for write, fate in fates:
        if fate not in BAD_FATES and fate != "acked_at_risk":
            continue
        entry = ledger.get(write.id)
        found.append(
            Violation(
                id=write.id,
                fate=fate,
                office=write.office,
                service=write.service,
                started=write.started,
                ended=write.ended,
                sent=write.content,
                found=entry.content if entry else None,
                entries=entry.entries if entry else 0,
            )
        )
    return tuple(found)

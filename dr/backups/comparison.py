"""A restored ledger, row by row, against the living one and against what the clients saw: pure.

Invariant: a restore to a moment holds every write that was acknowledged by then, unaltered and once; no write that began
after it; and of all other rows exactly those that the living service had committed by then. What the living service no
longer has is said as well: somebody took it away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from dr.backups.window import Target
from dr.evidence import LedgerEntry
from dr.history import Transaction

__all__ = ["Difference", "Judgement", "compare", "judge"]

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Difference:
    """Keys that two ledgers do not have alike."""

    only_restored: Mapping[str, LedgerEntry] = field(default_factory=dict)
    only_living: Mapping[str, LedgerEntry] = field(default_factory=dict)
    unlike: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a comparison showed; a proof holds only without findings."""

    acknowledged: int = 0
    """Writes of the clients that had to be there."""
    later: int = 0
    """Writes and rows that had to be absent, and are."""
    undecided: int = 0
    """Writes under way at the moment, or never answered: both outcomes are right."""
    findings: tuple[str, ...] = ()


def compare(restored: Mapping[str, LedgerEntry], living: Mapping[str, LedgerEntry]) -> Difference:
    """What differs between two sets of rows."""
    return Difference(
        {key: entry for key, entry in restored.items() if key not in living},
        {key: entry for key, entry in living.items() if key not in restored},
        tuple(sorted(key for key, e in restored.items() if key in living and living[key] != e)),
    )


def judge(
    service: str,
    target: Target,
    difference: Difference,
    commits: Mapping[str, float | None],
    writes: Sequence[Transaction],
    restored: Mapping[str, LedgerEntry],
    *,
    clock_error_s: float = 0.0,
) -> Judgement:
    """Judge a restored ledger.

    `commits`: when the rows that only the living ledger has were committed. `restored`: its entries under the keys of
    the clients' writes. Clients' clocks differ from the database's by at most `clock_error_s`.
    """
    wrong: dict[str, list[str]] = {}
    acknowledged = later = undecided = 0
    known = {write.id for write in writes}
    for write in writes:
        entry = restored.get(write.id)
        if write.outcome == "acked" and write.ended <= target.included - clock_error_s:
            acknowledged += 1
            _note(wrong, _lack(write, entry), write.id)
        elif write.started > target.excluded + clock_error_s:
            later += entry is None
            _note(wrong, "began after the moment and are there" if entry else "", write.id)
        elif write.outcome == "refused" and entry is not None:
            _note(wrong, "were refused and are there", write.id)
        else:
            undecided += 1
    for key in difference.only_living:
        if key in known:
            continue
        at = commits.get(key)
        if key in commits and (at is None or at <= target.included):
            _note(wrong, "were committed by the moment and are missing", key)
        else:
            later += 1
    for key in difference.only_restored:
        _note(wrong, "are in the backup and gone from the living service", key)
    for key in difference.unlike:
        _note(wrong, "differ from the living service", key)
    return Judgement(acknowledged, later, undecided, tuple(_sentences(service, wrong)))


def _lack(write: Transaction, entry: LedgerEntry | None) -> str:
    if entry is None:
        return "were acknowledged by the moment and are missing"
    if entry.entries != 1:
        return "are there more than once"
    return "" if entry.content == write.content else "have another content than was acknowledged"


def _note(wrong: dict[str, list[str]], what: str, key: str) -> None:
    if what:
        wrong.setdefault(what, []).append(key)


def _sentences(service: str, wrong: Mapping[str, Sequence[str]]) -> Iterable[str]:
    for what, keys in sorted(wrong.items()):
        shown = ", ".join(sorted(keys)[:_SHOWN])
        more = f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else ""
        yield f"{service}: {len(keys)} rows {what}: {shown}{more}"

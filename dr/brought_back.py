"""What an operator deleted and a restore beside the living service brought back."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BroughtBack"]


@dataclass(frozen=True, slots=True)
class BroughtBack:
    """One wrong deletion, from the transaction that made it to the rows that are there again."""

    service: str
    table: str
    leader: str
    transaction: int
    """As the leader's WAL names it; the restore stops just before its commit."""
    committed_at: str
    deleted: int
    """Rows that the transaction deleted, counted in the WAL."""
    restored_on: str
    backup: str
    bytes: int
    """What was restored."""
    copy_s: float
    start_s: float
    missing: int | None = None
    """Rows that the restored server had and the living one had not."""
    brought_back: int | None = None
    still_missing: int | None = None
    """After they were put back; 0 is the aim."""

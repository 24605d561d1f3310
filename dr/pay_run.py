"""A pay run that was in flight when its centre was lost, and what became of it elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["PayRun"]


@dataclass(frozen=True, slots=True)
class PayRun:
    """One run of made-up pensions, from the host where it was started to that where it ended."""

    day: str
    pensions: int
    seed: int
    part: int
    """Pensions of a transaction."""
    started_on: str
    parts: int
    """Of the whole run."""
    parts_before: int
    """Done when the disaster was let loose."""
    finished_on: str | None = None
    finished_s: float | None = None
    """After the fault."""
    payments: int | None = None
    net: int | None = None
    """Yen."""
    tries: int = 0
    """Starts until it went through."""
    differences: tuple[str, ...] = ()
    """Sentences of the comparison of payments, ledger, files; none is the aim."""
    files: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of every file for the banks and of their manifest, by name."""

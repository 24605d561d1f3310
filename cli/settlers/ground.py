"""What a settler is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dr.faults import Faults
from inventory import Estate
from inventory.transport import Transport
from proof import Journal
from twin.conductor import Conductor
from twin.fleet import Fleet

__all__ = ["Ground", "SettleFailed", "Settlement", "no_settlement"]


class SettleFailed(Exception):
    """Something that a killed run did is still in force; the sentence says what."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a killed run acted, reached as it reached it; this process stands at the bastion."""

    estate: Estate
    fleet: Fleet
    conductor: Conductor
    transport: Transport
    faults: Faults
    journal: Journal
    """The killed run's, taken up: `undone` is written there."""
    is_disposable: bool
    """The twin is cleared afterwards: nothing need be undone."""
    by_verb: str
    """The command that found the run, and what it is about to do."""
    by_context: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of a killed run."""

    sentences: tuple[str, ...]
    undone: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    """A sentence for each thing that is still in force."""
    files: tuple[Path, ...] = ()
    """What was written down of it."""
    is_bad: bool = False
    """A write met a bad fate, or its fate is not known."""
    is_left_to_next: bool = False
    """The command that found the run finishes it by what it does anyway."""

    is_standing: bool = False
    """What is left harms nobody: it stays in the journal, and other commands may act before it is ended."""

    def and_said(self, sentence: str, *, left: tuple[str, ...]) -> Settlement:
        """The same with one more sentence, and with this left."""
        return replace(self, sentences=(*self.sentences, sentence), left=left)


def no_settlement(sentence: str) -> Settlement:
    """Nothing was to be undone, for this reason."""
    return Settlement((sentence,))

"""What a matching run read and found, so that two runs can be compared; it names no hour."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from nenkin.matching.level import Level

FORMAT = "nenkin-match-1"


def _none() -> dict[str, int]:
    return {level.name.lower(): 0 for level in Level}


@dataclass(slots=True)
class MatchManifest:
    """Numbers read, pairs and crowds found by level, and checksums of both; the generation is that of the input."""

    numbers: int = 0
    pairs: dict[str, int] = field(default_factory=_none)
    crowds: dict[str, int] = field(default_factory=_none)
    input_sha256: str = ""
    found_sha256: str = ""

    @property
    def found(self) -> int:
        """Pairs and crowds so far."""
        return sum(self.pairs.values()) + sum(self.crowds.values())

    def close(self, input_sha256: str, found_sha256: str) -> None:
        """Completes it at the end of the run."""
        self.input_sha256, self.found_sha256 = input_sha256, found_sha256

    def document(self) -> dict[str, Any]:
        """It as a document that depends on nothing but the numbers on record."""
        return {
            "format": FORMAT,
            "generation": self.input_sha256[:16],
            "inputs": {"numbers": self.numbers, "sha256": self.input_sha256},
            "counts": {"pairs": self.pairs, "crowds": self.crowds},
            "sums": {"pairs": sum(self.pairs.values()), "crowds": sum(self.crowds.values())},
            "sha256": self.found_sha256,
        }

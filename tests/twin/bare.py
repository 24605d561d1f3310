"""What bare hosts gave, kept beside the snapshot that was made of them: a later run starts there and compares.

So is that a second provisioning of them changed nothing: a snapshot is known by everything that decides about it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from playbooks.fingerprint import Record, difference
from twin.evidence import fingerprint_of, live_state_of
from twin.lab import Lab

__all__ = ["Bare", "keep_unchanged", "path_in", "was_unchanged"]

_FILE, _UNCHANGED = "bare.json", "provisioned-again"


def path_in(snapshot: Path) -> Path:
    """Where it is kept; a snapshot that another command made has none."""
    return snapshot / _FILE


def was_unchanged(snapshot: Path) -> bool:
    """Whether a second provisioning of these very sources has changed nothing before."""
    return (snapshot / _UNCHANGED).exists()


def keep_unchanged(snapshot: Path) -> None:
    """Remember that a second provisioning changed nothing."""
    (snapshot / _UNCHANGED).touch()


@dataclass(frozen=True, slots=True)
class Bare:
    """Files and running state of every host."""

    files: Mapping[str, Mapping[str, Record]]
    running: Mapping[str, Mapping[str, tuple[str, ...]]]

    @classmethod
    def of(cls, lab: Lab) -> Bare:
        """What a running lab is now."""
        return cls(
            {name: fingerprint_of(lab, name) for name in lab.names},
            {name: live_state_of(lab, name) for name in lab.names},
        )

    @classmethod
    def read(cls, snapshot: Path) -> Bare:
        """What the hosts were of which a snapshot was made."""
        kept = json.loads(path_in(snapshot).read_text())
        running = {
            name: {part: tuple(lines) for part, lines in state.items()}
            for name, state in kept["running"].items()
        }
        return cls(kept["files"], running)

    def write(self, snapshot: Path) -> None:
        """Keep it with its snapshot."""
        path_in(snapshot).write_text(json.dumps({"files": self.files, "running": self.running}))

    def differences(self, lab: Lab) -> list[str]:
        """A sentence for each thing in which a running lab is another than this."""
        now, found = Bare.of(lab), []
        for name, before in self.files.items():
            found += [f"{name}: {words}" for words in difference(before, now.files[name])]
            found += [
                f"{name}: {part} was {self.running[name][part]}, is {lines}"
                for part, lines in now.running[name].items()
                if lines != self.running[name][part]
            ]
        return found

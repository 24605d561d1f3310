"""What a rolling change has done so far, on disk before it is done: whoever comes next knows where it stands.

One line of JSON for each fact, each on the disk before the act that it announces. A journal whose last
line is not `ended` belongs to a run that broke off. A line that was cut short means nothing.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dr.rolling.batches import Batch
from dr.rolling.change import Change
from dr.rolling.ways import Way

__all__ = ["FORMAT", "Journal", "Standing", "read_journal"]

FORMAT = "hikae.patch/1"


class Journal:
    """Appends facts; each is on the disk when its method returns."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)

    def begin(self, change: Change, conductor: str, batches: Sequence[Batch]) -> None:
        """A new run: what will be done. A journal of an earlier run is replaced whole."""
        fresh = self._path.with_name(self._path.name + ".new")
        fresh.unlink(missing_ok=True)
        self._append(
            fresh,
            {
                "event": "begun",
                "format": FORMAT,
                "change": asdict(change),
                "conductor": conductor,
                "batches": [asdict(batch) for batch in batches],
            },
        )
        fresh.replace(self._path)
        _sync_folder(self._path.parent)

    def write(self, event: str, **more: object) -> None:
        """One more fact: batch, drain, drained, change, changed, undrain, undrained, healthy, ended."""
        self._append(self._path, {"event": event, **more})

    @staticmethod
    def _append(path: Path, fact: Mapping[str, object]) -> None:
        # A line that was cut short by a crash must not swallow the next one.
        line = f"\n{json.dumps({'at': time.time(), **fact})}\n".encode()
        with path.open("ab") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a run stands by its journal."""

    change: Change
    conductor: str
    batches: tuple[Batch, ...]
    done: tuple[int, ...]
    """Numbers of the batches that were changed and whole again."""
    open_batch: int | None
    """The batch that was under way."""
    is_changed: bool
    """Whether the change of that batch is known to have come about."""
    drained: tuple[Way, ...]
    """What was led around and not led back, in the order in which it was done."""
    ended: str | None
    """What the run ended in: `done`, `stopped`, `undone`; None where it broke off."""

    @property
    def left(self) -> tuple[Batch, ...]:
        """The batches that are still to be done, the open one among them."""
        return tuple(batch for batch in self.batches if batch.number not in self.done)

    @property
    def is_open(self) -> bool:
        """Whether something is left standing half-way."""
        return self.ended is None or bool(self.drained)

    def sentences(self) -> tuple[str, ...]:
        """Say where it stands."""
        said = [f"{self.change.name}: {len(self.done)} of {len(self.batches)} batches are done"]
        for batch in self.batches:
            if batch.number == self.open_batch:
                state = "was changed, not yet found whole" if self.is_changed else "was under way"
                said.append(f"batch {batch.number} ({', '.join(batch.hosts)}) {state}")
        said += [f"drained: {way.kind} of {way.host} {way.of}".rstrip() for way in self.drained]
        return tuple(said)


def read_journal(path: Path) -> Standing | None:
    """Give where the last run stands; None where there was none."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return None
    facts: list[dict[str, Any]] = []
    for line in lines:
        try:
            fact = json.loads(line)
        except ValueError:
            continue
        if isinstance(fact, dict):
            facts.append(fact)
    if not facts or facts[0].get("format") != FORMAT:
        return None
    begun = facts[0]
    done: list[int] = []
    drained: list[Way] = []
    open_batch: int | None = None
    is_changed, ended = False, None
    for fact in facts[1:]:
        match fact["event"]:
            case "batch":
                open_batch, is_changed, ended = int(fact["number"]), False, None
            case "drain":
                drained = [way for way in drained if way != Way(**fact["way"])]
                drained.append(Way(**fact["way"]))
            case "undrained":
                drained = [way for way in drained if way != Way(**fact["way"])]
            case "changed":
                is_changed = True
            case "healthy":
                done.append(int(fact["number"]))
                open_batch = None
            case "ended":
                ended = str(fact["how"])
    return Standing(
        change=Change(**begun["change"]),
        conductor=str(begun["conductor"]),
        batches=tuple(
            Batch(b["number"], b["stage"], tuple(b["hosts"]), tuple(b["taken"]))
            for b in begun["batches"]
        ),
        done=tuple(done),
        open_batch=open_batch,
        is_changed=is_changed,
        drained=tuple(drained),
        ended=ended,
    )


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""Runs that are under way: each act is on the disk, with its way back, before it is begun.

A run that ends removes its file. A file that nobody holds is of a run that was killed: it says how far that run
came and what is still in force, and whoever comes next follows the ways back from another process.

    {"format": "hikae.journal/1", "verb": "drill run", …}        what run it is
    {"at": 1764001234.5, "begun": 3, "name": "…", "way": {…}}    before the act
    {"at": 1764001239.1, "done": 3}                              it has been done; its way back is still needed
    {"at": 1764001299.0, "undone": 3}                            its way back was followed, or is needed no more
    {"at": 1764001233.0, "facts": {…}}                           what was learnt that the way back may need
"""

from __future__ import annotations

import fcntl
import json
import os
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from proof.errors import JournalBusy

__all__ = ["Broken", "Heading", "Journal", "Step", "Way", "find_broken"]

_FORMAT = "hikae.journal/1"
_KEPT = "kept"
_PATIENCE_S = 1.0
"""Whoever only looks at a file holds it for a moment."""


@dataclass(frozen=True, slots=True)
class Way:
    """The way back from an act (or on to its end): a kind that its verb knows, and what it needs, as JSON.

    Following it twice, or where the act was never done, must do no harm.
    """

    kind: str
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Heading:
    """What run it is: verb, estate, where, who and under which change; `context` is the verb's own."""

    verb: str
    words: str
    """The run in words, for a sentence: `drill tokyo-loss`."""
    estate: str
    on: str
    person: str
    role: str
    change: str
    started: float
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """One act of a run, and how far it is; moments are `time.time()`."""

    number: int
    name: str
    begun: float
    way: Way | None = None
    done: float | None = None
    undone: float | None = None


@dataclass(frozen=True, slots=True)
class Broken:
    """A run that was killed, as its file tells it."""

    path: Path
    heading: Heading
    steps: tuple[Step, ...]
    facts: Mapping[str, Any]
    until: float
    """The last moment of which anything is written."""

    @property
    def in_force(self) -> tuple[Step, ...]:
        """Acts whose way back has not been followed, the last one first: the order of their undoing."""
        return tuple(s for s in reversed(self.steps) if s.way is not None and s.undone is None)

    @property
    def under_way(self) -> Step | None:
        """The innermost act that was begun and not done when the run was killed."""
        open_ = [s for s in self.steps if s.way is None and s.done is None and s.undone is None]
        return open_[-1] if open_ else None


class Journal:
    """The journal of one run, held by this process; the kernel lets go of it when the process dies."""

    def __init__(self, path: Path, file: IO[bytes], steps: int) -> None:
        self.path, self._file, self._steps = path, file, steps
        self._in_force: set[int] = set()

    @classmethod
    def begin(cls, folder: Path, heading: Heading) -> Journal:
        """Begin a run; its heading is on the disk when this returns."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / f"{heading.started:.6f}-{uuid.uuid4().hex[:8]}.jsonl"
        unseen = path.with_suffix(".new")
        # Held before anybody can see it: a run that has just begun is never taken for a killed one.
        journal = cls(path, _hold(unseen, os.O_CREAT | os.O_EXCL), 0)
        journal._write({"format": _FORMAT, **_plain(heading)})
        unseen.rename(path)
        _sync_folder(folder)
        return journal

    @classmethod
    def take_up(cls, broken: Broken) -> Journal:
        """Go on with the file of a killed run; JournalBusy where another process does so already."""
        journal = cls(broken.path, _hold(broken.path, patience_s=_PATIENCE_S), len(broken.steps))
        _cut_torn(journal._file)
        return journal

    def begun(self, name: str, way: Way | None = None) -> int:
        """Write down an act before it is done; gives its number."""
        number, self._steps = self._steps, self._steps + 1
        line: dict[str, Any] = {"at": time.time(), "begun": number, "name": name}
        if way is not None:
            self._in_force.add(number)
            line["way"] = _plain(way)
        self._write(line)
        return number

    def done(self, number: int) -> None:
        """Write down that an act has been done; its way back stays in force."""
        self._write({"at": time.time(), "done": number})

    def undone(self, number: int) -> None:
        """Write down that an act's way back was followed, or is needed no more."""
        self._write({"at": time.time(), "undone": number})
        self._in_force.discard(number)

    def all_undone(self) -> None:
        """Write down that nothing is in force any more: what it was in force on is gone."""
        for number in sorted(self._in_force):
            self.undone(number)

    @property
    def is_in_force(self) -> bool:
        """Whether a way back of this run has not been followed."""
        return bool(self._in_force)

    def learn(self, **facts: Any) -> None:
        """Write down what is known only now and may be needed by whoever comes next."""
        self._write({"at": time.time(), "facts": facts})

    @contextmanager
    def step(self, name: str, way: Way | None = None) -> Iterator[int]:
        """An act around the caller's block; where the block raises, it stays begun and in force."""
        number = self.begun(name, way)
        yield number
        self.done(number)

    def close(self) -> None:
        """The run has ended: its file goes, unless something is in force, which is left to whoever comes next."""
        if not self._in_force:
            self.path.unlink(missing_ok=True)
        self._file.close()

    def let_go(self) -> None:
        """Leave the file to whoever comes next."""
        self._file.close()

    def put_aside(self) -> Path:
        """A killed run has been settled: its file is kept, out of the way; returns where."""
        kept = self.path.parent / _KEPT / self.path.name
        kept.parent.mkdir(exist_ok=True, mode=0o700)
        self.path.rename(kept)
        _sync_folder(self.path.parent)
        self._file.close()
        return kept

    def _write(self, line: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(line, ensure_ascii=False, sort_keys=True).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())


def find_broken(folder: Path) -> tuple[Broken, ...]:
    """Every run that was killed, the oldest first; a run that somebody holds is alive and left out."""
    found = []
    for path in sorted(folder.glob("*.jsonl")) if folder.is_dir() else ():
        try:
            held = _hold(path, lock=fcntl.LOCK_SH)
        except (JournalBusy, FileNotFoundError):
            continue
        with held:
            broken = _read(path)
        if broken is not None:
            found.append(broken)
    return tuple(found)


def _hold(
    path: Path, flags: int = 0, *, lock: int = fcntl.LOCK_EX, patience_s: float = 0.0
) -> IO[bytes]:
    file = os.fdopen(os.open(path, os.O_RDWR | os.O_APPEND | flags, 0o600), "r+b", buffering=0)
    ends = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(file, lock | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() < ends:
                time.sleep(0.05)
                continue
            file.close()
            raise JournalBusy(f"Another process holds {path}: wait for it.") from None
        return file


def _read(path: Path) -> Broken | None:
    """Read a file up to its last whole line; None for one without a heading."""
    lines = [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]
    if not lines or lines[0].pop("format", "") != _FORMAT:
        return None
    heading = Heading(**lines[0])
    steps: dict[int, Step] = {}
    facts: dict[str, Any] = {}
    until = heading.started
    for line in lines[1:]:
        until = float(line["at"])
        if "begun" in line:
            way = Way(**line["way"]) if "way" in line else None
            steps[line["begun"]] = Step(line["begun"], line["name"], until, way)
        elif "done" in line:
            steps[line["done"]] = replace(steps[line["done"]], done=until)
        elif "undone" in line:
            steps[line["undone"]] = replace(steps[line["undone"]], undone=until)
        else:
            facts |= line["facts"]
    return Broken(path, heading, tuple(steps.values()), facts, until)


def _plain(value: Heading | Way) -> dict[str, Any]:
    names = value.__dataclass_fields__
    return {n: dict(v) if isinstance(v := getattr(value, n), Mapping) else v for n in names}


def _cut_torn(file: IO[bytes]) -> None:
    """A kill in the middle of a write leaves part of a line: nothing was done after it."""
    data = file.read()
    file.truncate(data.rfind(b"\n") + 1)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""A watch over the room on a disk: it stops what fills it before nobody else can write any more."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

__all__ = ["Room", "free_bytes", "watched"]

_EVERY_S = 1.0


@dataclass(slots=True)
class Room:
    """What a watch has seen: bytes that were free at its start and at the least; whether it had to stop."""

    folder: Path
    first: int
    least: int
    is_short: bool = False
    ended: Event = field(default_factory=Event)

    @property
    def most_used(self) -> int:
        """Bytes that were taken at the most since the start, by whomever."""
        return self.first - self.least


def free_bytes(folder: Path) -> int:
    """Bytes that are free on the disk of a folder; raises OSError."""
    return shutil.disk_usage(folder).free


@contextmanager
def watched(
    folder: Path, floor: int, stop: Callable[[], None], free: Callable[[Path], int] = free_bytes
) -> Iterator[Room]:
    """Calls `stop` once, from another thread, when fewer than `floor` bytes are free; raises OSError."""
    found = free(folder)
    room = Room(folder, found, found)

    def look() -> None:
        while not room.ended.wait(_EVERY_S):
            with contextlib.suppress(OSError):
                room.least = min(room.least, free(folder))
            if room.least < floor:
                room.is_short = True
                stop()
                return

    watch = Thread(target=look, name="room", daemon=True)
    watch.start()
    try:
        yield room
    finally:
        room.ended.set()
        watch.join()

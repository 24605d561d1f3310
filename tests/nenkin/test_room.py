"""The watch over a disk: it stops what fills it, once, and says how much was taken."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from nenkin import room


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_EVERY_S", 0.001)


def watch(tmp_path: Path, *told: int) -> tuple[room.Room, list[str]]:
    """A watch with a floor of 8 that is told so many free bytes, one after another, and then the last again."""
    free, stopped = iter(told), []

    def next_free(_: Path) -> int:
        return next(free, told[-1])

    with room.watched(tmp_path, 8, lambda: stopped.append("stop"), next_free) as found:
        ends = time.monotonic() + 5
        while found.least > min(told) and time.monotonic() < ends:
            time.sleep(0.001)
        found_short = found.is_short or min(told) >= 8
        while not found_short and time.monotonic() < ends:
            time.sleep(0.001)
            found_short = found.is_short
    return found, stopped


def test_it_stops_once_below_the_floor(tmp_path: Path) -> None:
    found, stopped = watch(tmp_path, 20, 12, 7, 3)
    assert found.is_short
    assert stopped == ["stop"]
    assert found.most_used == 13


def test_it_leaves_alone_what_has_room(tmp_path: Path) -> None:
    found, stopped = watch(tmp_path, 20, 8, 15)
    assert not found.is_short
    assert stopped == []
    assert found.most_used == 12


def test_the_disk_itself(tmp_path: Path) -> None:
    assert room.free_bytes(tmp_path) > 0
    with pytest.raises(FileNotFoundError):
        room.free_bytes(tmp_path / "none")

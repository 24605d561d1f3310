"""A keeper ends its run when the worker is gone or silent, and whoever looks later learns how it ended."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from monitors.dispatch.folders import Ended, RunFolder, moment
from monitors.dispatch.orders import Order
from tests.dr_acting.postgres import wait_until

LONG_S = 60.0


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder.of(tmp_path, 7)


@pytest.fixture
def started(folder: RunFolder, tmp_path: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Keepers that are ended after the test."""
    made: list[subprocess.Popen[bytes]] = []
    yield made
    for keeper in made:
        keeper.kill()
        keeper.wait()
        if keeper.stdin:
            keeper.stdin.close()


def order(script: str, **more: object) -> Order:
    plain = Order("a", ("/bin/sh", "-c", script))
    return replace(plain, **more)  # type: ignore[arg-type]


def start(
    folder: RunFolder, script: str, started: list[subprocess.Popen[bytes]], lease_s: float = LONG_S
) -> subprocess.Popen[bytes]:
    until = time.monotonic() + lease_s
    started.append(folder.start(order(script), "n/a/1", until, folder.path.parent / "place", {}))
    return started[-1]


def settled(folder: RunFolder) -> Ended:
    wait_until(lambda: folder.settle() is not None)
    found = folder.settle()
    assert found is not None
    return found


def test_what_ends_by_itself_has_its_manifest_and_its_files(
    folder: RunFolder, started: list[subprocess.Popen[bytes]]
) -> None:
    script = (
        'echo words; echo \'{"count": 2}\'; printf 12 > "$HIKAE_OUT/x"; test "$HIKAE_TOKEN" = 7'
    )
    start(folder, script, started).wait(15)
    ended = settled(folder)
    assert (ended.exit, ended.killed) == (0, "")
    assert ended.manifest["said"] == {"count": 2}
    assert ended.manifest["files"]["x"]["bytes"] == 2
    place = folder.publish()
    assert place is not None
    assert (place / "x").read_text() == "12"
    # Told twice, as after a kill between the two: the same.
    assert folder.publish() == place
    assert settled(folder).manifest == ended.manifest


def test_what_fails_has_its_error(
    folder: RunFolder, started: list[subprocess.Popen[bytes]]
) -> None:
    start(folder, "echo why >&2; exit 3", started).wait(15)
    assert settled(folder) == Ended(3, {"error": "why"})


def test_a_program_that_is_not_there(folder: RunFolder, tmp_path: Path) -> None:
    keeper = folder.start(
        Order("a", ("/nonexistent",)), "n/a/1", time.monotonic() + LONG_S, tmp_path / "p", {}
    )
    assert keeper.stdin
    keeper.wait(15)
    keeper.stdin.close()
    assert settled(folder).exit == 127


def test_a_silent_worker_costs_the_run(
    folder: RunFolder, started: list[subprocess.Popen[bytes]]
) -> None:
    start(folder, "sleep 60", started, lease_s=0.5).wait(15)
    assert settled(folder).killed == "lease over"


def test_a_renewed_lease_keeps_it_alive(
    folder: RunFolder, started: list[subprocess.Popen[bytes]]
) -> None:
    keeper = start(folder, "sleep 2; exit 0", started, lease_s=1.5)
    assert keeper.stdin
    os.write(keeper.stdin.fileno(), moment(time.monotonic() + LONG_S))
    keeper.wait(15)
    assert settled(folder).exit == 0


def test_a_dead_worker_costs_the_run_with_all_that_it_started(
    folder: RunFolder, started: list[subprocess.Popen[bytes]]
) -> None:
    keeper = start(folder, 'sleep 60 & echo $! > "$HIKAE_OUT/pid"; sleep 60', started)
    pid = folder.path / "out" / "pid"
    wait_until(lambda: pid.exists() and pid.read_text().strip())
    assert folder.settle() is None, "it lives, so it is not settled"
    assert keeper.stdin
    keeper.stdin.close()
    keeper.wait(15)
    assert settled(folder).killed == "worker gone"
    wait_until(lambda: not psutil.pid_exists(int(pid.read_text())))


def test_what_leaves_the_session_does_not_outlive_the_run(
    folder: RunFolder, started: list[subprocess.Popen[bytes]]
) -> None:
    away = 'setsid sh -c "echo \\$\\$ > \\$HIKAE_OUT/pid; sleep 60" &'
    script = away + ' while ! test -s "$HIKAE_OUT/pid"; do sleep 0.05; done'
    start(folder, script, started).wait(15)
    assert settled(folder).exit == 0
    assert not psutil.pid_exists(int((folder.path / "out" / "pid").read_text()))


def test_a_keeper_that_is_killed_takes_its_run_along(
    folder: RunFolder, started: list[subprocess.Popen[bytes]]
) -> None:
    keeper = start(folder, 'echo > "$HIKAE_OUT/begun"; exec sleep 60', started)
    wait_until((folder.path / "out" / "begun").exists)
    keeper.send_signal(signal.SIGKILL)
    assert settled(folder).killed == "keeper gone"


def test_a_keeper_that_comes_late_starts_nothing(
    folder: RunFolder, started: list[subprocess.Popen[bytes]]
) -> None:
    """The worker is killed between its words and the keeper's first step; the next one has settled the run by then."""
    start(folder, "exit 0", started).wait(15)
    (folder.path / "result.json").unlink()
    assert settled(folder).killed == "keeper gone"
    script = Path(__file__).parents[3] / "monitors/dispatch/keeper.py"
    done = subprocess.run(
        ["python3", "-I", str(script), str(folder.path)], stdin=subprocess.DEVNULL, check=False
    )
    assert done.returncode == 2


def test_memory_beyond_what_is_declared_is_refused(tmp_path: Path) -> None:
    folder = RunFolder.of(tmp_path, 8)
    hungry = Order("a", ("{python}", "-c", "x = bytearray(400 << 20)"), memory_mb=128)
    keeper = folder.start(hungry, "n/a/1", time.monotonic() + LONG_S, tmp_path / "p", {})
    keeper.wait(15)
    assert keeper.stdin
    keeper.stdin.close()
    assert "MemoryError" in str(settled(folder).manifest["error"])

"""Real processes on one chain: killed at any moment, many at once, and on a disk that is full."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from proof import Chain, digest, read_chain
from tests.proof.conftest import judged
from tests.proof.example import act

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = [sys.executable, "-m", "tests.proof.appender"]
KILLS = 60
DEADLINE_S = 90
PROCESSES, EACH = 4, 25


@pytest.fixture
def server(chain: Chain, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process whose children append to the chain; it dies with the test."""
    argv = [*PROGRAM, "serve", str(chain.folder), str(tmp_path / "acks")]
    pipe = subprocess.PIPE
    with subprocess.Popen(argv, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        yield process
        process.kill()


def test_a_chain_survives_being_killed_at_any_moment(
    chain: Chain, server: subprocess.Popen[str], tmp_path: Path
) -> None:
    assert server.stdin
    assert server.stdout
    acks = tmp_path / "acks"
    acks.touch()
    life_s, kills, told = 0.01, 0, 0
    until = time.monotonic() + DEADLINE_S
    while (kills < KILLS or told < KILLS) and time.monotonic() < until:
        server.stdin.write("go\n")
        server.stdin.flush()
        child = int(server.stdout.readline())
        time.sleep(random.uniform(0, life_s))
        os.kill(child, signal.SIGKILL)
        assert server.stdout.readline() == "gone\n"
        assert judged(chain).findings == ()
        before, told = told, acks.read_text().count("\n")
        # A busy machine needs longer for one append; a child that lives long teaches little.
        life_s = min(life_s * (1.2 if told == before else 0.9), 1)
        kills += 1
    chain.append(act())
    report = judged(chain, (chain.folder / "head.json").read_bytes())
    assert (report.findings, report.notes) == ((), ())
    hashes = [digest(line) for line in read_chain(chain.folder).lines.splitlines()]
    acknowledged = [ack.split() for ack in acks.read_text().splitlines()]
    assert len(acknowledged) >= KILLS // 2
    assert [seq for seq, hash_ in acknowledged if hashes[int(seq)] != hash_] == []


def test_many_processes_append_at_once(chain: Chain) -> None:
    argv = [*PROGRAM, "append", str(chain.folder), str(EACH)]
    started = [
        subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(PROCESSES)
    ]
    said = [process.communicate(timeout=120)[0] for process in started]
    assert [process.returncode for process in started] == [0] * PROCESSES
    acknowledged = dict(line.split() for text in said for line in text.splitlines())
    assert len(acknowledged) == PROCESSES * EACH
    report = judged(chain)
    assert (report.is_sound, report.entries) == (True, PROCESSES * EACH + 1)
    hashes = [digest(line) for line in read_chain(chain.folder).lines.splitlines()]
    assert all(hashes[int(seq)] == hash_ for seq, hash_ in acknowledged.items())


def starved(argv: list[str]) -> dict[str, Any]:
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def ensure_nothing_lost(said: dict[str, Any], words: str) -> None:
    assert all(words in sentence for sentence in said["words"]), said["words"]
    assert all("the act is not recorded" in sentence for sentence in said["words"])
    assert said["full"]["is_sound"]
    assert said["full"]["entries"] == said["full"]["head_size"] == said["acknowledged"]
    assert said["after"]["is_sound"]
    assert said["after"]["entries"] == said["acknowledged"] + 1
    assert said["set_aside"] == 0


def test_a_full_disk_loses_nothing_and_says_what_to_do(tmp_path: Path) -> None:
    unshare = shutil.which("unshare")
    if os.geteuid() != 0 or unshare is None:
        pytest.skip("mounting a small disk in a namespace of its own needs root")
    # The mount is in a namespace that ends with the program: nothing of it is seen outside.
    mount = 'mount -t tmpfs -o size=192k tmpfs "$0" && exec "$@"'
    said = starved(
        [unshare, "--mount", "sh", "-c", mount, str(tmp_path), *PROGRAM, "fill", str(tmp_path)]
    )
    ensure_nothing_lost(said, "the disk is full")
    assert "Free space there (`df " in said["words"][0]
    assert not (tmp_path / "chain").exists()


def test_a_limit_on_files_loses_nothing_and_says_what_to_do(tmp_path: Path) -> None:
    said = starved([*PROGRAM, "limit", str(tmp_path)])
    ensure_nothing_lost(said, "a file may not grow further")
    assert "Raise the limit (`ulimit -f`)" in said["words"][0]

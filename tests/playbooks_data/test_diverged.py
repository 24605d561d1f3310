"""What pg_rewind would erase is saved before it runs, on real servers; where it cannot be saved nothing is erased."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.dr_acting.postgres import USER, Server, as_user, binaries, server, standby, wait_until
from tests.playbooks_data.conftest import ROLES

PROGRAM = ROLES / "postgres/files/tree/usr/local/lib/hikae/diverged"


@dataclass
class Pair:
    """An old leader with commits that the new one never saw; the old one is shut down."""

    old: Server
    new: Server
    home: Path
    program: Path

    def rewind(self, *more: str) -> subprocess.CompletedProcess[str]:
        source = f"host={self.new.folder} port={self.new.port} user={USER} dbname=postgres"
        argv = [sys.executable, "-sB", str(self.program)]
        argv += ["-D", str(self.old.data), "--source-server", source, *more]
        env = {"HIKAE_PG_PROGRAMS": str(binaries()), "HIKAE_DIVERGED": str(self.home)}
        env |= {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(
            as_user(argv), capture_output=True, text=True, check=False, env=env, cwd="/tmp"
        )

    def meta(self) -> dict[str, Any]:
        (path,) = self.home.glob("*/meta.json")
        found: dict[str, Any] = json.loads(path.read_text())
        return found

    def rows(self) -> list[dict[str, Any]]:
        (path,) = self.home.glob("*/rows.jsonl")
        return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
def pair() -> Iterator[Pair]:
    work = Path(tempfile.mkdtemp(prefix="hikae-diverged-"))
    work.chmod(0o755)
    shutil.copytree(PROGRAM, work / "diverged")
    (work / "saved").mkdir()
    if os.geteuid() == 0:
        shutil.chown(work / "saved", USER)
    with server() as old:
        old.start("wal_log_hints=on", "wal_keep_size=64MB")
        old.ask("create table paid (key int primary key, amount int)")
        old.ask("insert into paid values (1, 100)")
        with standby(old) as new:
            new.start()
            wait_until(lambda: new.ask("select count(*) from paid") == "1")
            new.command("pg_ctl", "-w", "-D", str(new.data), "promote")
            new.ask("insert into paid values (2, 200)")
            new.ask("checkpoint")
            yield Pair(old, new, work / "saved", work / "diverged")
    shutil.rmtree(work)


def diverge(pair: Pair) -> None:
    """Commits that only the old leader has, and one that it rolled back."""
    pair.old.ask("insert into paid values (7, 700), (8, 800)")
    pair.old.ask("begin; insert into paid values (9, 900); rollback")
    pair.old.ask("update paid set amount = 111 where key = 1")


def stop(old: Server) -> None:
    old.command("pg_ctl", "-w", "-D", str(old.data), "-m", "fast", "stop")


def comes_back(pair: Pair) -> bool:
    """Whether the old leader follows the new one after the rewind."""
    source = f"host={pair.new.folder} port={pair.new.port} user={USER}"
    (pair.old.data / "standby.signal").touch()
    pair.old.start(f"primary_conninfo='{source}'")
    wait_until(lambda: pair.old.ask("select string_agg(key::text, ',') from paid") == "1,2")
    return pair.old.ask("select pg_is_in_recovery()") == "t"


def test_every_committed_row_is_saved_and_then_the_server_is_rewound(pair: Pair) -> None:
    diverge(pair)
    stop(pair.old)
    done = pair.rewind()
    assert done.returncode == 0, done.stderr
    rows = [(row["table"], row["row"]["key"], row["row"]["amount"]) for row in pair.rows()]
    assert sorted(rows) == [("paid", 1, 111), ("paid", 7, 700), ("paid", 8, 800)]
    meta = pair.meta()
    assert (meta["commits"], meta["rows"]) == (2, 3)
    assert meta["bytes"] > 0
    (folder,) = pair.home.iterdir()
    for name, sha256 in meta["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == sha256
    assert any(name.startswith("wal/") for name in meta["files"])
    assert comes_back(pair)


def test_a_killed_leader_is_saved_after_its_recovery(pair: Pair) -> None:
    diverge(pair)
    pair.old.send(signal.SIGKILL)
    # Patroni recovers a crashed leader by itself before it rewinds.
    pair.old.start("wal_log_hints=on", "wal_keep_size=64MB")
    stop(pair.old)
    done = pair.rewind()
    assert done.returncode == 0, done.stderr
    assert sorted(row["row"]["key"] for row in pair.rows()) == [1, 7, 8]
    assert comes_back(pair)


def test_where_nothing_can_be_saved_nothing_is_erased(pair: Pair) -> None:
    diverge(pair)
    stop(pair.old)
    pair.home.chmod(0o500)
    if os.geteuid() == 0:
        shutil.chown(pair.home, 0)
        pair.home.chmod(0o755)
    done = pair.rewind()
    assert done.returncode == 1
    assert "pg_rewind refused, because the diverged tail could not be saved" in done.stderr
    assert "restart Patroni" in done.stderr
    assert list(pair.home.iterdir()) == []
    pair.old.start()
    assert pair.old.ask("select count(*) from paid where key in (7, 8)") == "2"
    assert pair.old.ask("select pg_is_in_recovery()") == "f"


@pytest.mark.parametrize("question", ["--help", "--version"])
def test_patroni_is_told_that_a_rewind_is_possible(question: str) -> None:
    """Patroni asks `pg_rewind --help` before it ever rewinds; a refusal there means never."""
    argv = [sys.executable, "-sB", str(PROGRAM), question]
    env = {"HIKAE_PG_PROGRAMS": str(binaries()), "PATH": os.environ["PATH"]}
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 0, done.stderr
    assert "pg_rewind" in done.stdout


def test_a_second_call_saves_nothing_twice(pair: Pair) -> None:
    diverge(pair)
    stop(pair.old)
    for more in (["--dry-run"], []):
        done = pair.rewind(*more)
        assert done.returncode == 0, done.stderr
    assert len(list(pair.home.iterdir())) == 1


def test_a_tail_without_commits_is_saved_too(pair: Pair) -> None:
    # The shutdown itself is a record beyond the fork.
    stop(pair.old)
    done = pair.rewind()
    assert done.returncode == 0, done.stderr
    assert pair.meta()["commits"] == 0
    assert pair.rows() == []

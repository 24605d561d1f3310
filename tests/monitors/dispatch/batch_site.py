"""Batch hosts on this machine: real processes that are started again when they end, as systemd does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import psycopg

from monitors.dispatch.board import begin
from monitors.dispatch.orders import Orders
from monitors.dispatch.report import state_document
from tests.contract.tree import ROOT

# Short, so that tests need not wait; a machine that starves a worker for longer only makes it do a job twice.
PATIENCE = {
    "lease_s": 4,
    "margin_s": 0.5,
    "beat_s": 2,
    "stalled_s": 2,
    "poll_s": 0.1,
    "retry_s": 0.1,
}


@dataclass
class Kept:
    """One process, started again whenever it ends, until let go."""

    argv: list[str]
    env: Mapping[str, str]
    log: Path
    kills: int = 0
    _process: subprocess.Popen[bytes] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._keep, daemon=True)
        self._thread.start()

    def _keep(self) -> None:
        while not self._stop.is_set():
            with self._lock:
                if self._stop.is_set():
                    return
                with self.log.open("ab") as log:
                    self._process = subprocess.Popen(
                        self.argv, env=self.env, stdout=log, stderr=log, cwd=ROOT
                    )
            self._process.wait()
            self._stop.wait(0.05)

    def kill(self) -> None:
        """SIGKILL to the process as it is now, or as it is in a moment when it is being started again."""
        ends = time.monotonic() + 10
        while time.monotonic() < ends:
            with self._lock:
                if self._process is not None and self._process.poll() is None:
                    self._process.send_signal(signal.SIGKILL)
                    self.kills += 1
                    return
            time.sleep(0.01)

    def send(self, number: signal.Signals) -> None:
        """A signal to the process as it is now."""
        assert self._process is not None
        self._process.send_signal(number)

    def let_go(self) -> None:
        """Kill it for good."""
        self._stop.set()
        with self._lock:
            if self._process is not None:
                self._process.kill()
        if self._thread is not None:
            self._thread.join(10)


@dataclass
class Site:
    """One batch host: its dispatcher, its workers, its settings."""

    host: str
    folder: Path
    dispatcher: Kept
    workers: list[Kept]
    settings: Path
    dsn: str

    @property
    def all(self) -> list[Kept]:
        return [self.dispatcher, *self.workers]

    def has_run(self, worker: Kept) -> bool:
        """Whether a worker has a run on its disk."""
        return any((self.folder / "work" / worker.argv[-1] / "runs").glob("*"))

    def call(self, *words: str, stdin: str = "", check: bool = True) -> dict[str, Any]:
        """Run `python -m monitors.dispatch …` as hikae does over SSH; its JSON."""
        done = subprocess.run(
            [sys.executable, "-m", "monitors.dispatch", *words],
            env=_environment(self.settings), input=stdin, capture_output=True, text=True, cwd=ROOT,
            check=False,
        )  # fmt: skip
        assert not check or done.returncode == 0, done.stderr + done.stdout
        found: dict[str, Any] = json.loads(done.stdout) | {"exit": done.returncode}
        return found


def _environment(settings: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "HIKAE_BATCH_SETTINGS": str(settings), **more}


@contextmanager
def site(
    folder: Path,
    dsn: str,
    outputs: Path,
    host: str,
    workers: int = 2,
    name: str = "",
    **patience: float,
) -> Iterator[Site]:
    """A batch host whose processes are not started yet; all are killed in the end."""
    folder.mkdir(parents=True)
    settings = folder / "batch.json"
    said = {
        "dsn": dsn,
        "host": host,
        "site": name,
        "folder": str(folder / "work"),
        "outputs": str(outputs),
    }
    settings.write_text(json.dumps({**said, **PATIENCE, **patience}))
    markers = outputs.parent / "markers"
    markers.mkdir(parents=True, exist_ok=True)
    env = _environment(
        settings,
        PYTHONPATH=os.pathsep.join(filter(None, sys.path)),
        HIKAE_TEST_DSN=dsn,
        HIKAE_TEST_MARKERS=str(markers),
    )

    def kept(*words: str) -> Kept:
        argv = [sys.executable, "-m", "monitors.dispatch", *words]
        return Kept(argv, env, folder / f"{'-'.join(words)}.log")

    names = [f"w{number}" for number in range(1, workers + 1)]
    made = Site(host, folder, kept("dispatcher"), [kept("worker", n) for n in names], settings, dsn)
    try:
        yield made
    finally:
        for process in made.all:
            process.let_go()


def begin_night(host: Site, orders: Orders) -> None:
    """Put a night into the host's database; its minute 0 is 00:00 of its day in Japan."""
    midnight = datetime.combine(orders.day, datetime.min.time(), timezone(timedelta(hours=9)))
    with psycopg.connect(host.dsn, autocommit=True) as connection:
        assert begin(connection, orders, midnight)


def state_of(host: Site, night: str) -> dict[str, Any]:
    """Where a night is."""
    with psycopg.connect(host.dsn, autocommit=True) as connection:
        return state_document(connection, night)


def wait_for(host: Site, night: str, deadline_s: float) -> dict[str, Any]:
    """The state of a night that has ended; AssertionError with where it hangs."""
    ends = time.monotonic() + deadline_s
    while True:
        state = state_of(host, night)
        if state["ended"]:
            return state
        hangs = [
            (j["name"], j["state"], j["reason"]) for j in state["jobs"] if j["state"] != "done"
        ]
        assert time.monotonic() < ends, hangs
        time.sleep(0.2)

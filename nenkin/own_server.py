"""A PostgreSQL of its own for a measurement: where no setting names one, begun in a folder that goes with it."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NamedTuple

import psycopg

from nenkin.process import has_ended
from nenkin.settings import InvalidSettings

__all__ = ["OwnServer", "binaries", "own_server"]

_USER = "nobody"  # PostgreSQL refuses to run as root
_PREFIX = "nenkin-bench-"
_START_S, _STOP_S = 60.0, 60.0
# Durable as in production (fsync is on); nothing listens but a socket in the folder.
_SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "log_min_messages": "fatal",
}
# As of the clusters that are run; not those of whoever calls, whose LANG may be missing (SQL_ASCII) or unknown here.
_TEXT = ("--encoding=UTF8", "--locale=C.UTF-8")
_REMEDY = "install it (apt install postgresql), or give connection strings in NENKIN_DSN_RECORDS, _NUMBERS and _PAYMENTS"


class OwnServer(NamedTuple):
    """Its connection string, and a folder for the files of a measurement, which goes with it."""

    dsn: str
    files: Path


def binaries() -> Path:
    """The folder with `postgres` and `initdb`, the newest of Debian's; raises InvalidSettings."""
    found = [
        path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists()
    ]
    if found:
        return max(found, key=lambda path: int(path.parent.name))
    on_path = shutil.which("initdb")
    if on_path is None:
        raise InvalidSettings(f"no server is named and no PostgreSQL is here: {_REMEDY}")
    return Path(on_path).resolve().parent


@contextmanager
def own_server() -> Iterator[OwnServer]:
    """A new server, which ends with the block and with this process, however that ends.

    Its folder lies where TMPDIR says and goes with it; one that a killed process left goes first. Raises InvalidSettings.
    """
    programs = binaries()
    root = Path(tempfile.gettempdir())
    _clear(root)
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=root))
    before = signal.signal(signal.SIGTERM, _end)
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, _USER)
        data = ["-D", str(folder / "data")]
        begin = [str(programs / "initdb"), *data, "-U", "nenkin", "-A", "trust", "-N", *_TEXT]
        _run([*_as_user(), *begin], folder)
        options = [word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}")]
        serve = [str(programs / "postgres"), *data, "-k", str(folder), *options]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [*_as_user("--pdeathsig=INT"), *serve], cwd=folder, stdout=log, stderr=log
            )
        try:
            dsn = f"host={folder} port=5432 user=nenkin dbname=postgres"
            _wait(server, dsn, folder)
            files = folder / "files"
            files.mkdir()
            yield OwnServer(dsn, files)
        finally:
            server.send_signal(signal.SIGINT)  # at once, whoever is still connected
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(_STOP_S)
            server.kill()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        signal.signal(signal.SIGTERM, before)


def _end(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


def _as_user(*options: str) -> list[str]:
    user = [f"--reuid={_USER}", f"--regid={pwd.getpwnam(_USER).pw_gid}", "--clear-groups"]
    return ["setpriv", *(user if os.geteuid() == 0 else []), *options]


def _run(argv: list[str], folder: Path) -> None:
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        said = " ".join((done.stderr or done.stdout).split())
        raise InvalidSettings(
            f"a server of its own could not be begun in {folder.parent}: {said}; {_REMEDY}"
        )


def _wait(server: subprocess.Popen[bytes], dsn: str, folder: Path) -> None:
    ends = time.monotonic() + _START_S
    while True:
        try:
            psycopg.connect(dsn).close()
            return
        except psycopg.OperationalError as error:
            if server.poll() is not None or time.monotonic() > ends:
                said = " ".join(
                    (folder / "log").read_text(encoding="utf-8", errors="replace").split()
                )
                raise InvalidSettings(
                    f"a server of its own did not start: {said or error}; {_REMEDY}"
                ) from error
        time.sleep(0.1)


def _clear(root: Path) -> None:
    """Delete what processes left that were killed: their server has ended with them."""
    for folder in root.glob(f"{_PREFIX}*"):
        if has_ended(folder.name.removeprefix(_PREFIX).partition("-")[0]):
            shutil.rmtree(folder, ignore_errors=True)

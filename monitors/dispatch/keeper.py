"""Keeps one run of a job: starts its program, ends it when the lease is over, writes down how it ended.

    python -I keeper.py FOLDER

A program of its own, standard library only, between worker and job. The worker sends the moment until which the run may
go on (CLOCK_MONOTONIC, eight bytes) down the keeper's standard input. A worker that dies closes it, a worker that is
frozen or cut from the database sends nothing: either way the job is killed before anybody else may start it. Whoever
finds FOLDER later sees by the lock on `alive`, which the job inherits, whether anything of the run still lives, and in
`result.json` how it ended.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import resource
import select
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

_MOMENT = struct.Struct("d")
_KILLED_BY_KEEPER = -1
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def main(folder: Path) -> int:
    """Keep the run that `folder/spec.json` describes; 0, or 2 where it is kept already or was ended before."""
    spec: dict[str, Any] = json.loads((folder / "spec.json").read_text())
    alive = os.open(folder / "alive", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return 2
    if (folder / "result.json").exists():
        return 2
    os.set_inheritable(alive, True)
    # Whoever leaves the job's session becomes the keeper's child, and is found in the end.
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    began = time.time()
    try:
        child = _start(spec, folder, alive)
    except OSError as error:
        (folder / "stderr").write_text(f"{spec['argv'][0]}: {error.strerror}\n")
        _write(folder, {"exit": 127, "began": began, "ended": time.time(), "why": ""})
        return 0
    why = _watch(child, float(spec["until"]))
    # Also what the job left behind: nothing of a run outlives it.
    _kill(child)
    code = child.wait()
    _clear()
    ended = {"began": began, "ended": time.time(), "why": why}
    # A job that had ended by itself before the kill has its own code.
    _write(folder, {"exit": _KILLED_BY_KEEPER if why and code < 0 else code, **ended})
    return 0


def _start(spec: dict[str, Any], folder: Path, alive: int) -> subprocess.Popen[bytes]:
    libc = ctypes.CDLL(None)

    def confine() -> None:
        # Should the keeper itself be killed, its job goes with it.
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        size = int(spec["memory_mb"]) << 20
        # RLIMIT_DATA counts private memory, not what is merely mapped: RLIMIT_AS would forbid large libraries.
        resource.setrlimit(resource.RLIMIT_DATA, (size, size))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        cores = sorted(os.sched_getaffinity(0))
        # Which ones: spread by the run's number, so that two jobs of one core do not share it while another idles.
        first = int(spec["token"]) % len(cores)
        wanted = (cores + cores)[first : first + min(int(spec["cores"]), len(cores))]
        os.sched_setaffinity(0, wanted)

    with (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as err:
        return subprocess.Popen(
            spec["argv"],
            env={**os.environ, **spec["env"]},
            cwd=spec["cwd"],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            pass_fds=(alive,),
            start_new_session=True,
            preexec_fn=confine,  # no threads here, so it is safe
        )


def _watch(child: subprocess.Popen[bytes], until: float) -> str:
    """Wait for the job's end; why it must be killed, or nothing when it ended by itself."""
    ended = os.pidfd_open(child.pid)
    heard = b""
    while True:
        left = until - time.monotonic()
        if left <= 0:
            return "lease over"
        ready, _, _ = select.select([ended, 0], [], [], min(left, 3600.0))
        if ended in ready:
            return ""
        if 0 in ready:
            got = os.read(0, 4096)
            if not got:
                return "worker gone"
            heard += got
            whole = len(heard) - len(heard) % _MOMENT.size
            for (moment,) in _MOMENT.iter_unpack(heard[:whole]):
                until = moment
            heard = heard[whole:]


def _kill(child: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _clear() -> None:
    """Kill what has outlived the job, wherever it went."""
    while True:
        try:
            gone, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if gone == 0:
            for child in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split():
                os.kill(int(child), signal.SIGKILL)
            time.sleep(0.01)


def _write(folder: Path, result: dict[str, Any]) -> None:
    part = folder / ".result.json"
    with part.open("w") as file:
        json.dump(result, file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(folder / "result.json")


if __name__ == "__main__":
    # The worker's end is told by the pipe; a signal to its whole group must not take the keeper first.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(main(Path(sys.argv[1])))

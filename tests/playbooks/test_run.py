"""A tool ends with the command that started it, also when that is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from playbooks.run import _stream
from twin.places import CHECKOUT

CALLER = """
import sys
from pathlib import Path
from playbooks.run import _stream
tool = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
_stream([sys.executable, "-c", tool], {}, Path(sys.argv[1]), print)
"""


def test_a_killed_caller_takes_its_tool_along(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", CALLER, str(tmp_path / "log")]
    env = {**os.environ, "PYTHONPATH": str(CHECKOUT), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, text=True) as caller:
        assert caller.stdout is not None
        tool = int(caller.stdout.readline())
        assert Path("/proc", str(tool)).exists()
        caller.send_signal(signal.SIGKILL)
        caller.wait(10)
    until = time.monotonic() + 10
    while _runs(tool):
        assert time.monotonic() < until, "the tool goes on without its caller"
        time.sleep(0.02)


def _runs(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_the_end_of_a_tool_is_its_own(tmp_path: Path) -> None:
    code, lines = _stream(["sh", "-c", "echo one; exit 3"], {}, tmp_path / "log", lambda _: None)
    assert (code, lines) == (3, ["one"])

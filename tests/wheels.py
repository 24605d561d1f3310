"""What every wheel of ours is held to: the same bytes each time, and a lock that pins all that it needs."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path

__all__ = ["built_twice", "pinning_lock"]


def built_twice(folder: Path, into: Path, name: str) -> Path:
    """The wheel of a folder, built twice to the same bytes; `name` is its distribution's."""
    sums = set()
    for attempt in ("one", "two"):
        argv = [sys.executable, "-m", "build", "--wheel", "--no-isolation", str(folder)]
        subprocess.run([*argv, "-o", str(into / attempt)], check=True, capture_output=True)
        [wheel] = (into / attempt).glob(f"{name}-*-py3-none-any.whl")
        sums.add(hashlib.sha256(wheel.read_bytes()).hexdigest())
    assert len(sums) == 1
    return wheel


def pinning_lock(folder: Path) -> str:
    """The lock of a folder, which pins every dependency of its project by hash."""
    lock = (folder / "requirements.lock").read_text()
    pins = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock, flags=re.MULTILINE))
    wanted = tomllib.loads((folder / "pyproject.toml").read_text())["project"]["dependencies"]
    assert {re.split(r"[\[>=]", entry)[0] for entry in wanted} <= set(pins)
    for entry in re.split(r"\n(?=[a-z0-9])", lock):
        assert "--hash=sha256:" in entry, entry.splitlines()[0]
    return lock

"""Debian packages that tests need, installed where that is allowed."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest

_PROGRAMS = {
    "chromium": Path("/usr/bin/chromium"),
    "chromium-driver": Path("/usr/bin/chromedriver"),
    "fonts-ipaexfont-gothic": Path("/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf"),
}


@cache
def require(*packages: str) -> None:
    """Installs what is missing; skips the test, with the reason, where nothing can be installed."""
    if not _missing(packages):
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        pytest.skip(
            f"{', '.join(packages)}: not installed, and only root on Debian installs packages"
        )
    # Tests run beside one another, and apt does not.
    with (Path(tempfile.gettempdir()) / "hikae-apt.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        missing = _missing(packages)
        if not missing:
            return
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        install = ["apt-get", "install", "-q", "-y", "--no-install-recommends", *missing]
        for argv in (["apt-get", "update", "-q"], install):
            done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)
            if done.returncode:
                pytest.skip(f"{' '.join(argv)}: {done.stderr.strip().splitlines()[-1:]}")


def _missing(packages: tuple[str, ...]) -> list[str]:
    return [name for name in packages if not _PROGRAMS[name].exists()]

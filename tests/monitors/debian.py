"""Programs of Debian packages for tests, unpacked into `var/`: nothing is installed on the machine, and nothing starts."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

__all__ = ["alertmanager", "environment", "program"]

_FOLDER = Path(__file__).resolve().parents[2] / "var" / "debian"
_PACKAGES = {
    "promtool": ("prometheus",),
    "prometheus": ("prometheus",),
    "amtool": ("prometheus-alertmanager",),
    "prometheus-alertmanager": ("prometheus-alertmanager",),
    "haproxy": ("haproxy", "liblua5.3-0", "libopentracing-c-wrapper0", "libopentracing1"),
}


@cache
def program(name: str) -> Path:
    """The program; skips the test, with the reason, where Debian's packages cannot be had."""
    _FOLDER.mkdir(parents=True, exist_ok=True)
    # Tests run beside one another.
    with (_FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for package in _PACKAGES[name]:
            if not (_FOLDER / f"{package}.complete").exists():
                _unpack(package)
    found = shutil.which(name, path=f"{_FOLDER}/root/usr/bin:{_FOLDER}/root/usr/sbin")
    assert found is not None, f"no {name} in {', '.join(_PACKAGES[name])}"
    return Path(found)


def environment() -> dict[str, str]:
    """What an unpacked program needs to find the libraries unpacked beside it."""
    return {**os.environ, "LD_LIBRARY_PATH": f"{_FOLDER}/root/usr/lib/x86_64-linux-gnu"}


def alertmanager() -> Path:
    """Debian's Alertmanager, which reads its templates from one fixed place: they are put there where they are missing."""
    found, templates = (
        program("prometheus-alertmanager"),
        Path("/usr/share/prometheus/alertmanager"),
    )
    if not templates.exists():
        if os.geteuid() != 0:
            pytest.skip(f"only root puts the templates of Alertmanager into {templates}")
        shutil.copytree(_FOLDER / f"root{templates}", templates)
    return found


def _unpack(package: str) -> None:
    if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
        pytest.skip(f"{package}: only Debian has it")
    work = _FOLDER / package
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    download = ["apt-get", "download", "-q", package]
    done = subprocess.run(download, cwd=work, capture_output=True, text=True, check=False)
    if done.returncode:
        # The lists of packages may be missing, or older than the mirror.
        subprocess.run(["apt-get", "update", "-q"], capture_output=True, check=False)
        done = subprocess.run(download, cwd=work, capture_output=True, text=True, check=False)
    archives = list(work.glob("*.deb"))
    if done.returncode or not archives:
        pytest.skip(f"{package}: {done.stderr.strip().splitlines()[-1:]}")
    subprocess.run(["dpkg", "-x", str(archives[0]), str(_FOLDER / "root")], check=True)
    (_FOLDER / f"{package}.complete").touch()
    shutil.rmtree(work)

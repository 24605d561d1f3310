"""The wheels of what runs on hosts, built from the checkout, cached by their content."""

from __future__ import annotations

import hashlib
import shutil
import sys
from pathlib import Path

from twin.places import CHECKOUT, Places
from twin.shell import call

__all__ = ["dispatch_wheel", "nenkin_wheel"]


def nenkin_wheel(places: Places) -> Path:
    """Path of the application's wheel."""
    return _wheel(places, CHECKOUT / "nenkin")


def dispatch_wheel(places: Places) -> Path:
    """Path of the wheel of what runs the night."""
    return _wheel(places, CHECKOUT / "monitors")


def _wheel(places: Places, source: Path) -> Path:
    """Built when the sources changed, with the same bytes for the same sources."""
    digest = hashlib.sha256()
    for path in sorted(source.rglob("*")):
        if path.is_file() and path.suffix in (".py", ".sql", ".csv", ".toml", ".typed"):
            digest.update(str(path.relative_to(source)).encode() + b"\0" + path.read_bytes())
    folder = places.wheels / digest.hexdigest()[:16]
    built = sorted(folder.glob("*.whl"))
    if built:
        return built[0]
    shutil.rmtree(folder, ignore_errors=True)
    partial = folder.with_name(f".{folder.name}")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    argv = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    env = {"PATH": "/usr/bin:/bin", "SOURCE_DATE_EPOCH": "1112281200", "HOME": "/root"}
    call([*argv, "--no-index", "--wheel-dir", str(partial), str(source)], env=env, deadline_s=120)
    partial.rename(folder)
    return sorted(folder.glob("*.whl"))[0]

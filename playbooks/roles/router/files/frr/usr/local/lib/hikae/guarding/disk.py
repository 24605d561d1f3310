"""Files that are on the disk when a call returns: what a power cut must not take."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


def read(path: Path) -> dict[str, Any] | None:
    """What a file of JSON says; None without one."""
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    return found


def keep(path: Path, data: bytes) -> None:
    """Replace a file whole, on the disk when this returns."""
    put(path, data)
    sync(path.parent)


def put(path: Path, data: bytes) -> None:
    """Replace a file whole; that it is replaced is on the disk when its folder is synced."""
    fresh = path.with_name(f"{path.name}.hikae-new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def drop(path: Path) -> None:
    """Remove a file, and have that on the disk."""
    path.unlink(missing_ok=True)
    sync(path.parent)


def sync(folder: Path) -> None:
    """Have on the disk which files a folder has."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""Kernel limits that the twin raises on the machine, and puts back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from twin.places import Places

__all__ = ["RAISED", "lower", "raise_limits"]

# Hosts past about 20 fail with "Too many open files" below this; keys and pids grow with hosts.
RAISED: Mapping[str, int] = {
    "fs/inotify/max_user_instances": 8192,
    "fs/inotify/max_user_watches": 524288,
    "kernel/keys/maxkeys": 20000,
}


def raise_limits(places: Places, root: Path = Path("/proc/sys")) -> None:
    """Raise each limit that is lower than the twin needs, having written down what it was."""
    before: dict[str, int] = {}
    if places.sysctl.exists():
        before = json.loads(places.sysctl.read_text())
    changes = {}
    for key, wanted in RAISED.items():
        present = int((root / key).read_text())
        if present < wanted:
            before.setdefault(key, present)
            changes[key] = wanted
    # The old values are written before the first one changes: a kill -9 in between loses nothing.
    places.sysctl.write_text(json.dumps(before))
    for key, wanted in changes.items():
        (root / key).write_text(str(wanted))


def lower(places: Places, root: Path = Path("/proc/sys")) -> None:
    """Put back what `raise_limits` wrote down; without such a note nothing is changed."""
    if not places.sysctl.exists():
        return
    for key, value in json.loads(places.sysctl.read_text()).items():
        (root / key).write_text(str(value))
    places.sysctl.unlink()

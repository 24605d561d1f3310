"""What a twin could leave on a machine: namespaces, mounts, links, firewall, limits, modules, groups, processes."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from twin.network import namespaces
from twin.places import Places
from twin.sysctls import RAISED

__all__ = ["changes_since", "traces"]


def traces() -> dict[str, object]:
    """The state of the machine that a run must leave as it found it."""
    places = Places.default()
    run = sorted(path.name for path in places.run.iterdir()) if places.run.is_dir() else []
    return {
        "namespaces": namespaces(),
        "mounts": _mounts(places),
        "links": _said("ip", "-br", "link"),
        "addresses": _said("ip", "-br", "address"),
        "routes": re.sub(r" expires \d+sec", "", _said("ip", "route", "show", "table", "all")),
        "rules": _said("nft", "list", "ruleset"),
        "limits": {key: Path("/proc/sys", key).read_text() for key in RAISED},
        "forwarding": Path("/proc/sys/net/ipv4/ip_forward").read_text(),
        "modules": _modules(),
        "groups": sorted(str(path) for path in Path("/sys/fs/cgroup").rglob("hikae")),
        "processes": _said("pgrep", "-x", "-r", "D,R,S,T", "systemd-nspawn"),
        # Kept connections of Ansible and its like.
        "masters": _said("pgrep", "-f", "-r", "D,R,S,T", "^ssh: /run/hikae/"),
        "disks": places.disks.exists(),
        "run": [name for name in run if name != places.lock.name],
    }


def changes_since(before: dict[str, object]) -> dict[str, tuple[object, object]]:
    """What is not as it was: name → (before, now)."""
    now = traces()
    return {name: (before[name], now[name]) for name in before if before[name] != now[name]}


def _mounts(places: Places) -> list[str]:
    """Mount points that are a twin's by their source or place; others come and go as they like."""
    found = []
    for line in Path("/proc/self/mounts").read_text().splitlines():
        source, point, *_ = line.split()
        ours = (str(places.run), str(places.home), "/run/netns/hk-")
        if source == "hikae" or point.startswith(ours):
            found.append(point)
    return sorted(found)


def _modules() -> list[str]:
    """Kernel modules that are loaded; a kernel may be built without any."""
    path = Path("/proc/modules")
    return (
        sorted(line.split()[0] for line in path.read_text().splitlines()) if path.exists() else []
    )


def _said(*argv: str) -> str:
    return subprocess.run(argv, capture_output=True, text=True, check=False).stdout

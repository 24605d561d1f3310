"""What this machine must have, and what its kernel cannot show."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from twin.errors import InvalidMachine
from twin.places import Places
from twin.shell import call

__all__ = [
    "Need",
    "ensure_root",
    "honesty_list",
    "install_packages",
    "probe_kernel",
    "refuse_unfit",
]

# Debian package → a program that it brings; installed when the program is missing.
PACKAGES: Mapping[str, str] = {
    "iproute2": "ip",
    "mmdebstrap": "mmdebstrap",
    "nftables": "nft",
    "openssh-client": "ssh",
    "procps": "sysctl",
    "systemd-container": "systemd-nspawn",
}


@dataclass(frozen=True, slots=True)
class Need:
    """What a slice costs: disk in MiB where images and disks live, memory in MiB."""

    disk_mb: int
    memory_mb: int


def need_of(hosts: int) -> Need:
    """What a slice of that many hosts needs (measured, with a quarter to spare)."""
    return Need(disk_mb=3000 + 60 * hosts, memory_mb=500 + 100 * hosts)


def ensure_root() -> None:
    """Refuse with a sentence when this process may not touch namespaces."""
    if os.geteuid() != 0:
        raise InvalidMachine(("The twin boots real hosts, which needs root: run this with sudo.",))


def refuse_unfit(places: Places, need: Need) -> None:
    """Raise InvalidMachine with a sentence for each reason why this machine cannot carry the twin.

    Nothing has been changed when it returns or raises.
    """
    ensure_root()
    sentences = []
    if not _has_overlay():
        sentences.append("This kernel has no overlayfs: boot one that has (CONFIG_OVERLAY_FS).")
    missing = missing_programs()
    if missing and shutil.which("apt-get") is None:
        sentences.append(
            f"{', '.join(sorted(missing.values()))} missing and no apt-get to install "
            f"{', '.join(sorted(missing))}: use a Debian 12 machine or install them."
        )
    free = _free_disk_mb(places.home)
    if free < need.disk_mb:
        sentences.append(
            f"{places.home} has {free} MB of free disk and this slice needs {need.disk_mb} MB: "
            "free some, or point HIKAE_HOME at a larger disk."
        )
    available = _available_memory_mb()
    if available < need.memory_mb:
        sentences.append(
            f"{available} MB of memory are available and this slice needs {need.memory_mb} MB: "
            "stop other programs or choose a smaller slice (--slice mini)."
        )
    if sentences:
        raise InvalidMachine(tuple(sentences))


def missing_programs() -> dict[str, str]:
    """Debian packages whose program is not on this machine, with that program."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    return {
        package: program
        for package, program in PACKAGES.items()
        if shutil.which(program, path=path) is None
    }


def install_packages() -> tuple[str, ...]:
    """Install the Debian packages that the twin itself runs on; returns what was installed."""
    missing = tuple(missing_programs())
    if missing:
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        call(["apt-get", "update", "-q"], deadline_s=600, env=env)
        install = ["apt-get", "install", "-q", "-y", "--no-install-recommends", *missing]
        call(install, deadline_s=900, env=env)
    return missing


def _has_overlay() -> bool:
    if "overlay" in Path("/proc/filesystems").read_text():
        return True
    try:
        tried = subprocess.run(["modprobe", "-n", "overlay"], capture_output=True, check=False)
    except FileNotFoundError:
        return False
    return tried.returncode == 0


def _free_disk_mb(folder: Path) -> int:
    place = folder
    while not place.exists():
        place = place.parent
    return shutil.disk_usage(place).free // 2**20


def _available_memory_mb() -> int:
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) // 1024
    return 0


# Kernel feature → how to try it inside a namespace made for the purpose.
_PROBES: Mapping[str, Sequence[str]] = {
    "netem": ("tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms"),
    "dummy": ("ip", "link", "add", "d0", "type", "dummy"),
    "vrf": ("ip", "link", "add", "v0", "type", "vrf", "table", "10"),
    "wireguard": ("ip", "link", "add", "w0", "type", "wireguard"),
    "vlan": ("ip", "link", "add", "link", "lo", "name", "l0", "type", "vlan", "id", "10"),
}


def probe_kernel() -> dict[str, bool]:
    """Which network features this kernel has, tried in a namespace that is gone afterwards."""
    return {
        name: call(["unshare", "--net", "--", *argv], check=False).returncode == 0
        for name, argv in _PROBES.items()
    }


def honesty_list(features: Mapping[str, bool]) -> tuple[tuple[str, str], ...]:
    """What the twin cannot show on this machine, each with the production check that covers it."""
    rows = [
        (
            "Power loss: a killed host keeps its page cache, so fsync is not put to the proof.",
            "Pull-the-plug test of each storage model with diskchecker before acceptance.",
        ),
        (
            "Line delay: 10 ms between the sites would add 10 ms (one round trip) to every commit.",
            "Commit latency measured on the real lines; alarm on its 99th percentile.",
        ),
        (
            "Patroni's watchdog is off: a frozen leader is fenced by its lease alone.",
            "Hardware watchdog with a freeze test (SIGSTOP of Patroni) on each database host.",
        ),
        (
            "The kernel's audit channel does not exist in the twin's hosts.",
            "auditd's rules are checked on production hosts by the access review.",
        ),
        (
            "One kernel clock: clock error between hosts is 0 here.",
            "chrony's offset on every host, alarm above 50 ms.",
        ),
        (
            "A host reboots in about a second: neither firmware nor self-tests run.",
            "The time of a reboot measured on each model of machine; `hikae patch` waits for 10 minutes.",
        ),
        (
            "Kernel parameters are set from outside on the hosts' namespaces, not by the hosts.",
            "`sysctl --system` at boot; the read-only suite compares on production hosts.",
        ),
    ]
    covers = {
        "netem": "delay and loss on lines: measured on the real lines",
        "vrf": "VRF separation: checked on the devices by `show vrf`",
        "wireguard": "tunnels: not part of the estate",
        "vlan": "802.1Q tagging: checked on the switches",
    }
    for name, present in features.items():
        if not present and name in covers:
            rows.append((f"This kernel has no {name}.", covers[name]))
    return tuple(rows)

"""Day 0 of a bare host: what the staging bench writes before the host is put in its rack.

No role owns these files; everything later goes in-band over the estate's own lines.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from inventory import Estate, Host
from netconfig import render
from playbooks.secret_store import SecretStore

__all__ = ["StagedFile", "day_zero", "known_hosts", "write"]

_NETWORKED = frozenset({"router", "balancer", "provider"})


@dataclass(frozen=True, slots=True)
class StagedFile:
    """One file of day 0: path on the host, bytes, mode, owner (a name known to the image)."""

    path: str
    data: bytes
    mode: int = 0o644
    owner: str = "root"


def machine_id(estate: Estate, host: str) -> str:
    """A machine id that is the same in every run of the same estate, 32 hexadecimal digits."""
    return hashlib.sha256(f"{estate.name}/{host}".encode()).hexdigest()[:32]


def day_zero(
    estate: Estate, name: str, secrets: SecretStore, within: tuple[str, ...]
) -> tuple[StagedFile, ...]:
    """Everything the staging bench writes on the disk of host `name`."""
    host = estate.hosts[name]
    key = secrets.key(f"host-{name}")
    files = [
        StagedFile("/etc/hostname", f"{name}\n".encode()),
        StagedFile("/etc/machine-id", f"{machine_id(estate, name)}\n".encode(), 0o444),
        StagedFile("/etc/network/interfaces", interfaces(estate, host).encode()),
        StagedFile("/etc/ssh/ssh_host_ed25519_key", key.read_bytes(), 0o600),
        StagedFile(
            "/etc/ssh/ssh_host_ed25519_key.pub", f"{secrets.public(f'host-{name}')}\n".encode()
        ),
        StagedFile(
            "/home/ops/.ssh/authorized_keys", f"{secrets.public('ops')}\n".encode(), 0o600, "ops"
        ),
    ]
    if host.role in _NETWORKED:
        text = (
            render.provider_config(estate, name, within)
            if host.role == "provider"
            else render.staging_config(estate, name, within)
        )
        files.append(StagedFile("/etc/frr/frr.conf", text.encode(), 0o640, "frr"))
        daemons = render.daemons(estate, name)
        files.append(StagedFile("/etc/frr/daemons", daemons.encode(), 0o640, "frr"))
    return tuple(files)


def interfaces(estate: Estate, host: Host) -> str:
    """The host's /etc/network/interfaces; a router's addresses are its routing daemon's."""
    lines = ["auto lo", "iface lo inet loopback"]
    lan = next((each for each in host.interfaces if each.name == "lan"), None)
    if host.role not in ("router", "provider") and lan is not None and lan.address is not None:
        assert host.site is not None
        lines += ["", "auto lan", "iface lan inet static", f"    address {lan.address}"]
        lines.append(f"    gateway {estate.sites[host.site].gateway}")
    return "\n".join(lines) + "\n"


def write(root: Path, files: tuple[StagedFile, ...]) -> None:
    """Write day 0 on the disk that is mounted at `root`."""
    accounts = _accounts(root)
    for file in files:
        path = root / file.path.lstrip("/")
        owner = accounts.get(file.owner, (0, 0))
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True, mode=0o700 if file.owner == "ops" else 0o755)
            os.chown(path.parent, *owner)
        path.unlink(missing_ok=True)
        path.write_bytes(file.data)
        path.chmod(file.mode)
        os.chown(path, *owner)


def _accounts(root: Path) -> dict[str, tuple[int, int]]:
    found = {}
    for line in (root / "etc/passwd").read_text().splitlines():
        name, _, user, group, *_ = line.split(":")
        found[name] = (int(user), int(group))
    return found


def known_hosts(estate: Estate, hosts: tuple[str, ...], secrets: SecretStore) -> str:
    """The known_hosts file that every tool of the conductor uses, strictly."""
    lines = []
    for name in hosts:
        algorithm, key, *_ = secrets.public(f"host-{name}").split()
        lines.append(f"{name},{estate.hosts[name].address} {algorithm} {key}")
    return "\n".join(lines) + "\n"

"""Day 0 of a bare host: what the staging bench writes before the host is put in its rack.

The roles take most of these files over; everything later goes in-band over the estate's own lines.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from inventory import Estate, Host
from inventory.principals import accepted_principals
from netconfig import render
from netconfig.settings import FLOATING_DISTANCE
from playbooks import ssh_certificates as ssh
from playbooks.authority import LIFE
from playbooks.pack import read_tree
from playbooks.secret_store import SecretStore
from playbooks.ssh_authority import SshAuthority
from twin.places import CHECKOUT

__all__ = ["HOST_KEY", "StagedFile", "day_zero", "give_host_key", "write"]

HOST_KEY = "/etc/ssh/ssh_host_ed25519_key"
"""Where sshd's key is on every host; its certificate beside it ends in `-cert.pub`."""
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
    estate: Estate,
    name: str,
    secrets: SecretStore,
    within: tuple[str, ...],
    frr: str | None = None,
) -> tuple[StagedFile, ...]:
    """Everything the staging bench writes on the disk of host `name`; `frr` = another frr.conf than day 0's."""
    host = estate.hosts[name]
    authority = SshAuthority(secrets, estate.name)
    files = [
        StagedFile("/etc/hostname", f"{name}\n".encode()),
        StagedFile("/etc/machine-id", f"{machine_id(estate, name)}\n".encode(), 0o444),
        StagedFile("/etc/network/interfaces", interfaces(estate, host).encode()),
        *_sshd_files(),
        StagedFile("/etc/ssh/trusted_logins.pub", authority.trusted_logins().encode()),
        StagedFile("/etc/ssh/revoked_logins", authority.revoked()),
    ]
    for account, principals in accepted_principals(host).items():
        text = "".join(f"{each}\n" for each in principals)
        files.append(StagedFile(f"/etc/ssh/principals/{account}", text.encode()))
    if host.role in _NETWORKED:
        is_provider = host.role == "provider"
        staged = render.provider_config if is_provider else render.staging_config
        text = staged(estate, name, within) if frr is None else frr
        files.append(StagedFile("/etc/frr/frr.conf", text.encode(), 0o640, "frr"))
        daemons = render.daemons(estate, name)
        files.append(StagedFile("/etc/frr/daemons", daemons.encode(), 0o640, "frr"))
    return tuple(files)


def _sshd_files() -> list[StagedFile]:
    """sshd as role `base` wants it, so that a host takes certificates only from its first second."""
    tree = read_tree(CHECKOUT / "playbooks/roles/base/files", "tree")
    return [
        StagedFile(entry.path, entry.data, entry.mode)
        for entry in tree
        if entry.path.startswith("/etc/ssh/") and entry.data is not None
    ]


def give_host_key(root: Path, host: Host, authority: SshAuthority) -> None:
    """Make sshd's key on the disk that is mounted at `root`, and sign it: nothing else ever holds that key."""
    key = ssh.new_key()
    public = ssh.public_line(key, host.name)
    certificate = authority.sign_host(public, (host.name, str(host.address)), LIFE)
    write(
        root,
        (
            StagedFile(HOST_KEY, ssh.key_text(key).encode(), 0o600),
            StagedFile(f"{HOST_KEY}.pub", f"{public}\n".encode()),
            StagedFile(f"{HOST_KEY}-cert.pub", f"{certificate}\n".encode()),
        ),
    )


def interfaces(estate: Estate, host: Host) -> str:
    """The host's /etc/network/interfaces; a router's addresses are its routing daemon's."""
    lines = ["auto lo", "iface lo inet loopback"]
    lan = next((each for each in host.interfaces if each.name == "lan"), None)
    if host.role not in ("router", "provider") and lan is not None and lan.address is not None:
        assert host.site is not None
        lines += ["", "auto lan", "iface lan inet static", f"    address {lan.address}"]
        lines.append(f"    gateway {estate.sites[host.site].gateway}")
        if host.role == "balancer":
            # zebra reads the first byte as the distance of a route that is not its own: its own way out is better.
            lines.append(f"    metric {FLOATING_DISTANCE << 24}")
    return "\n".join(lines) + "\n"


def write(root: Path, files: tuple[StagedFile, ...]) -> None:
    """Write day 0 on the disk that is mounted at `root`."""
    accounts = _accounts(root)
    for file in files:
        path = root / file.path.lstrip("/")
        owner = accounts.get(file.owner, (0, 0))
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True, mode=0o755)
            os.chown(path.parent, *owner)
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(file.data)
        path.chmod(file.mode)
        os.chown(path, *owner)


def _accounts(root: Path) -> dict[str, tuple[int, int]]:
    found = {}
    for line in (root / "etc/passwd").read_text().splitlines():
        name, _, user, group, *_ = line.split(":")
        found[name] = (int(user), int(group))
    return found

"""What a command logs in with: key pairs of its own, short certificates for them, one SSH configuration for all tools.

Keys are made when the command stands at the bastion, in a folder of root under /run that goes with it; nothing is kept.
Certificates live half an hour and are signed anew every ten minutes until the command ends: a long drill never meets
their end.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from inventory.principals import OPERATOR
from playbooks import ssh_certificates as ssh
from playbooks.ssh_authority import SshAuthority
from playbooks.ssh_certificates import Login
from playbooks.ssh_withdrawn import WithdrawnHosts

__all__ = ["CONTROL", "Credentials"]

CONTROL = "c"
"""Folder of SSH's shared connections: short, since a socket's path has at most 107 bytes, 57 of which are SSH's own."""
_RENEWED_EVERY_S = ssh.LOGIN_LIFE.total_seconds() / 3


@dataclass(frozen=True, slots=True)
class Credentials:
    """A command's keys, certificates and known hosts, in an empty folder of its own (mode 0700)."""

    folder: Path
    authority: SshAuthority
    logins: Mapping[str, Login]
    """By account."""
    withdrawn: WithdrawnHosts | None = None
    """Hosts that are not believed any more; None = there are none."""

    def key(self, account: str) -> Path:
        """Private key to log in as `account`, its certificate beside it as SSH's tools expect."""
        return self.folder / account

    @property
    def known_hosts(self) -> Path:
        """Who signs the estate's hosts, and which of them are not believed any more."""
        return self.folder / "known_hosts"

    @property
    def ssh_config(self) -> Path:
        """What ssh, Ansible, testinfra and pyinfra read."""
        return self.folder / "ssh_config"

    def prepare(self, addresses: Mapping[str, str]) -> None:
        """Make the keys, have them signed, and write down how each host is reached."""
        (self.folder / CONTROL).mkdir(mode=0o700)
        for account in self.logins:
            key = ssh.new_key()
            _write(self.key(account), ssh.key_text(key))
            _write(self.folder / f"{account}.pub", ssh.public_line(key) + "\n")
        self.renew()
        _write(self.ssh_config, self._config(addresses))

    def renew(self) -> None:
        """Have the same keys signed anew, by whoever signs now; what is known of hosts is written anew too."""
        withdrawn = "" if self.withdrawn is None else self.withdrawn.lines()
        _write(self.known_hosts, self.authority.known_hosts() + withdrawn)
        for account, login in self.logins.items():
            public = (self.folder / f"{account}.pub").read_text().strip()
            signed = self.authority.sign_login(public, login)
            _write(self.folder / f"{account}-cert.pub", signed + "\n")

    @contextmanager
    def kept_fresh(self) -> Iterator[None]:
        """Renew again and again while the caller works."""
        ended = threading.Event()

        def work() -> None:
            while not ended.wait(_RENEWED_EVERY_S):
                self.renew()

        worker = threading.Thread(target=work, name="certificates", daemon=True)
        worker.start()
        try:
            yield
        finally:
            ended.set()
            worker.join()

    def destroy(self) -> None:
        """End kept connections and remove everything."""
        for socket in (self.folder / CONTROL).glob("*"):
            argv = ["ssh", "-F", "none", "-S", str(socket), "-O", "exit", "any"]
            subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _config(self, addresses: Mapping[str, str]) -> str:
        lines: list[str] = []
        for name, address in addresses.items():
            lines += [f"Host {name}", f"    HostName {address}"]
        lines += [
            "Host *",
            f"    User {OPERATOR}",
            f"    IdentityFile {self.key(OPERATOR)}",
            "    IdentitiesOnly yes",
            "    IdentityAgent none",
            f"    UserKnownHostsFile {self.known_hosts}",
            "    GlobalKnownHostsFile /dev/null",
            "    StrictHostKeyChecking yes",
            "    HostKeyAlgorithms ssh-ed25519-cert-v01@openssh.com",
            "    CASignatureAlgorithms ssh-ed25519",
            "    PasswordAuthentication no",
            "    ConnectTimeout 5",
            "    ServerAliveInterval 5",
            "    ServerAliveCountMax 3",
            "    ControlMaster auto",
            "    ControlPersist 120",
            f"    ControlPath {self.folder}/{CONTROL}/%C",
            "    LogLevel ERROR",
        ]
        return "\n".join(lines) + "\n"


def _write(path: Path, text: str) -> None:
    """Replace a file whole, for root only: a tool that starts meanwhile reads the one or the other."""
    fresh = path.with_name(f".{path.name}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    fresh.replace(path)

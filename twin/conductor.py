"""Where acts come from: the network of a bastion, and one SSH configuration for all tools."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from dr.fetch import tls_context
from inventory import Estate
from playbooks.authority import Authority
from playbooks.secret_store import SecretStore
from twin.errors import TwinFailed
from twin.network import inside
from twin.places import Places
from twin.transport import SshTransport

__all__ = ["Conductor", "backup_bastion"]


def backup_bastion(estate: Estate, within: Sequence[str]) -> str:
    """The bastion of the backup centre: acts come from outside the main centres' disaster area."""
    found = estate.select(role="bastion", site=estate.backup_site().name, within=within)
    if not found:
        raise TwinFailed("This slice has no bastion in the backup centre: choose another slice.")
    return found[0].name


@dataclass(frozen=True, slots=True)
class Conductor:
    """A bastion of a running lab, and what its tools need to reach the hosts in-band."""

    estate: Estate
    hosts: tuple[str, ...]
    bastion: str
    secrets: SecretStore
    places: Places
    is_here: bool = False
    """This process runs on the bastion already, as in production; else it enters the network of the twin's."""

    @property
    def ssh_config(self) -> Path:
        return self.places.run / "ssh_config"

    @property
    def known_hosts(self) -> Path:
        return self.places.run / "known_hosts"

    @property
    def key(self) -> Path:
        return self.secrets.key("ops")

    def tls(self) -> ssl.SSLContext:
        """What the conductor shows and trusts where it speaks TLS, as a bastion with a key of its own.

        That key lies in the estate's secret store, on the machine that conducts, and nowhere else.
        """
        authority = Authority(self.secrets, self.estate.name)
        return tls_context(authority.conductor(), authority.kept_trust())

    def write_ssh_config(self) -> Path:
        """Write the configuration that all tools share; returns its path."""
        control = self.places.run / "control"
        control.mkdir(exist_ok=True, mode=0o700)
        lines = []
        for name in self.hosts:
            lines += [f"Host {name}", f"    HostName {self.estate.hosts[name].address}"]
        lines += [
            "Host *",
            "    User ops",
            f"    IdentityFile {self.key}",
            "    IdentitiesOnly yes",
            f"    UserKnownHostsFile {self.known_hosts}",
            "    GlobalKnownHostsFile /dev/null",
            "    StrictHostKeyChecking yes",
            "    ConnectTimeout 5",
            "    ServerAliveInterval 5",
            "    ServerAliveCountMax 3",
            "    ControlMaster auto",
            "    ControlPersist 120",
            f"    ControlPath {control}/%C",
            "    LogLevel ERROR",
        ]
        self.ssh_config.write_text("\n".join(lines) + "\n")
        return self.ssh_config

    @contextmanager
    def at_bastion(self) -> Iterator[SshTransport]:
        """Stand in the bastion's network: this thread and all it starts reach the estate only."""
        addresses = {name: str(self.estate.hosts[name].address) for name in self.hosts}
        transport = SshTransport(addresses, self.key, self.known_hosts)
        with nullcontext() if self.is_here else inside(self.bastion):
            try:
                yield transport
            finally:
                transport.close()

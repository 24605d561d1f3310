"""Where acts come from: the network of a bastion, a person and a change, and certificates that say so to every host."""

from __future__ import annotations

import os
import shutil
import ssl
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from dr.fetch import tls_context
from inventory import Estate
from inventory.principals import NETWORK_GUARD, NETWORK_OPERATOR, OPERATOR, principals_for
from playbooks.authority import Authority
from playbooks.secret_store import SecretStore
from playbooks.ssh_authority import SshAuthority
from playbooks.ssh_certificates import Login
from playbooks.ssh_withdrawn import WithdrawnHosts
from twin.credentials import Credentials
from twin.errors import TwinFailed
from twin.network import inside
from twin.places import Places
from twin.transport import SshTransport

__all__ = ["Conductor", "backup_bastion"]

_PREFIX = "acting-"


def backup_bastion(estate: Estate, within: Sequence[str]) -> str:
    """The bastion of the backup centre: acts come from outside the main centres' disaster area."""
    found = estate.select(role="bastion", site=estate.backup_site().name, within=within)
    if not found:
        raise TwinFailed("This slice has no bastion in the backup centre: choose another slice.")
    return found[0].name


@dataclass(frozen=True, slots=True)
class Conductor:
    """A bastion of a running lab, who acts from there, and what the tools need to reach the hosts in-band."""

    estate: Estate
    hosts: tuple[str, ...]
    bastion: str
    secrets: SecretStore
    places: Places
    person: str = "unnamed"
    change: str = "rehearsal"
    only: str = ""
    """The one host that is logged in to; empty: every role of the slice."""
    has_terminal: bool = False
    """Whether a person works there, and not a program."""
    is_here: bool = False
    """This process runs on the bastion already, as in production; else it enters the network of the twin's."""
    _standing: list[Credentials] = field(default_factory=list, repr=False, compare=False)

    @property
    def credentials(self) -> Credentials:
        """What is logged in with; there while somebody stands at the bastion."""
        if not self._standing:
            raise TwinFailed(f"Nobody stands at {self.bastion}: enter `at_bastion` first.")
        return self._standing[-1]

    @property
    def ssh_config(self) -> Path:
        """The one SSH configuration of all tools."""
        return self.credentials.ssh_config

    @property
    def authority(self) -> Authority:
        """The estate's authority, of which the conductor has a certificate too."""
        return Authority(self.secrets, self.estate.name)

    @property
    def withdrawn(self) -> WithdrawnHosts:
        """Hosts that are not believed any more: in the secret store, and of a twin's hosts as long as that twin lives.

        The next twin boots from the same snapshot, with the keys that this one's hosts had.
        """
        authority = SshAuthority(self.secrets, self.estate.name)
        return authority.withdrawn if self.is_here else WithdrawnHosts(self.places.withdrawn)

    def tls(self) -> ssl.SSLContext:
        """What the conductor shows and trusts where it speaks TLS, as a bastion with a key of its own.

        That key lies in the estate's secret store, on the machine that conducts, and nowhere else.
        """
        return tls_context(self.authority.conductor(), self.authority.kept_trust())

    @contextmanager
    def at_bastion(self) -> Iterator[SshTransport]:
        """Stand in the bastion's network: this thread and all it starts reach the estate only.

        Whoever stands there already goes on with the same keys.
        """
        with self._entered() as credentials:
            transport = SshTransport(
                self._addresses(), credentials.key(OPERATOR), credentials.known_hosts
            )
            with nullcontext() if self.is_here else inside(self.bastion):
                try:
                    yield transport
                finally:
                    transport.close()

    @contextmanager
    def _entered(self) -> Iterator[Credentials]:
        if self._standing:
            yield self._standing[-1]
            return
        self.places.run.mkdir(parents=True, exist_ok=True, mode=0o700)
        _sweep(self.places.run)
        folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=self.places.run))
        authority = SshAuthority(self.secrets, self.estate.name)
        credentials = Credentials(folder, authority, self._logins(), self.withdrawn)
        try:
            credentials.prepare(self._addresses())
            self._standing.append(credentials)
            with credentials.kept_fresh():
                yield credentials
        finally:
            self._standing.clear()
            credentials.destroy()

    def _addresses(self) -> dict[str, str]:
        return {name: str(self.estate.hosts[name].address) for name in self.hosts}

    def _logins(self) -> dict[str, Login]:
        """For each account the least that the act needs, from this bastion and from nowhere else."""
        hosts = [self.estate.hosts[name] for name in self.hosts]
        source = f"{self.estate.hosts[self.bastion].address}/32"
        found = {}
        for account in (OPERATOR, NETWORK_OPERATOR, NETWORK_GUARD):
            if principals := principals_for(account, hosts, self.only):
                # A router's command line is one that is typed on.
                terminal = self.has_terminal or account == NETWORK_OPERATOR
                found[account] = Login(self.person, self.change, principals, source, terminal)
        return found


def _sweep(run: Path) -> None:
    """Remove the keys of commands that were killed."""
    for folder in run.glob(f"{_PREFIX}*"):
        process = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if not Path("/proc", process).exists():
            shutil.rmtree(folder, ignore_errors=True)

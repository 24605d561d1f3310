"""Where a drill finds things on hosts, and where it puts its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Layout"]


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths and names on hosts, as the playbooks make them."""

    folder: str = "/var/lib/hikae-drill"
    """The drill's own files; the folder is removed afterwards."""
    python: str = "/usr/bin/python3"
    terminal_user: str = "nobody"
    database_user: str = "postgres"
    postgres_socket: str = "/var/run/postgresql"
    etcdctl: str = "/usr/bin/etcdctl"
    site_rpo_file: str = "/var/lib/prometheus/node-exporter/hikae_site_rpo.prom"
    patronictl: str = "/usr/local/sbin/hikae-patronictl"
    patroni_drain: str = "/run/hikae/patroni-drain.yml"
    """Read by Patroni beside its own file while it is there; gone after a reboot."""
    identity: str = "/etc/hikae/tls/host.pem"
    """A host's key and chain: its programs call by its own certificate, the key stays there."""
    trust: str = "/etc/hikae/tls/ca.pem"
    key_group: str = "hikae-tls"
    """The group that reads `identity`."""
    postgres_programs: str = "/usr/lib/postgresql/15/bin"
    restored: str = "/var/lib/postgresql/restored"
    """Where a host of role `restore` brings backups to life, a folder for each cluster."""
    proof_file: str = "/var/lib/hikae-backups/proofs.json"
    """The last proof of each cluster, on the host that made it: it lives and dies with the estate that it is about."""
    proof_textfile: str = "/var/lib/prometheus/node-exporter/hikae_backup.prom"
    nenkin_python: str = "/opt/nenkin/bin/python"
    nenkin_user: str = "nenkin"
    leader_home_unit: str = "hikae-etcd-leader-home"
    """Timer and service that keep the lead of etcd at a witness."""
    longest_run_s: int = 3600
    """The programs end by themselves after this time, should the drill never come back."""

    def transient(
        self,
        unit: str,
        user: str,
        argv: Sequence[str],
        *,
        groups: str = "",
        capability: str = "",
    ) -> list[str]:
        """Give the command that starts a program as a unit which leaves nothing behind."""
        more = [f"--property=SupplementaryGroups={groups}"] if groups else []
        more += [f"--property=AmbientCapabilities={capability}"] if capability else []
        return [
            "systemd-run",
            "--quiet",
            "--collect",
            f"--unit={unit}",
            f"--uid={user}",
            f"--property=RuntimeMaxSec={self.longest_run_s}",
            *more,
            *argv,
        ]

    def switchover(self, cluster: str, leader: str, candidate: str) -> list[str]:
        """Give the command, on the leader, that hands a cluster's lead to a synchronous member."""
        argv = [self.patronictl, "switchover", cluster, "--leader", leader]
        return [*argv, "--candidate", candidate, "--force"]

    def pgbackrest(self, cluster: str, *arguments: str) -> list[str]:
        """Give the command that runs pgBackRest on a cluster's backups; settings are the host's own file."""
        return [*self._as_database(), "pgbackrest", f"--stanza={cluster}", *arguments]

    def pay(self, *arguments: str) -> list[str]:
        """Give the command that runs a verb of the payment system on a batch host, by the host's own settings."""
        argv = ["runuser", "-u", self.nenkin_user, "-g", self.nenkin_user, "-G", self.key_group]
        return [*argv, "--", self.nenkin_python, "-sB", "-m", "nenkin", "pay", *arguments]

    def query(self, database: str, statement: str, *, socket: str = "") -> list[str]:
        """Give the command that runs a query as the superuser: a row a line, fields by tabs."""
        return [*self._psql(database, socket), "-c", statement]

    def script(self, database: str, *, socket: str = "") -> list[str]:
        """Give the command that runs what standard input says, as one transaction or not at all."""
        return [*self._psql(database, socket), "-1", "-f", "-"]

    def _as_database(self) -> list[str]:
        return ["runuser", "-u", self.database_user, "--"]

    def _psql(self, database: str, socket: str) -> list[str]:
        return [
            *self._as_database(),
            "psql",
            "-XAtq",
            "-F",
            "\t",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            socket or self.postgres_socket,
            "-d",
            database,
        ]

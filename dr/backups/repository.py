"""What pgBackRest says of a cluster's backups, and telling it to make one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dr.failure import DrillAborted, require
from dr.layout import Layout
from inventory.transport import Transport

__all__ = ["Backup", "Kind", "Repository", "make_backup", "parse_info", "read_repository"]

Kind = Literal["full", "diff", "incr"]
_INFO_S = 60.0
_BACKUP_S = 3600.0


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup: seconds of the database's clock, bytes of the database and of what was stored for it."""

    label: str
    kind: Kind
    started: float
    stopped: float
    database_bytes: int
    stored_bytes: int


@dataclass(frozen=True, slots=True)
class Repository:
    """The backups of one cluster, the oldest first, and the WAL that is kept for them."""

    cluster: str
    backups: tuple[Backup, ...] = ()
    wal_from: str | None = None
    wal_to: str | None = None
    problem: str | None = None
    """What pgBackRest complains of; None where it does not."""

    @property
    def newest(self) -> Backup | None:
        """The backup that a restore begins with."""
        return self.backups[-1] if self.backups else None


def read_repository(
    transport: Transport, layout: Layout, host: str, cluster: str, *, deadline_s: float = _INFO_S
) -> Repository:
    """Ask for a cluster's backups from a host that reaches the store; HostFailed where that fails."""
    argv = layout.pgbackrest(cluster, "--output=json", "info")
    done = transport.run(host, argv, deadline_s=deadline_s, sudo=True)
    return parse_info(cluster, require(done, "read the list of backups").stdout)


def parse_info(cluster: str, text: str) -> Repository:
    """Read `pgbackrest info --output=json`; DrillAborted where it is none."""
    try:
        said = next((each for each in json.loads(text) if each["name"] == cluster), None)
        if said is None:
            return Repository(cluster, problem="the store does not know the cluster")
        archives = [each for each in said.get("archive", []) if each.get("max")]
        return Repository(
            cluster,
            tuple(_backup(each) for each in said.get("backup", [])),
            archives[-1]["min"] if archives else None,
            archives[-1]["max"] if archives else None,
            _problem(said["status"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise DrillAborted(f"pgBackRest's list of {cluster} cannot be read: {error}") from error


def _problem(status: Mapping[str, Any]) -> str | None:
    # 2: the place is there and no backup yet, which is a finding of ours and no complaint of the store.
    return None if status["code"] in (0, 2) else str(status["message"])


def _backup(said: Mapping[str, Any]) -> Backup:
    return Backup(
        label=str(said["label"]),
        kind=said["type"],
        started=float(said["timestamp"]["start"]),
        stopped=float(said["timestamp"]["stop"]),
        database_bytes=int(said["info"]["size"]),
        stored_bytes=int(said["info"]["repository"]["delta"]),
    )


def make_backup(
    transport: Transport, layout: Layout, leader: str, cluster: str, kind: Kind
) -> Backup:
    """Make a backup on the leader's own host, behind its other work; gives the new one."""
    known = {each.label for each in read_repository(transport, layout, leader, cluster).backups}
    argv = layout.pgbackrest(cluster, f"--type={kind}", "backup")
    patient = ["nice", "-n", "19", "ionice", "-c", "3", *argv]
    done = transport.run(leader, patient, deadline_s=_BACKUP_S, sudo=True)
    require(done, f"back up cluster {cluster}")
    after = read_repository(transport, layout, leader, cluster)
    new: Sequence[Backup] = [each for each in after.backups if each.label not in known]
    if not new:
        raise DrillAborted(
            f"{leader} says that it backed up {cluster}, and the store has nothing new"
        )
    return new[-1]

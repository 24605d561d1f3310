"""A backup brought to life on a host of its own, asked, and removed again; nobody else can reach it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from dr.backups.repository import Backup
from dr.failure import DrillAborted, HostFailed, require
from dr.layout import Layout
from inventory.transport import Transport

__all__ = ["Restored", "bring_up", "restored", "take_away"]

_COPY_S = 3600.0
_START_S = 1800.0
_CALL_S = 60.0
_TICK_S = 0.3


@dataclass(frozen=True, slots=True)
class Restored:
    """A restored server that answers: where, and how long its parts took (seconds)."""

    host: str
    cluster: str
    socket: str
    bytes: int
    """What lies in the data folder."""
    copy_s: float
    start_s: float
    """WAL replayed up to the target, and opened for reading and writing."""


@contextmanager
def restored(
    transport: Transport,
    layout: Layout,
    host: str,
    cluster: str,
    backup: Backup,
    arguments: Sequence[str],
) -> Iterator[Restored]:
    """Restore, start, hand over, and take away whatever happens; HostFailed, DrillAborted where it cannot be."""
    try:
        yield bring_up(transport, layout, host, cluster, backup, arguments)
    finally:
        take_away(transport, layout, host, cluster)


def bring_up(
    transport: Transport,
    layout: Layout,
    host: str,
    cluster: str,
    backup: Backup,
    arguments: Sequence[str],
) -> Restored:
    """Restore and start; whoever calls takes it away again, also where this fails."""
    data, socket, unit = _places(layout, cluster)
    take_away(transport, layout, host, cluster)
    for folder in (data, socket):
        argv = ["install", "-d", "-m", "0700", "-o", layout.database_user, folder]
        require(transport.run(host, argv, deadline_s=_CALL_S, sudo=True), f"make {folder}")
    argv = layout.pgbackrest(
        cluster,
        f"--set={backup.label}",
        *arguments,
        "--target-action=promote",
        "--archive-mode=off",
        "restore",
    )
    copied = transport.run(host, argv, deadline_s=_COPY_S, sudo=True)
    require(copied, f"restore {backup.label} of {cluster}")
    begun = time.monotonic()
    start = layout.transient(unit, layout.database_user, _server(layout, data, socket))
    require(transport.run(host, start, deadline_s=_CALL_S, sudo=True), "start the server")
    _wait_open(transport, layout, host, socket, unit)
    seconds = time.monotonic() - begun
    argv = ["du", "--summarize", "--bytes", data]
    sized = require(transport.run(host, argv, deadline_s=_CALL_S, sudo=True), "measure it")
    size = int(sized.stdout.split()[0])
    return Restored(host, cluster, socket, size, copied.seconds, seconds)


def _places(layout: Layout, cluster: str) -> tuple[str, str, str]:
    data = f"{layout.restored}/{cluster}"
    return data, f"{data}.socket", f"hikae-restored-{cluster}"


def _server(layout: Layout, data: str, socket: str) -> list[str]:
    """The server alone with itself: no network, no archive, no copy is waited for; its hba file lets in nobody else."""
    settings = {
        "listen_addresses": "",
        "port": "5432",
        "unix_socket_directories": socket,
        "unix_socket_permissions": "0700",
        "hba_file": f"{data}/pg_hba.conf",
        "ident_file": f"{data}/pg_ident.conf",
        "ssl": "off",
        "archive_mode": "off",
        # What Patroni sets by command line is not in the data; reading during recovery would want the leader's own sizes.
        "hot_standby": "off",
        "synchronous_standby_names": "",
        "work_mem": "64MB",
    }
    options = [f"--{name.replace('_', '-')}={value}" for name, value in settings.items()]
    return [f"{layout.postgres_programs}/postgres", "-D", data, *options]


def _wait_open(transport: Transport, layout: Layout, host: str, socket: str, unit: str) -> None:
    ends = time.monotonic() + _START_S
    asked = layout.query("postgres", "select pg_is_in_recovery()", socket=socket)
    while True:
        done = transport.run(host, asked, deadline_s=_CALL_S, sudo=True)
        if done.is_ok and done.stdout.strip() == "f":
            return
        argv = ["systemctl", "is-active", "--quiet", unit]
        if not transport.run(host, argv, deadline_s=_CALL_S, sudo=True).is_ok:
            argv = ["journalctl", "-u", unit, "-n", "8", "-o", "cat", "--no-pager"]
            said = transport.run(host, argv, deadline_s=_CALL_S, sudo=True).stdout.strip()
            raise DrillAborted(f"the restored server on {host} did not start: {said[-600:]}")
        if time.monotonic() > ends:
            raise HostFailed(done, "open the restored server in time")
        time.sleep(_TICK_S)


def take_away(transport: Transport, layout: Layout, host: str, cluster: str) -> None:
    """Nothing stays: the server, its data, its socket. What a broken run left goes the same way."""
    data, socket, unit = _places(layout, cluster)
    # Its data is thrown away, so nothing is lost by its being killed.
    transport.run(host, ["systemctl", "kill", "--signal=KILL", unit], deadline_s=_CALL_S, sudo=True)
    transport.run(host, ["systemctl", "stop", unit], deadline_s=_CALL_S, sudo=True)
    done = transport.run(host, ["rm", "-rf", "--", data, socket], deadline_s=_CALL_S, sudo=True)
    require(done, "remove what was restored")

"""The changes themselves, each with its own proof that it took place."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from dr.rolling.change import RESTARTS, Change
from dr.rolling.tools import Tools, wait
from inventory.transport import Completed

__all__ = ["ChangeFailed", "carry_out", "life_of"]

_RESTART_S = 120.0
_REBOOT_S = 600.0
"""A machine tests its memory and controllers first."""
_UP = ("running", "degraded")


class ChangeFailed(Exception):
    """A host was not changed: the sentence says what happened."""


def carry_out(tools: Tools, change: Change, hosts: Sequence[str]) -> None:
    """Change hosts at the same time; ChangeFailed where one of them did not go through it."""
    if change.kind == "provision":
        if complaints := tools.provision(hosts):
            raise ChangeFailed("; ".join(complaints))
        return
    act = _reboot if change.kind == "reboot" else _restart
    with ThreadPoolExecutor(max(1, min(8, len(hosts)))) as pool:
        failed = [said for said in pool.map(lambda h: act(tools, change, h), hosts) if said]
    if failed:
        raise ChangeFailed("; ".join(failed))


def life_of(tools: Tools, host: str) -> str | None:
    """Name this life of a host: another one means that it has restarted since. None without an answer.

    The kernel's boot id, and when its init began: containers share their kernel with the machine, so there
    only the second changes.
    """
    done = tools.root(host, "cat", "/proc/sys/kernel/random/boot_id", "/proc/1/stat", deadline_s=5)
    if not done.is_ok:
        return None
    boot, _, stat = done.stdout.partition("\n")
    # proc(5): field 22 is the start in clock ticks; the name in field 2 may hold blanks.
    fields = stat.rpartition(")")[2].split()
    return f"{boot.strip()}/{fields[19]}" if len(fields) > 19 else None


def _restart(tools: Tools, change: Change, host: str) -> str | None:
    if change.program == "postgres":
        cluster = str(tools.estate.hosts[host].cluster)
        argv = [tools.layout.patronictl, "restart", cluster, host, "--force"]
        before = _server_born(tools, host)
        said = _complaint(tools.root(host, *argv, deadline_s=_RESTART_S), "restart PostgreSQL")
        # Patroni's command says what it asked for; what counts is another server.
        lacking = wait(tools, 30.0, lambda: _same_server(tools, host, before))
        return lacking and (said or lacking)
    unit = RESTARTS[change.program][1]
    before = _main_process(tools, host, unit)
    done = tools.root(host, "systemctl", "restart", unit, deadline_s=_RESTART_S)
    # A router that stands between may lose the answer of its own restart: what counts is the new process.
    said = _complaint(done, f"restart {unit}")

    def look() -> str | None:
        now = _main_process(tools, host, unit)
        return None if now not in (None, "0", before) else f"{host}: {unit} has no new process yet"

    return wait(tools, 30.0, look) and (said or f"{host}: {unit} did not restart")


def _server_born(tools: Tools, host: str) -> str | None:
    query = tools.layout.query("postgres", "select pg_postmaster_start_time()")
    done = tools.root(host, *query)
    return done.stdout.strip() if done.is_ok else None


def _same_server(tools: Tools, host: str, before: str | None) -> str | None:
    now = _server_born(tools, host)
    return f"{host}: PostgreSQL has not restarted yet" if now in (None, before) else None


def _main_process(tools: Tools, host: str, unit: str) -> str | None:
    """Give when a unit last became active, in microseconds of the host's clock: another value, another life."""
    done = tools.root(
        host, "systemctl", "show", "--value", "-p", "ActiveEnterTimestampMonotonic", unit
    )
    return done.stdout.strip() if done.is_ok else None


def _reboot(tools: Tools, change: Change, host: str) -> str | None:
    before = life_of(tools, host)
    if before is None:
        return f"{host} does not answer before its reboot"
    # The connection may break before the answer: what counts is the next life.
    tools.root(host, "systemctl", "reboot", deadline_s=10.0)

    def look() -> str | None:
        now = life_of(tools, host)
        if now is None or now == before:
            return f"{host} is not back yet"
        state = tools.root(host, "systemctl", "is-system-running", deadline_s=5).stdout.strip()
        return None if state in _UP else f"{host} is {state or 'starting'}"

    return wait(tools, _REBOOT_S, look)


def _complaint(done: Completed, purpose: str) -> str | None:
    if done.is_ok:
        return None
    said = (done.stderr.strip() or done.stdout.strip())[-300:]
    return f"{done.host} could not {purpose}: {said or done.returncode}"

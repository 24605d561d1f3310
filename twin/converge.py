"""From day 0 to service, by the production path: Ansible, netmiko and pyinfra from a bastion."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from inventory import export
from monitors.alerting.deployment import encoded, monitoring_variables
from netconfig.render import daemons
from playbooks import run
from playbooks.authority import RENEW_BEFORE, Authority
from twin.answers import wait_answer
from twin.conductor import Conductor
from twin.errors import TwinFailed
from twin.fleet import Fleet
from twin.lab import Lab
from twin.pushing import ROUTED, is_answering, push_network
from twin.wheel import dispatch_wheel, nenkin_wheel

__all__ = [
    "DUE_S",
    "complaint_of",
    "converge",
    "provision",
    "wait_reachable",
    "wait_serving",
]

Doing = Callable[[str], None]
DUE_S = int(RENEW_BEFORE.total_seconds())
"""Certificates with less than this left are due."""


def converge(lab: Fleet, conductor: Conductor, doing: Doing) -> None:
    """Make a booted slice what the description says; raises TwinFailed with names and a log."""
    with conductor.at_bastion():
        doing("waiting until every host is reached over the estate's own lines")
        wait_reachable(lab, deadline_s=90)
        for outcome in provision(lab, conductor, doing):
            if complaint := complaint_of(lab, outcome):
                raise TwinFailed(complaint)
        doing("pushing router configurations")
        if failed := push_network(lab, conductor, why="provision", says=doing).failed:
            raise TwinFailed("Pushing failed: " + "; ".join(failed))


def provision(
    lab: Fleet,
    conductor: Conductor,
    doing: Doing,
    *,
    check: bool = False,
    limit: str = "",
    tags: tuple[str, ...] = (),
    renew_before_s: int = DUE_S,
    is_unfinished: bool = False,
) -> tuple[run.Outcome, ...]:
    """Run Ansible over the servers and pyinfra over the terminals; the caller stands at the bastion.

    `limit` confines it to one host or several, with commas between them.

    `tags` narrows what is done on servers; certificates with less than `renew_before_s` left are renewed.
    `is_unfinished` says that a run before this one was killed: what it announced to restart is restarted now.
    """
    doing("building the application's wheel")
    work = lab.places.run / "provision"
    terminals = dict(export.pyinfra_hosts(lab.estate, lab.names))
    chosen = set(filter(None, limit.split(",")))
    if chosen:
        terminals = {name: data for name, data in terminals.items() if name in chosen}
    if chosen and chosen <= set(terminals):
        return (_provision_terminals(lab, conductor, doing, terminals, renew_before_s, check),)
    servers = run.run_ansible(
        run.AnsibleRun(
            inventory=server_inventory(lab),
            ssh_config=conductor.ssh_config,
            variables={
                "hikae_secrets": lab.secrets.passwords(),
                "hikae_authority": Authority(lab.secrets, lab.estate.name).variables(),
                "hikae_nenkin_wheel": str(nenkin_wheel(lab.places)),
                "hikae_dispatch_wheel": str(dispatch_wheel(lab.places)),
                "pki_renew_before_s": renew_before_s,
                "hikae_unfinished": is_unfinished,
            },
            workdir=work / "ansible",
            tags=tags,
            check=check,
            limit=limit,
        ),
        on_line=run.tell_tasks(doing),
    )
    if servers.failed_hosts or not terminals:
        return (servers,)
    return (
        servers,
        _provision_terminals(lab, conductor, doing, terminals, renew_before_s, check),
    )


def _provision_terminals(
    lab: Fleet,
    conductor: Conductor,
    doing: Doing,
    terminals: Mapping[str, Mapping[str, Any]],
    renew_before_s: int,
    check: bool,
) -> run.Outcome:
    doing(f"{len(terminals)} terminals by pyinfra")
    return run.run_pyinfra(
        run.PyinfraRun(
            hosts=terminals,
            ssh_config=conductor.ssh_config,
            known_hosts=conductor.credentials.known_hosts,
            variables=_terminal_variables(lab) | {"hikae_renew_before_s": renew_before_s},
            workdir=lab.places.run / "provision" / "pyinfra",
            dry=check,
        ),
        on_line=lambda line: None,
    )


def server_inventory(lab: Fleet) -> dict[str, object]:
    """The slice's Ansible inventory, with what netconfig knows about its routers and monitors about its watchers."""
    inventory = export.ansible_inventory(lab.estate, lab.names)
    for name in lab.names:
        if lab.role(name) in ROUTED:
            inventory["all"]["hosts"][name]["hikae_frr_daemons"] = daemons(lab.estate, name)
        if lab.role(name) == "monitoring":
            watched = monitoring_variables(lab.estate, name, lab.names)
            inventory["all"]["hosts"][name]["hikae_monitoring"] = encoded(watched)
    return inventory


def _terminal_variables(lab: Fleet) -> dict[str, object]:
    """What every terminal knows of the slice: names, who may manage it, where the time comes from."""
    known = export.ansible_inventory(lab.estate, lab.names)["all"]["vars"]
    keys = ("hikae_estate", "hikae_hosts", "hikae_bastions", "hikae_ntp")
    authority = Authority(lab.secrets, lab.estate.name)
    return {key: known[key] for key in keys} | {"hikae_authority": authority.variables()}


def complaint_of(lab: Fleet, outcome: run.Outcome) -> str:
    """What failed, in a sentence; the whole log is kept. Nothing when all went well."""
    words = outcome.complaint(lab.places.home / f"failed-{outcome.log.name}")
    return f"Provisioning {words}" if words else ""


def wait_reachable(lab: Fleet, *, deadline_s: float, hosts: Sequence[str] | None = None) -> None:
    """Wait until sshd of every host but the networks' own (or of `hosts`) answers; TwinFailed names the others."""
    end = time.monotonic() + deadline_s
    left = [name for name in lab.names if lab.role(name) != "provider"]
    left = left if hosts is None else list(hosts)
    while left:
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda name: is_answering(lab, name), left))
        left = [name for name, answered in zip(left, answers, strict=True) if not answered]
        if left and time.monotonic() > end:
            raise TwinFailed(f"No way in to {', '.join(left)} after {deadline_s:.0f} s.")
        if left:
            time.sleep(0.5)


def wait_serving(lab: Lab, conductor: Conductor, doing: Doing, *, deadline_s: float) -> None:
    """Wait until every service with a database answers ready at its service address, and both copies stand."""
    doing("waiting for the service addresses")
    served = [
        service for service in lab.estate.services_within(lab.names).values() if service.ledger
    ]
    end = time.monotonic() + deadline_s
    context = conductor.tls()
    with conductor.at_bastion():
        for service in served:
            url = f"https://{service.address}:{service.port}/health/ready"
            lack = f"{service.name} is not ready at {url} after {deadline_s:.0f} s."
            wait_answer(url, context, lambda status: status == 200, end=end, lack=lack)
        for cluster in lab.estate.clusters_within(lab.names).values():
            doing(f"waiting until cluster {cluster.name} is complete")
            while not _is_complete(lab, cluster.members, cluster.synchronous_node_count):
                if time.monotonic() > end:
                    raise TwinFailed(
                        f"Cluster {cluster.name} is not complete after {deadline_s:.0f} s."
                    )
                time.sleep(0.5)


def _is_complete(lab: Lab, members: Sequence[str], synchronous: int) -> bool:
    """Whether every member runs and the leader's synchronous set has its full size (console)."""
    wanted = "select count(*) filter (where sync_state in ('sync','quorum')), count(*) from pg_stat_replication"
    for name in members:
        done = lab.hosts[name].exec(
            ["runuser", "-u", "postgres", "--", "psql", "-XAtc", wanted], deadline_s=10
        )
        if done.returncode == 0 and done.stdout.strip() not in ("", "0|0"):
            full, streaming = (int(part) for part in done.stdout.strip().split("|"))
            if full >= min(synchronous, len(members) - 1) and streaming >= len(members) - 1:
                return True
    return False

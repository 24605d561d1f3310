"""What was running when a drill began: versions and settings, for the report."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

from dr.database_facts import DatabaseFacts
from dr.fetch import Connect, NoAnswer
from dr.patroni import PORT, NodeState, read_config, read_node
from dr.plan import Plan
from inventory.transport import Transport

__all__ = ["Found", "describe_load", "find_versions", "read_patroni"]

_PACKAGES: Mapping[str, tuple[str, ...]] = {
    "database": ("postgresql-15",),
    "etcd": ("etcd-server",),
    "balancer": ("haproxy",),
    "router": ("frr",),
    "terminal": ("python3",),
}
"""By role of a host: Debian packages whose version a reader of the report asks for."""

_SETTINGS = (
    "ttl",
    "loop_wait",
    "retry_timeout",
    "synchronous_mode",
    "synchronous_mode_strict",
    "synchronous_node_count",
    "failsafe_mode",
    "maximum_lag_on_failover",
)


@dataclass(frozen=True, slots=True)
class Found:
    """Versions by program, settings by name."""

    versions: Mapping[str, str]
    settings: Mapping[str, str]


def find_versions(plan: Plan, transport: Transport, facts: Mapping[str, DatabaseFacts]) -> Found:
    """Ask one host of each role; what does not answer is left out and stops no drill."""
    versions: dict[str, str] = {}
    asked = {role: hosts[0] for role in _PACKAGES if (hosts := plan.areas.hosts_with(role))}
    with ThreadPoolExecutor(max_workers=len(asked) + 1) as pool:
        kernel = pool.submit(transport.run, plan.conductor, ["uname", "-r"], deadline_s=10.0)
        lists = {
            role: pool.submit(
                transport.run,
                host,
                ["dpkg-query", "-W", "-f", "${Package} ${Version}\\n", *_PACKAGES[role]],
                deadline_s=10.0,
            )
            for role, host in asked.items()
        }
        for future in lists.values():
            for line in future.result().stdout.splitlines():
                name, _, version = line.partition(" ")
                if version:
                    versions[name] = version
        if kernel.result().is_ok:
            versions["kernel"] = kernel.result().stdout.strip()
    settings: dict[str, str] = {}
    for name, cluster in plan.clusters.items():
        fact = next((facts[host] for host in cluster.members if host in facts), None)
        if fact is not None:
            versions["PostgreSQL"] = fact.version
            settings |= {f"{name}: {key}": value for key, value in fact.settings.items()}
    return Found(versions, settings)


def read_patroni(
    plan: Plan, connect: Connect, host: str, cluster: str
) -> tuple[NodeState, Mapping[str, str]]:
    """Ask Patroni on a host for its state and its cluster's settings; NoAnswer where it is mute."""
    with closing(connect(plan.address(host), PORT, 3.0)) as fetch:
        node, config = read_node(fetch), read_config(fetch)
    settings = {f"{cluster}: {key}": str(config[key]) for key in _SETTINGS if key in config}
    if not settings:
        raise NoAnswer(f"Patroni on {host} shows no settings")
    return node, settings


def describe_load(plan: Plan, rate: float) -> str:
    """Say in a sentence how the load is spread."""
    offices = len(plan.terminals)
    return (
        f"open-loop from {offices} office terminals, {rate:.1f} transactions per second each; "
        "multiple of the whole country's load by policy row 11"
    )

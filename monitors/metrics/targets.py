"""What Prometheus scrapes of an estate, or of the part that stands: which host by which job, with whose name on it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from inventory import Estate
from inventory.parts import Host

__all__ = ["GATE_PORT", "JOBS", "Job", "Target", "labels_of", "targets", "unreachable_jobs"]

GATE_PORT = 9443
"""Where a host's gate listens: a row of the flows, as the ports of etcd and of Patroni below are."""

# Branches hang on thin lines, and nobody there waits for a figure.
_OFTEN_S, _SELDOM_S = 15, 60


@dataclass(frozen=True, slots=True)
class Job:
    """A way to scrape hosts of some roles; no roles means every server."""

    name: str
    path: str
    roles: tuple[str, ...] = ()
    port: int = GATE_PORT


@dataclass(frozen=True, slots=True)
class Target:
    """A host by one job, and how often it is asked."""

    job: Job
    host: str
    address: str
    interval_s: int
    labels: tuple[tuple[str, str], ...]


JOBS = (
    Job("gate", "/alive"),
    Job("node", "/node"),
    Job("postgres", "/postgres", ("database",)),
    Job("routing", "/routing", ("router", "balancer")),
    Job("batch", "/batch", ("batch",)),
    Job("replication", "/replication", ("monitoring",)),
    Job("prometheus", "/prometheus/metrics", ("monitoring",)),
    Job("alertmanager", "/alertmanager/metrics", ("monitoring",)),
    Job("etcd", "/metrics", ("etcd",), 2379),
    Job("patroni", "/metrics", ("database",), 8008),
)
_NOT_SERVERS = ("terminal", "provider")


def targets(estate: Estate, within: Collection[str] | None = None) -> Iterator[Target]:
    """Every target, job by job, in the order of the estate."""
    for job in JOBS:
        for host in estate.select(within=within):
            if host.role in _NOT_SERVERS or host.site is None:
                continue
            if job.roles and host.role not in job.roles:
                continue
            centre = estate.sites[host.site].kind == "centre"
            yield Target(
                job,
                host.name,
                str(host.address),
                _OFTEN_S if centre or host.role == "etcd" else _SELDOM_S,
                tuple(labels_of(estate, host).items()),
            )


def unreachable_jobs(estate: Estate) -> Iterator[str]:
    """A sentence for each job and role that no flow lets a monitoring host call; an empty one where it is let in."""
    allowed = {(flow.target, flow.port) for flow in estate.flows if "monitoring" in flow.sources}
    asked = {(t.job.name, estate.hosts[t.host].role, t.job.port) for t in targets(estate)}
    for name, role, port in sorted(asked):
        if (role, port) in allowed:
            yield ""
        else:
            yield f"figures '{name}': no flow lets monitoring call {role} at port {port}; add it to `flows`"


def labels_of(estate: Estate, host: Host) -> dict[str, str]:
    """What every figure of a host says of it: where it stands, what it is for, and who answers for it."""
    site = estate.sites[host.site or ""]
    labels = {
        "instance": host.name,
        "role": host.role,
        "site": site.name,
        "area": site.area,
        "owner": estate.host_owners[host.role],
    }
    return labels | ({"cluster": host.cluster} if host.cluster else {})

"""What the screen shows: alerts, sites, services, clusters, votes and the night, as one Prometheus says.

`None` stands for what Prometheus does not know; nothing is guessed. Hosts are asked in order, and who is silent is named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite
from typing import Any
from urllib.parse import quote

from inventory import Estate
from monitors.alerting.place import watchers

__all__ = ["Ask", "Cluster", "Firing", "Night", "Service", "Site", "View", "read_view"]

Ask = Callable[[str, str], Any]
"""Address of a monitoring host and a path on its gate, to the JSON answer; OSError or ValueError where there is none."""

_SEVERITY = {"critical": 0, "warning": 1}
_PREFIX = "/prometheus/api/v1"


@dataclass(frozen=True, slots=True)
class Firing:
    """An alert that fires: since when (as Prometheus writes it), who answers, and what to open."""

    name: str
    severity: str
    summary: str
    owner: str
    since: str
    runbook: str


@dataclass(frozen=True, slots=True)
class Site:
    """A site of the slice: hosts that answer, of those that are asked."""

    name: str
    area: str
    up: int
    hosts: int


@dataclass(frozen=True, slots=True)
class Service:
    """A service at its address."""

    name: str
    tier: int
    is_ready: bool | None
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster; `bytes_at_risk` = what the loss of the leader's site would lose, None also where no copy is elsewhere."""

    name: str
    has_leader: bool | None
    members: int | None
    expected: int | None
    is_site_safe: bool | None
    bytes_at_risk: float | None


@dataclass(frozen=True, slots=True)
class Night:
    """The batch of the night; `finish` by quantile and `deadline` in Unix seconds."""

    is_running: bool
    jobs: Mapping[str, int]
    miss_probability: float | None
    finish: Mapping[str, float]
    deadline: float | None


@dataclass(frozen=True, slots=True)
class View:
    """The whole screen; `source` is the monitoring host that said it, None where none answered."""

    source: str | None
    silent: tuple[str, ...]
    alerts: tuple[Firing, ...]
    sites: tuple[Site, ...]
    services: tuple[Service, ...]
    clusters: tuple[Cluster, ...]
    votes_to_spare: int | None
    night: Night | None

    @property
    def is_fine(self) -> bool:
        """Whether somebody answered and nothing fires."""
        return self.source is not None and not self.alerts


def read_view(
    estate: Estate, within: Sequence[str] | None, ask: Ask, named: str | None = None
) -> View:
    """Ask the monitoring hosts in turn, the receiver's first, until one answers every question.

    `named` is asked instead of them, where the caller names an address.
    """
    found = watchers(estate, within)
    ordered = sorted(found.hosts, key=lambda host: host != found.receiver)
    asked = [(host.name, str(host.address)) for host in ordered]
    silent: list[str] = []
    for name, address in asked if named is None else [(named, named)]:
        try:
            return _view(estate, within, name, tuple(silent), _Source(address, ask))
        except (OSError, ValueError, KeyError, TypeError):
            silent.append(name)
    return View(None, tuple(silent), (), (), (), (), None, None)


class _Source:
    """One Prometheus."""

    def __init__(self, address: str, ask: Ask) -> None:
        self._address, self._ask = address, ask

    def alerts(self) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = self._ask(self._address, f"{_PREFIX}/alerts")["data"][
            "alerts"
        ]
        return found

    def by(self, label: str, query: str) -> dict[str, float]:
        """The values of an instant query by one of its labels."""
        path = f"{_PREFIX}/query?query={quote(query)}"
        rows = self._ask(self._address, path)["data"]["result"]
        return {row["metric"].get(label, ""): float(row["value"][1]) for row in rows}

    def one(self, query: str) -> float | None:
        return next(iter(self.by("", query).values()), None)


def _view(
    estate: Estate,
    within: Sequence[str] | None,
    name: str,
    silent: tuple[str, ...],
    source: _Source,
) -> View:
    spare = source.one("max(hikae_etcd_votes_to_spare)")
    return View(
        name,
        silent,
        tuple(sorted(_firing(source), key=lambda a: (_SEVERITY.get(a.severity, 9), a.since))),
        tuple(_sites(estate, source)),
        tuple(_services(estate, within, source)),
        tuple(_clusters(estate, within, source)),
        None if spare is None else int(spare),
        _night(source),
    )


def _firing(source: _Source) -> Iterator[Firing]:
    for said in source.alerts():
        if said["state"] == "firing":
            labels, words = said["labels"], said["annotations"]
            yield Firing(
                labels["alertname"],
                labels.get("severity", ""),
                words.get("summary", ""),
                labels.get("owner", ""),
                said["activeAt"],
                words.get("runbook", ""),
            )


def _sites(estate: Estate, source: _Source) -> Iterator[Site]:
    up = source.by("site", 'sum by (site) (up{job="gate"})')
    hosts = source.by("site", 'count by (site) (up{job="gate"})')
    for name, site in estate.sites.items():
        if name in hosts:
            yield Site(name, site.area, int(up.get(name, 0)), int(hosts[name]))


def _services(estate: Estate, within: Sequence[str] | None, source: _Source) -> Iterator[Service]:
    ready = source.by("service", 'max by (service) (probe_success{job="probe"})')
    took = source.by("service", 'min by (service) (probe_duration_seconds{job="probe"})')
    for name, service in estate.services_within(within).items():
        if service.ledger:
            value = ready.get(name)
            yield Service(name, service.tier, None if value is None else value == 1, took.get(name))


def _clusters(estate: Estate, within: Sequence[str] | None, source: _Source) -> Iterator[Cluster]:
    def by_cluster(metric: str, how: str = "max", which: str = "") -> dict[str, float]:
        return source.by("cluster", f"{how} by (cluster) (hikae_cluster_{metric}{which})")

    leaders, running = by_cluster("leaders"), by_cluster("members_running")
    expected, safe = by_cluster("members_expected"), by_cluster("site_rpo_zero")
    risk = by_cluster("bytes_at_risk", "min", '{of="site"}')
    for name in estate.clusters_within(within):
        yield Cluster(
            name,
            leaders[name] > 0 if name in leaders else None,
            int(running[name]) if name in running else None,
            int(expected[name]) if name in expected else None,
            safe[name] == 1 if name in safe else None,
            risk[name] if isfinite(risk.get(name, inf)) else None,
        )


def _night(source: _Source) -> Night | None:
    running = source.one("max(hikae_batch_running)")
    if running is None:
        return None
    jobs = source.by("state", "max by (state) (hikae_batch_jobs)")
    return Night(
        running == 1,
        {state: int(count) for state, count in jobs.items()},
        source.one("max(hikae_batch_miss_probability)"),
        source.by("level", "max by (level) (hikae_batch_finish_timestamp_seconds)"),
        source.one("max(hikae_batch_deadline_timestamp_seconds)"),
    )

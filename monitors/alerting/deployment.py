"""What the roles `exporters` and `monitoring` are told of an estate: the files of one monitoring host, as texts."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Mapping
from typing import Any

import yaml

from inventory import Estate
from monitors.alerting.alert import read_alerts, rules
from monitors.alerting.configuration import IDENTITY, TRUST, alertmanager, blackbox, prometheus
from monitors.alerting.place import watchers
from monitors.metrics.targets import JOBS

__all__ = ["encoded", "monitoring_variables"]

_FILES = ("prometheus", "rules", "alertmanager", "blackbox", "replication")


def monitoring_variables(
    estate: Estate, host: str, within: Collection[str] | None = None
) -> dict[str, Any]:
    """The variable `hikae_monitoring` of monitoring host `host` in a slice."""
    found = watchers(estate, within)
    own = estate.host(host)
    return {
        "prometheus": _yaml(prometheus(estate, own, within)),
        "rules": _yaml(rules(estate, read_alerts())),
        "alertmanager": _yaml(alertmanager(estate, within)),
        "blackbox": _yaml(blackbox()),
        "replication": json.dumps(_replication(estate, within), indent=1) + "\n",
        "peers": [str(each.address) for each in found.hosts if each.name != host],
        "is_receiver": found.receiver is not None and found.receiver.name == host,
    }


def encoded(variables: Mapping[str, Any]) -> dict[str, Any]:
    """The same with its files in Base64: Ansible would expand the `{{ }}` in them that are Prometheus' to expand."""
    return {
        name: base64.b64encode(value.encode()).decode() if name in _FILES else value
        for name, value in variables.items()
    }


def _replication(estate: Estate, within: Collection[str] | None) -> dict[str, Any]:
    """Whom monitors.metrics.replication asks, and with what."""
    ports = {job.name: job.port for job in JOBS}
    return {
        "identity": IDENTITY,
        "trust": TRUST,
        "clusters": {
            cluster.name: {
                "members": [_member(estate, name, ports["patroni"]) for name in cluster.members]
            }
            for cluster in estate.clusters_within(within).values()
        },
        "voters": [
            {"name": host.name, "address": str(host.address), "port": ports["etcd"]}
            for host in estate.select(role="etcd", within=within)
        ],
    }


def _member(estate: Estate, name: str, port: int) -> dict[str, Any]:
    host = estate.host(name)
    site = estate.sites[host.site or ""]
    return {
        "name": name,
        "address": str(host.address),
        "port": port,
        "site": site.name,
        "area": site.area,
    }


def _yaml(value: Mapping[str, Any]) -> str:
    text: str = yaml.dump(value, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=160)
    return "# Written by role monitoring from the inventory.\n" + text


class _Plain(yaml.SafeDumper):
    """Without anchors: what is said of TLS stands at every target, for whoever reads the file."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

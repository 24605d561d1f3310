"""The settings of Prometheus, Alertmanager and the blackbox exporter, as values that are written as YAML."""

from __future__ import annotations

import itertools
from collections.abc import Collection
from typing import Any

from inventory import Estate
from inventory.parts import Host
from monitors.alerting.place import Watchers, watchers
from monitors.metrics.targets import GATE_PORT, Target, targets

__all__ = ["IDENTITY", "TRUST", "alertmanager", "blackbox", "prometheus"]

IDENTITY, TRUST = "/etc/hikae/tls/host.pem", "/etc/hikae/tls/ca.pem"
# Everywhere the same: our certificate in one file with its key, and the estate's roots.
_TLS = {"ca_file": TRUST, "cert_file": IDENTITY, "key_file": IDENTITY}
_BLACKBOX = "127.0.0.1:9115"
_RULES = "/etc/prometheus/hikae_rules.yml"


def prometheus(estate: Estate, host: Host, within: Collection[str] | None = None) -> dict[str, Any]:
    """Prometheus on monitoring host `host`: every target of the slice, and every Alertmanager."""
    found = watchers(estate, within)
    return {
        "global": {
            "scrape_interval": "15s",
            "scrape_timeout": "10s",
            "evaluation_interval": "15s",
            "external_labels": {"estate": estate.name, "watcher": host.name},
        },
        "rule_files": [_RULES],
        "alerting": _alerting(found),
        "scrape_configs": [*_scrapes(estate, within), *_probes(estate, within)],
    }


def _alerting(found: Watchers) -> dict[str, Any]:
    return {
        # Both evaluate the same rules: without who said it, an alert of both is one.
        "alert_relabel_configs": [{"action": "labeldrop", "regex": "watcher"}],
        "alertmanagers": [
            {
                "scheme": "https",
                "path_prefix": "/alertmanager",
                "timeout": "5s",
                "tls_config": _TLS,
                "static_configs": [{"targets": [_gate(each) for each in found.hosts]}],
            }
        ],
    }


def _scrapes(estate: Estate, within: Collection[str] | None) -> list[dict[str, Any]]:
    found = []
    grouped = itertools.groupby(
        sorted(targets(estate, within), key=lambda t: (t.job.name, t.interval_s)),
        key=lambda t: (t.job, t.interval_s),
    )
    for (job, interval_s), group in grouped:
        found.append(
            {
                # Two of one job by how often, under one name for whoever asks.
                "job_name": f"{job.name}-{interval_s}s",
                "scheme": "https",
                "metrics_path": job.path,
                "scrape_interval": f"{interval_s}s",
                "tls_config": _TLS,
                "static_configs": [_static(target) for target in group],
            }
        )
    return found


def _static(target: Target) -> dict[str, Any]:
    labels = {"job": target.job.name, **dict(target.labels)}
    return {"targets": [f"{target.address}:{target.job.port}"], "labels": labels}


def _probes(estate: Estate, within: Collection[str] | None) -> list[dict[str, Any]]:
    """Whether each service that has its databases in the slice is ready at its one address, as an office asks."""
    served = [each for each in estate.services_within(within).values() if each.ledger]
    if not served:
        return []
    return [
        {
            "job_name": "probe",
            "metrics_path": "/probe",
            "params": {"module": ["service"]},
            "static_configs": [
                {
                    "targets": [f"https://{service.address}:{service.port}/health/ready"],
                    "labels": {
                        "instance": service.name,
                        "service": service.name,
                        "tier": str(service.tier),
                        "owner": service.owner,
                    },
                }
                for service in served
            ],
            "relabel_configs": [
                {"source_labels": ["__address__"], "target_label": "__param_target"},
                {"target_label": "__address__", "replacement": _BLACKBOX},
            ],
        }
    ]


def alertmanager(estate: Estate, within: Collection[str] | None = None) -> dict[str, Any]:
    """Alertmanager: everything goes to the one receiver, which keeps who was told what."""
    receiver = watchers(estate, within).receiver
    webhooks = []
    if receiver is not None:
        webhooks.append(
            {
                "url": f"https://{_gate(receiver)}/receiver",
                "send_resolved": True,
                "http_config": {"tls_config": _TLS},
            }
        )
    return {
        "route": {
            "receiver": "operations",
            # An alert by itself: a group is told again as a whole when one of it changes.
            "group_by": ["..."],
            "group_wait": "5s",
            "group_interval": "15s",
            "repeat_interval": "12h",
        },
        "inhibit_rules": [
            # What is dead is told once, and not once more by everything that it does not say any more.
            {
                "source_matchers": ['alertname="HostDown"'],
                "target_matchers": ['alertname!="HostDown"'],
                "equal": ["instance"],
            }
        ],
        "receivers": [{"name": "operations", "webhook_configs": webhooks}],
    }


def blackbox() -> dict[str, Any]:
    """The blackbox exporter: one module, which calls as a host of the estate does."""
    return {
        "modules": {
            "service": {
                "prober": "http",
                "timeout": "5s",
                "http": {
                    "method": "GET",
                    "valid_status_codes": [200],
                    "fail_if_not_ssl": True,
                    "preferred_ip_protocol": "ip4",
                    "follow_redirects": False,
                    "tls_config": _TLS,
                },
            }
        }
    }


def _gate(host: Host) -> str:
    return f"{host.address}:{GATE_PORT}"

"""An alert: when it fires, how much it matters, who answers, and which heading of which runbook to open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from inventory import Estate

__all__ = ["ALERTS", "SEVERITIES", "Alert", "InvalidAlerts", "read_alerts", "rules"]

ALERTS = Path(__file__).with_name("alerts.yml")
SEVERITIES = ("critical", "warning")
TARGET = "target"
"""In place of a role: whoever answers for the host or service that the series is about."""
_WANTED = ("expr", "severity", "owner", "runbook", "summary")
_MAY = frozenset({*_WANTED, "for", "keep"})


class InvalidAlerts(ValueError):
    """Alerts that nobody could act on; the text names each with file and way out."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert; `owner` is a host role of the inventory, whose owner answers, or `target`."""

    name: str
    expr: str
    severity: str
    owner: str
    runbook: str
    summary: str
    wait: str = "0s"
    """How long it must hold before it fires."""
    keep: str = ""
    """How long it goes on firing once it does not hold: what flickers is told once."""


def read_alerts(path: Path = ALERTS) -> tuple[Alert, ...]:
    """Every alert of the file; InvalidAlerts names all that lack severity, owner, runbook or words."""
    said: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    faults: list[str] = []
    found: list[Alert] = []
    for name, values in said.items():
        own = list(_faults(values))
        faults += [f"{path.name}: {name}: {fault}" for fault in own]
        if not own:
            found.append(
                Alert(
                    name,
                    **{key: str(values[key]).strip() for key in _WANTED},
                    wait=str(values.get("for", "0s")),
                    keep=str(values.get("keep", "")),
                )
            )
    if faults:
        raise InvalidAlerts("\n".join(faults))
    return tuple(found)


def _faults(values: object) -> Iterator[str]:
    if not isinstance(values, dict):
        yield f"says nothing; write {', '.join(_WANTED)}"
        return
    for key in _WANTED:
        if not values.get(key):
            yield f"has no {key}; write one"
    for key in sorted(set(values) - _MAY):
        yield f"'{key}' is unknown; known: {', '.join(sorted(_MAY))}"
    if values.get("severity") and values["severity"] not in SEVERITIES:
        yield f"severity '{values['severity']}' is unknown; known: {', '.join(SEVERITIES)}"


def rules(estate: Estate, alerts: Sequence[Alert]) -> dict[str, Any]:
    """The file of rules for Prometheus; InvalidAlerts where an owner is no host role of this estate."""
    known = {*estate.host_owners, TARGET}
    faults = [
        f"alert {alert.name}: owner '{alert.owner}' is no role of a host; known: {', '.join(sorted(known))}"
        for alert in alerts
        if alert.owner not in known
    ]
    if faults:
        raise InvalidAlerts("\n".join(faults))
    return {"groups": [{"name": "hikae", "rules": [_rule(estate, alert) for alert in alerts]}]}


def _rule(estate: Estate, alert: Alert) -> dict[str, Any]:
    owner = {} if alert.owner == TARGET else {"owner": estate.host_owners[alert.owner]}
    name, _, heading = alert.runbook.partition("#")
    return {
        "alert": alert.name,
        "expr": alert.expr.replace("@proof_seconds@", str(estate.backups.proof_hours * 3600)),
        "for": alert.wait,
        **({"keep_firing_for": alert.keep} if alert.keep else {}),
        "labels": {"severity": alert.severity, **owner},
        "annotations": {
            "summary": alert.summary,
            "runbook": f"runbooks/{name}.md" + (f"#{heading}" if heading else ""),
        },
    }

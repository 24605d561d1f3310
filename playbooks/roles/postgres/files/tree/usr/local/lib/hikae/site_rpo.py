#!/opt/patroni/bin/python -sB
"""Whether the loss of this site would lose acknowledged commits: a gauge for the monitors, an alarm in the journal.

*Site-RPO is zero* while a host of another site is a synchronous copy. Only the leader knows; a replica says nothing.
The gauge (`hikae_site_rpo_zero`) is a file for node-exporter's textfile collector: monitoring learns it from who knows it.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

__all__ = ["gauge", "is_zero", "sentence"]

LOG = logging.getLogger("site-rpo")
_SETTINGS = Path("/etc/patroni/site_rpo.json")
_PERIOD_S = 1.0
_QUERY = """
SELECT pg_is_in_recovery(),
       coalesce(array_agg(application_name) FILTER (WHERE sync_state IN ('sync', 'quorum')), '{}')
FROM pg_stat_replication
"""


def is_zero(synchronous: Collection[str], sites: Mapping[str, str], site: str) -> bool:
    """Whether one of the synchronous copies stands at another site; strangers do not count."""
    return any(sites.get(name, site) != site for name in synchronous)


def gauge(cluster: str, value: bool) -> str:
    """The gauge in Prometheus' text format."""
    name = "hikae_site_rpo_zero"
    return (
        f"# HELP {name} 1 while a synchronous copy stands at another site than the leader.\n"
        f"# TYPE {name} gauge\n"
        f'{name}{{cluster="{cluster}"}} {int(value)}\n'
    )


def sentence(cluster: str, site: str, value: bool) -> str:
    """What a person reads when it changes."""
    if value:
        return f"site-RPO = 0 is true in cluster {cluster}: a copy outside {site} is synchronous"
    return (
        f"ALARM site-RPO = 0 is false in cluster {cluster}: no copy outside {site} is synchronous, so the loss of "
        f"{site} would lose acknowledged commits; runbook site-loss, heading alarm"
    )


def _ask(connection: Any) -> tuple[bool, list[str]]:
    row = connection.execute(_QUERY).fetchone()
    return bool(row[0]), list(row[1])


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}")
    temporary.write_text(text)
    temporary.chmod(0o644)
    temporary.replace(path)


def watch(settings: Mapping[str, Any]) -> None:
    """Look once a second for ever; a server that does not answer is one that says nothing."""
    import psycopg

    path, cluster, site = Path(settings["textfile"]), settings["cluster"], settings["site"]
    known: bool | None = None
    connection = None
    while True:
        began = time.monotonic()
        try:
            if connection is None:
                connection = psycopg.connect(settings["conninfo"], autocommit=True)
            is_replica, synchronous = _ask(connection)
        except psycopg.Error:
            connection, is_replica, synchronous = None, True, []
        if is_replica:
            path.unlink(missing_ok=True)
            known = None
        else:
            value = is_zero(synchronous, settings["sites"], site)
            if value is not known:
                LOG.log(
                    logging.WARNING if value else logging.CRITICAL, sentence(cluster, site, value)
                )
                _write(path, gauge(cluster, value))
                known = value
            else:
                os.utime(path)  # its age tells that somebody still looks
        time.sleep(max(0.0, began + _PERIOD_S - time.monotonic()))


if __name__ == "__main__":
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s")
    watch(json.loads(_SETTINGS.read_text()))

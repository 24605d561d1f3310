"""What a database server says of itself before a drill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dr.failure import require
from dr.layout import Layout
from inventory.transport import Transport

__all__ = ["SETTINGS", "DatabaseFacts", "read_facts"]

SETTINGS = (
    "synchronous_commit",
    "wal_sender_timeout",
    "wal_receiver_timeout",
    "max_connections",
    "data_checksums",
    "fsync",
)
"""Settings that decide how a failover goes."""

_QUERY = (
    "select name, setting || coalesce(unit, '') from pg_settings where name in"
    " ('data_directory', 'server_version', {names})"
    " union all select 'bin_directory', setting from pg_config where name = 'BINDIR'"
)


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """Where a server keeps its data and programs, its version and its settings."""

    host: str
    data_directory: str
    bin_directory: str
    version: str
    settings: Mapping[str, str]


def read_facts(transport: Transport, layout: Layout, host: str) -> DatabaseFacts:
    """Ask the server of a host; HostFailed where it does not answer."""
    names = ", ".join(f"'{name}'" for name in SETTINGS)
    argv = layout.query("postgres", _QUERY.format(names=names))
    done = transport.run(host, argv, deadline_s=10.0, sudo=True)
    require(done, "say where its database is")
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    facts = {row[0]: row[1] for row in rows if len(row) == 2}
    return DatabaseFacts(
        host=host,
        data_directory=facts.get("data_directory", ""),
        bin_directory=facts.get("bin_directory", ""),
        version=facts.get("server_version", ""),
        settings={name: facts[name] for name in SETTINGS if name in facts},
    )

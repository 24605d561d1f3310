"""Looking up what the databases hold after a disaster: on the leader, or on the farthest replica."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dr import lsn
from dr.evidence import LedgerEntry
from dr.layout import Layout
from inventory.parts import Service
from inventory.transport import Transport

__all__ = ["LedgerUnread", "Received", "farthest", "parse_ledger", "read_ledger", "read_received"]

_DEADLINE_S = 60.0
_RECEIVED = "select coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())"


class LedgerUnread(Exception):
    """A ledger could not be read: the sentence says why."""


@dataclass(frozen=True, slots=True)
class Received:
    """How far a replica has received the WAL."""

    host: str
    byte: int


def read_received(transport: Transport, layout: Layout, hosts: Iterable[str]) -> list[Received]:
    """Ask replicas how far they are; those that do not answer are left out."""
    argv = layout.query("postgres", _RECEIVED)
    done = transport.run_all(tuple(hosts), argv, deadline_s=10.0, sudo=True)
    return [
        Received(host, lsn.from_text(completed.stdout.strip()))
        for host, completed in done.items()
        if completed.is_ok and lsn.is_lsn(completed.stdout.strip())
    ]


def farthest(received: Iterable[Received]) -> Received | None:
    """Give the replica that has received most; the first by name where two have the same."""
    return min(received, key=lambda one: (-one.byte, one.host), default=None)


def read_ledger(
    transport: Transport, layout: Layout, host: str, service: Service
) -> Mapping[str, LedgerEntry]:
    """Read the whole ledger of a service from a host; LedgerUnread where that fails."""
    # The relation comes from the estate, where it is held to letters, one dot and underscores.
    argv = layout.query(
        str(service.database), f"select key, content, entries from {service.ledger}"
    )
    done = transport.run(host, argv, deadline_s=_DEADLINE_S, sudo=True)
    if not done.is_ok:
        said = done.stderr.strip()[-300:] or f"return code {done.returncode}"
        raise LedgerUnread(f"the ledger of {service.name} cannot be read on {host}: {said}")
    return parse_ledger(done.stdout)


def parse_ledger(text: str) -> dict[str, LedgerEntry]:
    """Read rows of key, content and count; LedgerUnread at a row that is none.

    A key that stands there with two contents is one key with more than one entry.
    """
    ledger: dict[str, LedgerEntry] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        fields = line.split("\t")
        if len(fields) != 3 or not fields[2].isdigit():
            raise LedgerUnread(f"row {number} of the ledger is none: {line[:120]!r}")
        key, content, entries = fields[0], fields[1], int(fields[2])
        before = ledger.get(key)
        if before is not None:
            content, entries = before.content, before.entries + entries
        ledger[key] = LedgerEntry(content, entries)
    return ledger

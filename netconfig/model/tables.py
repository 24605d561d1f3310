"""Routing tables side by side: what the model says a device has, and what a booted device says itself.

Rows are values; both of a device's own words (`show ip route json` of FRR, `ip -j route` of the kernel) are read into
the same rows, so that agreement is equality and a difference is a sentence.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from netconfig.model.failures import Failure
from netconfig.model.network import Network
from netconfig.model.numbers import spell_address, spell_prefix

__all__ = [
    "KERNEL_COMMAND",
    "ROUTE_COMMAND",
    "Difference",
    "Row",
    "compare",
    "compare_kernel",
    "read_ip_route",
    "read_show_ip_route",
    "rows_after",
    "rows_of",
]

ROUTE_COMMAND = "show ip route json"
KERNEL_COMMAND = ("ip", "-j", "route", "show", "table", "main")

_OWN = "127."  # every host has it, and no text says so
_OF_KERNEL = {"kernel": "connected"}


@dataclass(frozen=True, slots=True, order=True)
class Row:
    """One chosen route; `ways` are (interface, gateway), gateway empty = on the wire; no way = it discards."""

    prefix: str
    protocol: str
    distance: int
    metric: int
    ways: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """A prefix at which a model and a device disagree; None = it is not there."""

    device: str
    prefix: str
    expected: Row | None
    found: Row | None

    def __str__(self) -> str:
        """Both sides in one sentence."""
        return f"{self.device} {self.prefix}: model {_spell(self.expected)}, device {_spell(self.found)}"


def rows_of(network: Network, host: str) -> tuple[Row, ...]:
    """The table of a device as the model has it now, by prefix."""
    plan = network.plan
    table = network.state.table[plan.index[host]]
    return tuple(
        Row(
            spell_prefix(prefix),
            entry.protocol,
            entry.distance,
            entry.metric,
            tuple(
                sorted(
                    (plan.ports[port].name, spell_address(gateway) if gateway else "")
                    for port, gateway in entry.ways
                )
            ),
        )
        for prefix, entry in sorted(table.items())
    )


def rows_after(network: Network, host: str, *failures: Failure) -> tuple[Row, ...]:
    """The table of a device after failures; the network is as before afterwards."""
    mark = network.journal.mark()
    try:
        for failure in failures:
            network.turn(failure.ports, failure.halves, 1)
        return rows_of(network, host)
    finally:
        network.journal.back_to(mark)


def read_show_ip_route(text: str) -> tuple[Row, ...]:
    """The chosen routes of FRR's `show ip route json`; recursive next hops as what they resolve to."""
    found = []
    for prefix, entries in json.loads(text or "{}").items():
        for entry in entries:
            if entry.get("selected") and not prefix.startswith(_OWN):
                found.append(
                    Row(
                        prefix,
                        str(entry["protocol"]),
                        int(entry.get("distance", 0)),
                        int(entry.get("metric", 0)),
                        _frr_ways(entry.get("nexthops", ())),
                    )
                )
    return tuple(sorted(found))


def read_ip_route(text: str) -> tuple[Row, ...]:
    """The routes of the kernel's main table; it knows no distance, and its metric is FRR's own choice.

    Of several to one prefix the one that is taken: that of the least metric.
    """
    found: dict[str, tuple[int, Row]] = {}
    for entry in json.loads(text or "[]"):
        target = "0.0.0.0/0" if entry["dst"] == "default" else str(entry["dst"])
        prefix = target if "/" in target else f"{target}/32"
        if prefix.startswith(_OWN):
            continue
        protocol = str(entry.get("protocol", "boot"))
        hops: list[dict[str, Any]] = entry.get("nexthops") or [entry]
        ways: tuple[tuple[str, str], ...] = ()
        if entry.get("type") not in ("blackhole", "unreachable", "prohibit"):
            ways = tuple(sorted((str(hop["dev"]), str(hop.get("gateway", ""))) for hop in hops))
        metric = int(entry.get("metric", 0))
        if prefix not in found or metric < found[prefix][0]:
            found[prefix] = metric, Row(prefix, _OF_KERNEL.get(protocol, protocol), 0, 0, ways)
    return tuple(sorted(row for _, row in found.values()))


def compare(device: str, expected: Iterable[Row], found: Iterable[Row]) -> tuple[Difference, ...]:
    """Every prefix at which the two disagree in anything."""
    ours = {row.prefix: row for row in expected}
    theirs = {row.prefix: row for row in found}
    return tuple(
        Difference(device, prefix, ours.get(prefix), theirs.get(prefix))
        for prefix in sorted({*ours, *theirs})
        if ours.get(prefix) != theirs.get(prefix)
    )


def compare_kernel(
    device: str, expected: Iterable[Row], found: Iterable[Row]
) -> tuple[Difference, ...]:
    """The same against the kernel's table: prefix and ways only, without loopbacks (it keeps them apart)."""
    return compare(
        device,
        [_bare(row) for row in expected if not _is_loopback(row)],
        [_bare(row) for row in found],
    )


def _bare(row: Row) -> Row:
    return Row(row.prefix, "", 0, 0, row.ways)


def _is_loopback(row: Row) -> bool:
    return row.protocol == "connected" and row.prefix.endswith("/32")


def _frr_ways(hops: Iterable[dict[str, Any]]) -> tuple[tuple[str, str], ...]:
    found = set()
    for hop in hops:
        if hop.get("recursive") or hop.get("blackhole") or not hop.get("active", False):
            continue
        if "interfaceName" in hop:
            found.add((str(hop["interfaceName"]), str(hop.get("ip", ""))))
    return tuple(sorted(found))


def _spell(row: Row | None) -> str:
    if row is None:
        return "has none"
    ways = " and ".join(f"{name} via {gateway or 'the wire'}" for name, gateway in row.ways)
    return f"{row.protocol} [{row.distance}/{row.metric}] {ways or 'discards'}"

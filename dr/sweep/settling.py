"""When the network is as before: every kernel's routes equal those of the beginning, and the sessions nearby are up.

Routes alone do not tell it: a second line whose session is still away changes none. It is looked at in the order of what a
look costs, so that looking does not disturb what is measured.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from inventory import Estate
from netconfig.derivation import ROUTED_ROLES
from netconfig.model.tables import Row, compare, read_ip_route
from netconfig.reach import Sessions, expected_sessions, missing_sessions

__all__ = ["Settling", "Tables", "around"]


class Tables(Protocol):
    """Reads what devices know, without a packet of the network under test."""

    def routes(self, hosts: Sequence[str]) -> Mapping[str, str]:
        """The main table of each host's kernel, as `ip -j route` tells it."""
        ...

    def sessions(self, host: str) -> Mapping[str, str]:
        """What its routing daemons say of their neighbours, by protocol (`netconfig.reach.COMMANDS`)."""
        ...


def around(estate: Estate, within: Collection[str], wires: Collection[str]) -> tuple[str, ...]:
    """The routed devices at the ends of some wires (or switch ports), as `dr.faults` names them."""
    ends = {wire.name: wire.ends for wire in estate.wires(within)}
    found: dict[str, None] = {}
    for name in wires:
        hosts = [end.host for end in ends[name]] if name in ends else [name.partition(":")[0]]
        found |= dict.fromkeys(h for h in hosts if estate.hosts[h].role in ROUTED_ROLES)
    return tuple(found)


@dataclass(slots=True)
class Settling:
    """Compares the network with how it was when `remember` was called."""

    estate: Estate
    within: Sequence[str]
    tables: Tables
    before: dict[str, tuple[Row, ...]] = field(default_factory=dict)
    _expected: dict[str, Sessions] = field(default_factory=dict)

    @property
    def devices(self) -> tuple[str, ...]:
        """Everything that routes."""
        return tuple(n for n in self.within if self.estate.hosts[n].role in ROUTED_ROLES)

    def remember(self) -> None:
        """From now on it is compared with this."""
        self.before = self._routes()

    def routes(self) -> str | None:
        """What differs from before, one of it; None where nothing does."""
        now = self._routes()
        for host, rows in self.before.items():
            if found := compare(host, rows, now[host]):
                more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
                return f"{host} has another way to {found[0].prefix} than before{more}"
        return None

    def sessions(self, hosts: Collection[str]) -> str | None:
        """A neighbour of these devices that is not up; None where all are."""
        for host in hosts:
            if host not in self._expected:
                self._expected[host] = expected_sessions(self.estate, host, self.within)
            try:
                missing = missing_sessions(self._expected[host], **self.tables.sessions(host))
            except ValueError:
                return f"{host} gives no answer that can be read"
            if missing:
                return f"{host}: {missing[0]} is not up yet"
        return None

    def _routes(self) -> dict[str, tuple[Row, ...]]:
        said = self.tables.routes(self.devices)
        return {host: _rows(text) for host, text in said.items()}


def _rows(text: str) -> tuple[Row, ...]:
    try:
        return read_ip_route(text)
    except (json.JSONDecodeError, KeyError):
        return ()

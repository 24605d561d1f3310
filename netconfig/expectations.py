"""What devices are held to after a wave beside their sessions: their tables as the model has them, and who answers.

A table is compared prefix by prefix with the model of the network as it is between waves. Where it differed from the model
already and is as it was, the change is not to blame.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from inventory import Estate
from netconfig.model.tables import (
    ROUTE_COMMAND,
    Difference,
    Row,
    read_show_ip_route,
)
from netconfig.terminal import Terminal

__all__ = ["Answers", "Probe", "Tables", "asked_of"]

Rows = Callable[[str], Sequence[Row]]
Probe = Callable[[str], bool]
"""Whether a host answers, asked with real packets from where the push is conducted."""
_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Tables:
    """The model's table of each device before a wave and after it."""

    before: Rows
    after: Rows

    def look(self, host: str, terminal: Terminal) -> Mapping[str, Row] | None:
        """A device's table by prefix; None where it says nothing that can be read."""
        try:
            return {row.prefix: row for row in read_show_ip_route(terminal.read(ROUTE_COMMAND))}
        except (json.JSONDecodeError, AttributeError, KeyError, TypeError):
            return None

    def obstacle(self, host: str, now: Mapping[str, Row] | None) -> str | None:
        """Nothing in a table forbids a change."""
        return None

    def lacking(
        self, host: str, now: Mapping[str, Row] | None, before: Mapping[str, Row] | None
    ) -> tuple[str, ...]:
        """Prefixes that are not as the model has them, by this change."""
        if before is None:
            return ()
        if now is None:
            return (f"the table of {host} cannot be read",)
        model = {row.prefix: row for row in self.before(host)}
        wanted = {row.prefix: row for row in self.after(host)}
        found = []
        for prefix in sorted({*now, *wanted}):
            has, should = now.get(prefix), wanted.get(prefix)
            was = before.get(prefix)
            if has == should or (was != model.get(prefix) and has == was):
                continue
            found.append(str(Difference(host, prefix, should, has)))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Answers:
    """The hosts that are asked around each device."""

    asked: Mapping[str, Sequence[str]]
    probe: Probe

    def look(self, host: str, terminal: Terminal) -> frozenset[str]:
        """Those that answer now."""
        names = self.asked.get(host, ())
        if not names:
            return frozenset()
        with ThreadPoolExecutor(min(_AT_ONCE, len(names))) as pool:
            answers = pool.map(self.probe, names)
            return frozenset(name for name, does in zip(names, answers, strict=True) if does)

    def obstacle(self, host: str, now: frozenset[str]) -> str | None:
        """Nobody's silence forbids a change."""
        return None

    def lacking(self, host: str, now: frozenset[str], before: frozenset[str]) -> tuple[str, ...]:
        """Those that answered before."""
        return tuple(f"{name} does not answer" for name in sorted(before - now))


def asked_of(estate: Estate, device: str, within: Sequence[str]) -> tuple[str, ...]:
    """Whom to ask around a device: the hosts behind it; and where others pass through its site, one of every other site.

    Its own session says enough of the device itself, and others' edges are not ours to ask.
    """
    own = estate.hosts[device].site
    behind, elsewhere = list[str](), dict[str, str]()
    for host in estate.select(within=within):
        if host.site is None or host.name == device:
            continue
        routed_by = estate.sites[host.site].routed_by
        if routed_by == own:
            behind.append(host.name)
        elif host.role != "router":
            elsewhere.setdefault(routed_by, host.name)
    is_passed = own is None or estate.sites[own].kind == "centre"
    return (*behind, *elsewhere.values()) if is_passed else tuple(behind)

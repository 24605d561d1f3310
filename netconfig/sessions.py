"""Whether a device's neighbours are there after a change as they were before it, seen from its own command line."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from inventory import Estate
from netconfig.line_parts import line_ends
from netconfig.reach import (
    COMMANDS,
    Sessions,
    expected_sessions,
    missing_sessions,
    parse_bgp_summary,
)
from netconfig.terminal import Terminal

__all__ = ["Watch"]


@dataclass(frozen=True, slots=True)
class Watch:
    """What each device shall have as neighbours once it runs what is wanted."""

    expected: Mapping[str, Sessions]
    lines: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The lines of a router whose site has several: the neighbour at the far end → the network."""

    @classmethod
    def of(cls, estate: Estate, hosts: Sequence[str], within: Collection[str] | None) -> Watch:
        """The neighbours that some devices have when all of `within` is up, and the lines that must be while they change."""
        expected = {host: expected_sessions(estate, host, within) for host in hosts}
        lines = {
            host: {
                end.neighbor: end.network
                for end in line_ends(estate, host)
                if end.neighbor in expected[host]["bgp"]
            }
            for host in hosts
        }
        of_site: dict[str | None, int] = {}
        for router in estate.select(role="router", within=within):
            of_site[router.site] = of_site.get(router.site, 0) + 1
        return cls(
            expected,
            {
                host: ends
                for host, ends in lines.items()
                if len(ends) > 1 or (ends and of_site[estate.hosts[host].site] > 1)
            },
        )

    def look(self, host: str, terminal: Terminal) -> Mapping[str, str]:
        """What the device says of the sessions that it shall have, by protocol."""
        wanted = self.expected[host]
        peers = {"bgp": wanted["bgp"], "ospf": wanted["ospf"], "bfd": wanted["bfd"]}
        said = {name: terminal.read(COMMANDS[name]).strip() for name in peers if peers[name]}
        # A daemon that does not run answers in words: nothing is up there.
        return {name: text for name, text in said.items() if text.startswith(("{", "["))}

    def obstacle(self, host: str, now: Mapping[str, str]) -> str | None:
        """Why a device must not be changed now: a line of its site is down, and the change puts the other one at stake."""
        up = parse_bgp_summary(now.get("bgp", ""))
        down = [
            f"{network} ({peer})"
            for peer, network in self.lines.get(host, {}).items()
            if peer not in up
        ]
        return f"{host}'s line to {' and '.join(down)} is down" if down else None

    def lacking(
        self, host: str, now: Mapping[str, str], before: Mapping[str, str]
    ) -> tuple[str, ...]:
        """Sessions that were up, are wanted still and are down: a neighbour that was away is not this change's."""
        wanted = self.expected[host]
        absent = set(missing_sessions(wanted, **before))
        lacks = (lack for lack in missing_sessions(wanted, **now) if lack not in absent)
        return tuple(f"{lack} is down" for lack in lacks)

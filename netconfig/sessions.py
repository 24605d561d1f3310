"""Whether a device's neighbours are there after a change as they were before it, seen from its own command line."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from inventory import Estate
from netconfig.reach import COMMANDS, Sessions, expected_sessions, missing_sessions
from netconfig.terminal import Terminal

__all__ = ["Watch"]

_TICK_S = 1.0


@dataclass(frozen=True, slots=True)
class Watch:
    """What each device shall have as neighbours once it runs what is wanted."""

    expected: Mapping[str, Sessions]
    deadline_s: float = 30.0

    @classmethod
    def of(cls, estate: Estate, hosts: Sequence[str], within: Collection[str] | None) -> Watch:
        """The neighbours that some devices have when all of `within` is up."""
        return cls({host: expected_sessions(estate, host, within) for host in hosts})

    def look(self, host: str, terminal: Terminal) -> Mapping[str, str]:
        """What the device says of the sessions that it shall have, by protocol."""
        wanted = self.expected[host]
        peers = {"bgp": wanted["bgp"], "ospf": wanted["ospf"], "bfd": wanted["bfd"]}
        said = {name: terminal.read(COMMANDS[name]).strip() for name in peers if peers[name]}
        # A daemon that does not run answers in words: nothing is up there.
        return {name: text for name, text in said.items() if text.startswith(("{", "["))}

    def lacking(
        self, host: str, now: Mapping[str, str], before: Mapping[str, str]
    ) -> tuple[str, ...]:
        """Sessions that were up, are wanted still and are down: a neighbour that was away is not this change's."""
        wanted = self.expected[host]
        absent = set(missing_sessions(wanted, **before))
        return tuple(lack for lack in missing_sessions(wanted, **now) if lack not in absent)

    def wait(self, host: str, terminal: Terminal, before: Mapping[str, str]) -> str | None:
        """Wait until nothing is lacking; else what is at the deadline, as a sentence."""
        end = time.monotonic() + self.deadline_s
        while lacking := self.lacking(host, self.look(host, terminal), before):
            if time.monotonic() > end:
                return f"{', '.join(lacking)} did not come back within {self.deadline_s:.0f} s"
            time.sleep(_TICK_S)
        return None

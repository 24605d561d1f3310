"""A change of one router taken apart by the networks whose lines it touches, so that never both are at stake at once.

Pure, on canonical configurations. A line of a configuration belongs to a network if it names the port or the neighbour of
the router's line to it, or stands in a policy that only its session uses; what belongs to none, or to several, is common.

Invariant: the parts end in what is wanted, each part changes the lines of the networks up to its own and no others', and
nothing that a line still refers to goes before the last part.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from inventory import Estate
from netconfig.canonical import Config, Path
from netconfig.differ import conflicts

__all__ = ["LineEnd", "line_ends", "part_of", "touched_networks"]

_USES_MAP = re.compile(r"neighbor (\S+) route-map (\S+) (?:in|out)")
_MAP = re.compile(r"route-map (\S+) (?:permit|deny) \d+")
_USES_LIST = re.compile(r"match (?:ip address prefix-list|as-path) (\S+)")
_LIST = re.compile(r"(?:ip prefix-list|bgp as-path access-list) (\S+) .+")


@dataclass(frozen=True, slots=True)
class LineEnd:
    """A router's end of a line: the network it leads to, the port, and the neighbour's address."""

    network: str
    port: str
    neighbor: str


def line_ends(estate: Estate, host: str) -> tuple[LineEnd, ...]:
    """The ends of a router's own lines; nothing for any other device."""
    device = estate.host(host)
    ports = {port.wire: port.name for port in device.interfaces}
    return tuple(
        LineEnd(line.network, ports[line.name], str(line.provider_address.ip))
        for line in estate.lines
        if device.role == "router" and line.name in ports
    )


def touched_networks(running: Config, wanted: Config, ends: Collection[LineEnd]) -> frozenset[str]:
    """The networks whose lines something is changed at, from one configuration to the other."""
    owns = _Owners(running | wanted, ends)
    return frozenset(network for path in running ^ wanted if (network := owns.of(path)))


def part_of(
    running: Config, wanted: Config, ends: Collection[LineEnd], networks: Collection[str]
) -> Config:
    """What is wanted as far as it concerns these networks and everybody; the others' lines stay as they run.

    What is common and only goes stays until every network has its turn: their lines may refer to it.
    """
    owns = _Owners(running | wanted, ends)
    turns = {*networks, None}
    if touched_networks(running, wanted, ends) <= turns:
        return wanted
    added = {path for path in wanted - running if owns.of(path) in turns}
    gone = {
        path
        for path in running - wanted
        if owns.of(path) in networks or (owns.of(path) is None and conflicts(path, added))
    }
    kept = (running - gone) | added
    return frozenset(path for path in kept if all(path[:n] in kept for n in range(1, len(path))))


class _Owners:
    """Which network each line of two configurations belongs to."""

    def __init__(self, paths: Iterable[Path], ends: Collection[LineEnd]) -> None:
        self._words = {word: end.network for end in ends for word in (end.port, end.neighbor)}
        paths = list(paths)
        self._maps = _users(
            (match[2], self._words.get(match[1]))
            for path in paths
            if (match := _USES_MAP.fullmatch(path[-1]))
        )
        self._lists = _users(
            (match[1], self._of_map(path))
            for path in paths
            if (match := _USES_LIST.fullmatch(path[-1]))
        )

    def of(self, path: Path) -> str | None:
        """The one network that a line belongs to; None where it is everybody's."""
        named = {self._words[w] for part in path for w in part.split() if w in self._words}
        if named:
            return named.pop() if len(named) == 1 else None
        if _MAP.fullmatch(path[0]):
            return self._of_map(path)
        listed = _LIST.fullmatch(path[0])
        return self._lists.get(listed[1]) if listed else None

    def _of_map(self, path: Path) -> str | None:
        match = _MAP.fullmatch(path[0])
        return self._maps.get(match[1]) if match else None


def _users(uses: Iterable[tuple[str, str | None]]) -> Mapping[str, str]:
    """What is used for one network only, with it."""
    found: dict[str, set[str | None]] = {}
    for name, network in uses:
        found.setdefault(name, set()).add(network)
    return {
        name: network
        for name, networks in found.items()
        if len(networks) == 1 and (network := next(iter(networks))) is not None
    }

"""One change of the network as a whole: what it makes of a state, which devices it touches, how it is spread over them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from inventory import Estate
from inventory.editing import line_of, rebuilt
from netconfig.migration.state import State

__all__ = [
    "CLOSE",
    "OPEN",
    "LineChange",
    "Move",
    "Spread",
    "change_lines",
    "provider_of",
    "routers_of",
]

# The changes by which networks become known and are forgotten.
OPEN, CLOSE = "open", "close"

Spread = Callable[[State, State, Sequence[str]], list[tuple[str, ...]]]
"""Before, after, the devices whose texts change → the groups in which they are pushed, in order."""


@dataclass(frozen=True)
class Move:
    """A change with what must be done before it; `rank` is its place where nothing else decides."""

    key: str
    kind: str
    title: str
    rank: tuple[int, ...]
    edit: Callable[[State], State]
    touches: Callable[[State, State], frozenset[str]]
    spread: Spread
    needs: frozenset[str] = field(default_factory=frozenset)
    sites: tuple[str, ...] = ()
    colour: str = ""
    """The network whose lines it takes up or down."""
    wave: tuple[int, int] = (1, 1)
    """Which of how many, where a change goes to many sites."""


@dataclass(frozen=True, slots=True)
class LineChange:
    """A router's line to a network gets this place; None = it goes, `mbps` = it comes with this capacity."""

    site: str
    router: int
    network: str
    place: int | None
    mbps: float | None = None


def change_lines(state: State, changes: Iterable[LineChange]) -> State:
    """The state with lines come, gone or preferred otherwise."""
    estate = state.estate
    lines = {(line.site, line.router, line.network): line for line in estate.lines}
    for one in changes:
        key = (one.site, one.router, one.network)
        if one.place is None:
            lines.pop(key, None)
        elif key in lines:
            lines[key] = replace(lines[key], place=one.place)
        elif one.mbps is not None:
            site, network = estate.sites[one.site], estate.networks[one.network]
            lines[key] = line_of(estate, site, one.router, network, one.place, one.mbps)
    return replace(state, estate=rebuilt(estate, lines=lines.values()))


def routers_of(estate: Estate, sites: Iterable[str]) -> list[str]:
    """The routers that stand at some sites."""
    wanted = frozenset(sites)
    return [h.name for h in estate.hosts.values() if h.role == "router" and h.site in wanted]


def provider_of(estate: Estate, network: str) -> str:
    """The device that stands for a network."""
    return next(h.name for h in estate.hosts.values() if h.network == network)

"""A BGP route as one comparable value, and the order of FRR's decision.

Invariant: of two routes the smaller tuple is the better one. The places are those of FRR 8.4's decision, as far as
our texts can reach it: weight (what a device itself announces, and what is heard over a line), local preference,
length of the path, eBGP before iBGP, metric to the next hop, router id (`bestpath compare-routerid`), neighbour's
address. Origin and MED are equal everywhere, because the reader refuses every line that would set them.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["LOCAL_WEIGHT", "PREFERENCE", "Entry", "Route", "local_route"]

LOCAL_WEIGHT = 32768
PREFERENCE = 100


class Route(NamedTuple):
    """A route as a device holds it; `half` = the session it came by, -1 for its own."""

    negative_weight: int
    negative_preference: int
    length: int
    is_internal: bool
    metric: int
    router_id: int
    neighbor: int
    path: tuple[int, ...] = ()
    next_hop: int = 0
    is_shutting: bool = False
    half: int = -1

    @property
    def preference(self) -> int:
        """Local preference."""
        return -self.negative_preference


class Entry(NamedTuple):
    """A candidate of the routing table; without ways it discards. `ways` are (port, gateway), gateway 0 = on the wire."""

    distance: int
    metric: int
    protocol: str
    ways: tuple[tuple[int, int], ...]


def local_route(is_shutting: bool) -> Route:
    """What a device announces itself (`network`)."""
    preference = 0 if is_shutting else PREFERENCE
    return Route(-LOCAL_WEIGHT, -preference, 0, False, 0, 0, 0, is_shutting=is_shutting)

"""Neighbours that are told the same: what a policy lets out is worked out once for all of them.

A provider has hundreds of customers with equal policies. A bundle holds the sessions of one router whose both ends
treat a route alike, so that a route costs one judgement and not hundreds.
"""

from __future__ import annotations

from typing import NamedTuple

from netconfig.model.device import Bgp, Peer
from netconfig.model.plan import Plan
from netconfig.model.routes import PREFERENCE, Route

__all__ = ["Bundle", "Told", "draw_bundles"]


class Told(NamedTuple):
    """A route as every member of a bundle hears it; `came_by` = the session that it came by, which never hears it again."""

    preference: int
    path: tuple[int, ...]
    next_hop: int
    is_shutting: bool
    came_by: int


class Bundle:
    """Sessions of one router with equal policies at both ends; `sent` is what they were told."""

    def __init__(
        self, own: Bgp, far: Bgp, is_internal: bool, near_peer: Peer, far_peer: Peer
    ) -> None:
        self.halves: list[int] = []
        self.sent: dict[int, Told] = {}
        self._own, self._is_internal = own, is_internal
        self._is_next_hop_self = near_peer.is_next_hop_self
        self._announce, self._accept = near_peer.announce, far_peer.accept
        self._lets_out = self._announce is not None or is_internal or not own.requires_policy
        self._lets_in = self._accept is not None or is_internal or not far.requires_policy
        self._is_far_shutting = far.is_shutting

    def told(self, prefix: int, best: Route | None) -> Told | None:
        """What the members hear of a router's best route; None = nothing."""
        if best is None or not (self._lets_out and self._lets_in):
            return None
        if self._is_internal and best.is_internal:
            return None  # what came from inside is not passed on inside
        preference, path = best.preference, best.path
        prepended: tuple[int, ...] = ()
        if self._announce is not None:
            action = self._announce.judge(prefix, path)
            if action is None:
                return None
            preference = preference if action[0] is None else action[0]
            prepended = action[1]
        is_shutting = best.is_shutting or self._own.is_shutting
        next_hop = 0
        if self._is_internal:
            path = (*prepended, *path)
            preference = 0 if self._own.is_shutting else preference
            if best.half >= 0 and not self._is_next_hop_self:
                next_hop = best.next_hop
        else:
            path = (self._own.asn, *prepended, *path)
            preference = PREFERENCE
        if self._accept is not None:
            action = self._accept.judge(prefix, path)
            if action is None:
                return None
            preference = preference if action[0] is None else action[0]
            path = (*action[1], *path)
        if not self._is_internal:
            is_shutting = is_shutting or self._is_far_shutting
            preference = 0 if is_shutting else preference
        return Told(preference, path, next_hop, is_shutting, best.half)


def draw_bundles(plan: Plan) -> list[list[Bundle]]:
    """The bundles of every router."""
    found: list[list[Bundle]] = []
    for router, numbers in enumerate(plan.halves_of):
        own = plan.devices[router].bgp
        bundles: dict[tuple[object, ...], Bundle] = {}
        for number in numbers:
            half = plan.halves[number]
            far = plan.devices[half.far].bgp
            if own is None or far is None:
                continue
            other = plan.halves[half.twin].peer
            key = (
                half.is_internal,
                half.peer.announce,
                half.peer.is_next_hop_self,
                other.accept,
                far.requires_policy,
                far.is_shutting,
            )
            if key not in bundles:
                bundles[key] = Bundle(own, far, half.is_internal, half.peer, other)
            bundles[key].halves.append(number)
        found.append(list(bundles.values()))
    return found

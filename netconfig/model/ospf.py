"""OSPF inside an area: shortest paths over the cables that are up, as ospfd 8.4 computes them.

Intra-area routes only: nothing here redistributes into OSPF (it would cost a second at each failover). A passive port
is announced and finds no neighbour; a router with the maximum metric is a last resort as a way and can still be
reached itself.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence

from netconfig.model.plan import Plan

__all__ = ["Areas", "OspfRoute"]

# ospfd's cost of a port whose text names none: 100 Mbit/s over the 10 Gbit/s that veth claims, or over its own default
# of 10.
DEFAULT_COST = 10
LOOPBACK_COST = 0
MAX_METRIC = 65535

# (metric, next hops as (port, gateway), sorted)
OspfRoute = tuple[int, tuple[tuple[int, int], ...]]


class Areas:
    """The areas of a plan: routers that cables with OSPF on both ends connect, whatever is up now."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.speaks = [
            plan.devices[port.router].ospf_router_id is not None and port.text.area is not None
            for port in plan.ports
        ]
        self.links: list[list[tuple[int, int, int]]] = [[] for _ in plan.devices]
        for number, wire in enumerate(plan.wires):
            ends = plan.ports_on[number]
            if not wire.is_lan and len(ends) == 2 and self._agree(*ends):
                for near, far in (ends, ends[::-1]):
                    self.links[plan.ports[near].router].append((near, far, plan.ports[far].router))
        self.of: list[int] = [-1] * len(plan.devices)
        self.members: list[list[int]] = []
        for router in range(len(plan.devices)):
            if self.of[router] < 0 and any(self.speaks[port] for port in plan.ports_of[router]):
                self._collect(router)

    def routes(self, area: int, is_up: Callable[[int], bool]) -> dict[int, dict[int, OspfRoute]]:
        """The routes of every member: router → prefix → route, without those on its own ports."""
        stubs = {router: self._stubs(router, is_up) for router in self.members[area]}
        return {router: self._of_one(router, stubs, is_up) for router in self.members[area]}

    def _of_one(
        self, root: int, stubs: dict[int, list[tuple[int, int]]], is_up: Callable[[int], bool]
    ) -> dict[int, OspfRoute]:
        plan = self.plan
        distance: dict[int, int] = {root: 0}
        hops: dict[int, set[tuple[int, int]]] = {root: set()}
        heap, done = [(0, root)], set()
        while heap:
            so_far, router = heapq.heappop(heap)
            if router in done:
                continue
            done.add(router)
            for near, far, other in self.links[router]:
                if not (is_up(near) and is_up(far)):
                    continue
                step = self._cost(near, router)
                through = (
                    {(near, plan.ports[far].addresses[0][0])} if router == root else hops[router]
                )
                total = so_far + step
                if total < distance.get(other, 1 << 30):
                    distance[other], hops[other] = total, set(through)
                    heapq.heappush(heap, (total, other))
                elif total == distance[other]:
                    hops[other] |= through
        own = {number for number, _ in stubs[root]}
        found: dict[int, tuple[int, set[tuple[int, int]]]] = {}
        for router in done - {root}:
            for number, cost in stubs[router]:
                total = distance[router] + cost
                before = found.get(number)
                if number in own or (before is not None and before[0] < total):
                    continue
                if before is not None and before[0] == total:
                    before[1].update(hops[router])
                else:
                    found[number] = (total, set(hops[router]))
        return {number: (total, tuple(sorted(ways))) for number, (total, ways) in found.items()}

    def _stubs(self, router: int, is_up: Callable[[int], bool]) -> list[tuple[int, int]]:
        found = []
        for number in self.plan.ports_of[router]:
            if self.speaks[number] and is_up(number):
                port = self.plan.ports[number]
                cost = port.text.cost or DEFAULT_COST
                if port.name == "lo":
                    found += [(address << 6 | 32, LOOPBACK_COST) for address, _ in port.addresses]
                else:
                    found += [(one, cost) for one in port.prefixes]
        return found

    def _cost(self, port: int, router: int) -> int:
        if self.plan.devices[router].has_max_metric:
            return MAX_METRIC
        return self.plan.ports[port].text.cost or DEFAULT_COST

    def _agree(self, near: int, far: int) -> bool:
        one, two = self.plan.ports[near], self.plan.ports[far]
        return (
            all(self.speaks[port] for port in (near, far))
            and not (one.text.is_passive or two.text.is_passive)
            and any(prefix in two.prefixes for prefix in one.prefixes)
            and _terms(self.plan, near) == _terms(self.plan, far)
            and self.plan.devices[one.router].ospf_router_id
            != self.plan.devices[two.router].ospf_router_id
        )

    def _collect(self, first: int) -> None:
        number, waiting = len(self.members), [first]
        self.members.append([])
        self.of[first] = number
        while waiting:
            router = waiting.pop()
            self.members[number].append(router)
            for _, _, other in self.links[router]:
                if self.of[other] < 0:
                    self.of[other] = number
                    waiting.append(other)


def _terms(plan: Plan, number: int) -> Sequence[object]:
    text = plan.ports[number].text
    return (text.area, text.hello_s, text.dead_s, text.mtu, text.is_point_to_point)

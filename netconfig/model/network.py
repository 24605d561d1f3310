"""The network as it settles: BGP and the routing tables computed together until nothing changes.

Invariant: when `settle` returns, every router's best route is the best of what its living sessions brought, every
table follows from it, and every neighbour was told. Whatever changes (a port, a session, a candidate) is put in a
queue of (router, prefix), and only what it touches is computed anew: so a failure costs what it changes. BGP and
tables share the queue because each decides about the other: `network` asks the table, the table asks BGP.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterable, Sequence

from netconfig.model.bundles import Told, draw_bundles
from netconfig.model.device import Device
from netconfig.model.plan import Plan, draw_plan
from netconfig.model.routes import Entry, Route, local_route
from netconfig.model.state import State
from netconfig.model.surroundings import Surroundings
from netconfig.model.walk import Walk, arrives_at

__all__ = ["Network", "Restless"]

# A prefix that a router has chosen this often in one settling will be chosen for ever.
_PATIENCE = 60


class Restless(RuntimeError):
    """Routes that never settle; `router` and `prefix` are one place where they turn."""

    def __init__(self, router: str, prefix: int) -> None:
        super().__init__(router, prefix)
        self.router, self.prefix = router, prefix


class Network:
    """Routers with their tables.

    `order` shuffles the queue (a test of whether the order decides); `without` are ports and sessions by number that are
    down from the beginning, so that nothing remembers them.
    """

    def __init__(
        self,
        devices: Sequence[Device],
        around: Surroundings,
        order: random.Random | None = None,
        without: tuple[Iterable[int], Iterable[int]] = ((), ()),
    ) -> None:
        self.plan: Plan = draw_plan(devices, around)
        self.state = State(self.plan)
        self.journal = self.state.journal
        self.best: list[dict[int, Route]] = [{} for _ in self.plan.devices]
        self._heard: list[dict[int, dict[int, Route]]] = [{} for _ in self.plan.devices]
        self._counts = [0] * len(self.plan.halves)
        self.is_open = [False] * len(self.plan.halves)
        self.cut = [0] * len(self.plan.halves)
        self.state.bring(without[0], 1)
        for number in without[1]:
            self.cut[number] += 1
        self.tripped: dict[int, None] = {}
        self._bundles = draw_bundles(self.plan)
        self._bundle_of = {
            half: bundle for found in self._bundles for bundle in found for half in bundle.halves
        }
        self._hops: list[dict[int, tuple[int, tuple[tuple[int, int], ...]] | None]] = [
            {} for _ in self.plan.devices
        ]
        self._by_port: dict[int, list[int]] = {}
        self._over_routes: list[list[int]] = [[] for _ in self.plan.devices]
        for half in self.plan.halves:
            if half.port >= 0 and not half.is_internal:
                self._by_port.setdefault(half.port, []).append(half.number)
            else:
                self._over_routes[half.router].append(half.number)
        self._doubtful: set[int] = set()
        self._queue: deque[tuple[int, int]] = deque()
        self._queued: set[tuple[int, int]] = set()
        self._order = order
        self._start()

    def turn(self, ports: Iterable[int], halves: Iterable[int], step: int) -> None:
        """Take ports and sessions away (`step` 1) or give them back (-1), and settle."""
        for half in halves:
            self.journal.set_at(self.cut, half, self.cut[half] + step)
            self._review(half)
        turned = self.state.bring(ports, step)
        for port in turned:
            for half in self._by_port.get(port, ()):
                self._review(half)
        self._follow(self.state.refresh(turned))
        self.settle()

    def sessions_over(self, port: int) -> tuple[int, ...]:
        """The sessions, seen from both ends, that a port carries directly."""
        found = self._by_port.get(port, ())
        return (*found, *(self.plan.halves[half].twin for half in found))

    def unresolved(self) -> list[tuple[int, int]]:
        """For each session inside a site one prefix heard over it whose next hop cannot be found: (session, prefix)."""
        found: dict[int, int] = {}
        for router, heard in enumerate(self._heard):
            if self._over_routes[router]:
                for prefix, routes in heard.items():
                    for half, route in routes.items():
                        if route.is_internal and self._hop(router, route.next_hop) is None:
                            found.setdefault(half, prefix)
        return list(found.items())

    def settle(self) -> None:
        """Compute until nothing changes; Restless where that never comes."""
        times: dict[tuple[int, int], int] = {}
        while True:
            while self._queue:
                place = self._next()
                times[place] = times.get(place, 0) + 1
                if times[place] > _PATIENCE:
                    self._queue.clear()
                    self._queued.clear()
                    raise Restless(self.plan.names[place[0]], place[1])
                self._compute(*place)
            if not self._review_doubtful():
                return

    def _start(self) -> None:
        self._follow(self.state.refresh(range(len(self.plan.ports))))
        for half in self.plan.halves:
            if half.port >= 0 and not half.is_internal:
                self._review(half.number)
            else:
                self._doubtful.add(half.number)
        self.settle()

    def _next(self) -> tuple[int, int]:
        if self._order is not None:
            self._queue.rotate(self._order.randrange(len(self._queue)))
        place = self._queue.popleft()
        self._queued.discard(place)
        return place

    def _mark(self, router: int, prefix: int) -> None:
        if (router, prefix) not in self._queued:
            self._queued.add((router, prefix))
            self._queue.append((router, prefix))

    def _follow(self, changed: dict[int, set[int]]) -> None:
        for router, prefixes in changed.items():
            for prefix in sorted(prefixes):
                self._mark(router, prefix)
            self._doubtful.update(self._over_routes[router])

    def _compute(self, router: int, prefix: int) -> None:
        best = self._decide(router, prefix)
        if best != self.best[router].get(prefix):
            if best is None:
                self.journal.drop(self.best[router], prefix)
            else:
                self.journal.put(self.best[router], prefix, best)
            self._tell(router, prefix, best)
        entry = self.state.choose(router, prefix, self._entry(router, best))
        table = self.state.table[router]
        if entry != table.get(prefix):
            if entry is None:
                self.journal.drop(table, prefix)
            else:
                self.journal.put(table, prefix, entry)
            bgp = self.plan.devices[router].bgp
            if bgp is not None and prefix in bgp.networks:
                self._mark(router, prefix)
            if self._over_routes[router]:
                self._review_hops(router, prefix)

    def _decide(self, router: int, prefix: int) -> Route | None:
        bgp = self.plan.devices[router].bgp
        if bgp is None:
            return None
        if prefix in bgp.networks and (not bgp.checks_import or self._is_there(router, prefix)):
            return local_route(bgp.is_shutting)
        heard = self._heard[router].get(prefix)
        if not heard:
            return None
        routes = []
        for route in heard.values():
            if route.is_internal:
                hop = self._hop(router, route.next_hop)
                if hop is None:
                    continue
                route = route._replace(metric=hop[0])
            routes.append(route)
        if not routes:
            return None
        best = min(routes)
        if not bgp.compares_router_id and not best.is_internal:
            # Without compare-routerid FRR keeps the external route that it has: what came first stays.
            now = self.best[router].get(prefix)
            if now in routes and now is not None and now[:5] == best[:5] and not now.is_internal:
                return now
        return best

    def _is_there(self, router: int, prefix: int) -> bool:
        """FRR's import check: the table has the very prefix, and not from BGP."""
        entry = self.state.table[router].get(prefix)
        return entry is not None and entry.protocol != "bgp"

    def _entry(self, router: int, best: Route | None) -> Entry | None:
        bgp = self.plan.devices[router].bgp
        if best is None or best.half < 0 or bgp is None:
            return None
        if best.is_internal:
            hop = self._hop(router, best.next_hop)
            return Entry(bgp.internal_distance, 0, "bgp", hop[1] if hop else ())
        port = self.plan.halves[best.half].port
        if port < 0:
            hop = self._hop(router, best.next_hop)
            return Entry(bgp.external_distance, 0, "bgp", hop[1]) if hop else None
        return Entry(bgp.external_distance, 0, "bgp", ((port, best.next_hop),))

    def _hop(self, router: int, address: int) -> tuple[int, tuple[tuple[int, int], ...]] | None:
        hops = self._hops[router]
        if address not in hops:
            self.journal.put(hops, address, self._resolve(router, address))
        return hops[address]

    def _resolve(self, router: int, address: int) -> tuple[int, tuple[tuple[int, int], ...]] | None:
        found = self.state.lookup(router, address)
        if found is None or found[0] == 0:
            return None  # FRR does not resolve over the default route
        entry = found[1]
        best = self.best[router].get(found[0])
        if entry.protocol == "bgp" and best is not None and best.next_hop == address:
            return None
        return entry.metric, tuple((port, gateway or address) for port, gateway in entry.ways)

    def _review_hops(self, router: int, prefix: int) -> None:
        length = prefix & 63
        hops = self._hops[router]
        for half in self._over_routes[router]:
            if (self.plan.halves[half].peer.address >> (32 - length)) == (prefix >> 6) >> (
                32 - length
            ):
                self._doubtful.add(half)
        for address, known in list(hops.items()):
            if address >> (32 - length) == (prefix >> 6) >> (32 - length):
                now = self._resolve(router, address)
                if now != known:
                    self.journal.put(hops, address, now)
                    for other, heard in self._heard[router].items():
                        if any(r.next_hop == address for r in heard.values()):
                            self._mark(router, other)

    def _tell(self, router: int, prefix: int, best: Route | None) -> None:
        for bundle in self._bundles[router]:
            told = bundle.told(prefix, best)
            before = bundle.sent.get(prefix)
            if told == before:
                continue
            if told is None:
                self.journal.drop(bundle.sent, prefix)
            else:
                self.journal.put(bundle.sent, prefix, told)
            for half in bundle.halves:
                if self.is_open[half]:
                    self._pass(half, prefix, told)

    def _pass(self, half: int, prefix: int, told: Told | None) -> None:
        """Hand what a router tells to the other side of one of its sessions."""
        here = self.plan.halves[half]
        there = self.plan.halves[here.twin]
        route = None
        if told is not None and told.came_by != half:
            far = self.plan.devices[there.router].bgp
            own = self.plan.devices[here.router].bgp
            if far is not None and own is not None and far.asn not in told.path:
                next_hop = told.next_hop or here.own_address
                route = Route(
                    -there.peer.weight,
                    -told.preference,
                    len(told.path),
                    there.is_internal,
                    0,
                    own.router_id,
                    there.heard_address,
                    told.path,
                    next_hop,
                    told.is_shutting,
                    there.number,
                )
        self._hear(there.number, prefix, route)

    def _hear(self, half: int, prefix: int, route: Route | None) -> None:
        router = self.plan.halves[half].router
        heard = self._heard[router].get(prefix)
        if heard is None:
            if route is None:
                return
            heard = {}
            self.journal.put(self._heard[router], prefix, heard)
        before = heard.get(half)
        if before == route:
            return
        if route is None:
            self.journal.drop(heard, half)
            self.journal.set_at(self._counts, half, self._counts[half] - 1)
        else:
            self.journal.put(heard, half, route)
            if before is None:
                self.journal.set_at(self._counts, half, self._counts[half] + 1)
                limit = self.plan.halves[half].peer.limit
                if limit is not None and self._counts[half] > limit and half not in self.tripped:
                    self.journal.put(self.tripped, half, None)
                    self._doubtful.add(half)
        self._mark(router, prefix)

    def _review_doubtful(self) -> bool:
        doubtful, self._doubtful = sorted(self._doubtful), set()
        return sum(self._review(half) for half in doubtful) > 0

    def _review(self, number: int) -> bool:
        """Open or close a session as it should be now; whether it turned."""
        half = self.plan.halves[number]
        twin = self.plan.halves[half.twin]
        should = not (
            self.cut[number] or self.cut[half.twin]
            or number in self.tripped or half.twin in self.tripped
        )  # fmt: skip
        if should and half.port >= 0 and not half.is_internal:
            should = self.state.is_up(half.port) and self.state.is_up(twin.port)
        elif should:
            should = self._finds(half.router, twin.own_address, half.far) and self._finds(
                half.far, half.own_address, half.router
            )
        if should == self.is_open[number]:
            return False
        for side in (half, twin):
            self.journal.set_at(self.is_open, side.number, should)
        for side in (half, twin):
            for prefix, told in list(self._bundle_of[side.number].sent.items()):
                self._pass(side.number, prefix, told if should else None)
        return True

    def _finds(self, router: int, address: int, far: int) -> bool:
        return arrives_at(Walk(self.plan, self.state).from_router(router, address), far)

"""A packet's way through the tables, hop by hop: where it ends, and by which wires.

Every way of an entry with several is followed, and the worst end counts: a packet takes whichever it is hashed to. Of what
must not arrive the best one counts, for the same reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from netconfig.model.plan import Plan
from netconfig.model.state import State

__all__ = ["ARRIVED", "DISCARDED", "LOOP", "LOST", "NOT_FORWARDED", "Trace", "Walk", "arrives_at"]

# How a way ends, the worst last.
ARRIVED = "arrives"
NOT_FORWARDED = "is dropped by a host that forwards nothing"
DISCARDED = "is discarded (Null0)"
LOST = "finds no way on"
LOOP = "goes round in a circle"
_WORSE = (ARRIVED, NOT_FORWARDED, DISCARDED, LOST, LOOP)


class Trace(NamedTuple):
    """One way: how it ends, at which router, and what it went through: routers and, between them, wires (-1 = none)."""

    end: str
    router: int
    routers: tuple[int, ...]
    wires: tuple[int, ...]
    lan: int = -1
    """The switch on which it arrives at a host that has no routing; -1 where it ends at a router."""


class Walk:
    """Ways through the present tables; keeps what it found, so make a new one after a change."""

    def __init__(self, plan: Plan, state: State, order: Sequence[str] = _WORSE) -> None:
        self._plan, self._state, self._order = plan, state, order
        self._known: dict[tuple[int, int], Trace] = {}
        self._holders: dict[int, int] | None = None
        self._ends = frozenset(plan.index[name] for name in plan.around.ends_only)

    @cached_property
    def at_best(self) -> Walk:
        """The same walk, where the best of several ways counts."""
        return Walk(self._plan, self._state, _WORSE[::-1])

    def from_router(self, router: int, address: int) -> Trace:
        """The way of a packet that a router itself sends, or is handed, to an address."""
        return self._from(router, address, (), True)

    def gateway(self, wire: int) -> int:
        """The router that answers for the shared gateway of a LAN; -1 if none lives."""
        if self._holders is None:
            self._holders = self._find_holders()
        return self._holders.get(wire, -1)

    def _from(self, router: int, address: int, before: tuple[int, ...], is_start: bool) -> Trace:
        known = self._known.get((router, address))
        if known is not None and (is_start or router not in self._ends):
            return known
        trace = self._step(router, address, before, is_start)
        if trace.end != LOOP and not (router in self._ends and is_start):
            self._known[router, address] = trace
        return trace

    def _step(self, router: int, address: int, before: tuple[int, ...], is_start: bool) -> Trace:
        plan = self._plan
        if address in plan.own[router]:
            return Trace(ARRIVED, router, (router,), ())
        if router in before:
            return Trace(LOOP, router, (router,), ())
        if not is_start and router in self._ends:
            return Trace(NOT_FORWARDED, router, (router,), ())
        found = self._state.lookup(router, address)
        if found is None:
            return Trace(LOST, router, (router,), ())
        entry = found[1]
        if not entry.ways:
            return Trace(DISCARDED, router, (router,), ())
        worst: Trace | None = None
        for port, gateway in entry.ways:
            trace = self._over(port, gateway or address, gateway != 0, address, (*before, router))
            trace = Trace(
                trace.end,
                trace.router,
                (router, *trace.routers),
                (plan.ports[port].wire, *trace.wires),
                trace.lan,
            )
            if worst is None or self._order.index(trace.end) > self._order.index(worst.end):
                worst = trace
        return worst if worst is not None else Trace(LOST, router, (router,), ())

    def _over(
        self, port: int, target: int, is_gateway: bool, address: int, before: tuple[int, ...]
    ) -> Trace:
        """Over a port to whoever answers for `target` on the wire."""
        plan, state = self._plan, self._state
        here = plan.ports[port]
        if not state.is_up(port) or here.wire < 0:
            return Trace(LOST, here.router, (), ())
        for other in plan.ports_on[here.wire]:
            if other == port or not state.is_up(other):
                continue
            if any(target == own for own, _ in plan.ports[other].addresses):
                return self._from(plan.ports[other].router, address, before, False)
        if plan.wires[here.wire].is_lan:
            if target in self._gateways(here.wire):
                holder = self.gateway(here.wire)
                if holder >= 0 and holder != here.router:
                    return self._from(holder, address, before, False)
            elif not is_gateway and not self._is_known(here.wire, target):
                return Trace(ARRIVED, here.router, (), (), here.wire)
        return Trace(LOST, here.router, (), ())

    def _is_known(self, wire: int, address: int) -> bool:
        """Whether the address belongs to a device on the switch: then only that device may answer."""
        return any(
            address == own
            for port in self._plan.ports_on[wire]
            for own, _ in self._plan.ports[port].addresses
        )

    def _gateways(self, wire: int) -> tuple[int, ...]:
        name = self._plan.wires[wire].name
        return tuple(g.address for g in self._plan.around.gateways if g.wire == name)

    def _find_holders(self) -> dict[int, int]:
        found = {}
        for shared in self._plan.around.gateways:
            wire = self._plan.wire_index[shared.wire]
            for device, name in shared.ports:
                router = self._plan.index.get(device, -1)
                if router >= 0 and self._state.is_up(self._plan.port_index[router, name]):
                    found[wire] = router
                    break
        return found


def arrives_at(trace: Trace, router: int) -> bool:
    """Whether the way ends at that router."""
    return trace.end == ARRIVED and trace.router == router and trace.lan < 0

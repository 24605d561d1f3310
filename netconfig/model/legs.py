"""The ways that all questions need, each walked once, and walked again only if something on it changed."""

from __future__ import annotations

from bisect import bisect_left

from netconfig.model.network import Network
from netconfig.model.questions import Place
from netconfig.model.walk import LOST, Trace, Walk

__all__ = ["Legs"]


class Legs:
    """From a place to an address: numbered, with the undisturbed trace of each.

    Invariant: a leg whose routers changed no entry that covers its address, and whose wires did not turn, still has
    its trace. So `affected` names every leg that could have another one.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.traces: list[Trace] = []
        self._starts: list[tuple[int, int, bool]] = []
        self._targets: list[int] = []
        self._index: dict[tuple[int, int, bool, int], int] = {}
        self._by_table: dict[tuple[int, int], list[int]] = {}
        self._by_wire: dict[int, list[int]] = {}
        self._addresses: list[int] = []
        self._walk = Walk(network.plan, network.state)
        self._tables = {id(table): router for router, table in enumerate(network.state.table)}

    def add(self, place: Place, address: int, *, is_feared: bool = False) -> int:
        """The number of the leg from a place to an address; of one that is feared the best of several ways counts."""
        plan = self.network.plan
        if place.kind == "lan":
            key = (plan.wire_index[f"{place.name}:lan"], -1, is_feared, address)
        else:
            key = (-1, plan.index[place.name], is_feared, address)
        number = self._index.get(key)
        if number is None:
            number = self._index[key] = len(self.traces)
            self._starts.append(key[:3])
            self._targets.append(address)
            trace = self.trace(number, self._walk)
            self.traces.append(trace)
            for router in dict.fromkeys(trace.routers):
                self._by_table.setdefault((router, address), []).append(number)
            wires = {*trace.wires, key[0], trace.lan} - {-1}
            for wire in wires:
                self._by_wire.setdefault(wire, []).append(number)
            self._addresses = []
        return number

    def trace(self, number: int, walk: Walk) -> Trace:
        """Walk a leg as the tables are now."""
        wire, router, is_feared = self._starts[number]
        if is_feared:
            walk = walk.at_best
        if wire >= 0:
            router = walk.gateway(wire)
            if router < 0:
                return Trace(LOST, -1, (), ())
        return walk.from_router(router, self._targets[number])

    def affected(self, since: int) -> set[int]:
        """The legs that may have changed since a mark of the journal."""
        if not self._addresses:
            self._addresses = sorted(set(self._targets))
        plan = self.network.plan
        places, ports = self.changed(since)
        found: set[int] = set()
        for router, prefix in places:
            base, span = prefix >> 6, 1 << (32 - (prefix & 63))
            at = bisect_left(self._addresses, base)
            while at < len(self._addresses) and self._addresses[at] < base + span:
                found.update(self._by_table.get((router, self._addresses[at]), ()))
                at += 1
        for port in ports:
            found.update(self._by_wire.get(plan.ports[port].wire, ()))
        return found

    def changed(self, since: int) -> tuple[set[tuple[int, int]], set[int]]:
        """The (router, prefix) of tables and the ports that were touched since a mark."""
        return self.network.journal.places(since, self._tables, self.network.state.down)

    def names(self, trace: Trace) -> tuple[str, ...]:
        """The routers of a way, in words."""
        return tuple(self.network.plan.names[router] for router in trace.routers)

    def is_at(self, trace: Trace, place: Place) -> bool:
        """Whether a way ends well at a place."""
        if trace.end != "arrives":
            return False
        if place.kind == "lan":
            return trace.lan == self.network.plan.wire_index[f"{place.name}:lan"]
        return trace.lan < 0 and trace.router == self.network.plan.index[place.name]

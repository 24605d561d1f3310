"""What could still work after a failure, by cables alone: against this the routes are judged.

A site hangs on the networks to which any of its connected routers has a living line with a living session; two sites
can speak if they hang on one network. It asks the cables and never the routes, so that a wrong configuration cannot
excuse itself.
"""

from __future__ import annotations

from netconfig.model.network import Network
from netconfig.model.questions import Place
from netconfig.model.walk import Walk

__all__ = ["Living"]


class Living:
    """The present cables of a network; make a new one after a change."""

    def __init__(self, network: Network, walk: Walk) -> None:
        self._network, self._walk = network, walk
        self._plan = network.plan
        self._known: dict[tuple[str, str], tuple[frozenset[int], frozenset[str]]] = {}

    def can_speak(self, one: Place, two: Place) -> bool:
        """Whether two places could reach each other."""
        routers, networks = self._around(one)
        others, far_networks = self._around(two)
        return bool(routers & others or networks & far_networks)

    def is_cut(self, place: Place) -> bool:
        """Whether a place is without any network and router."""
        return not self._around(place)[1]

    def _around(self, place: Place) -> tuple[frozenset[int], frozenset[str]]:
        key = (place.kind, place.name)
        if key not in self._known:
            self._known[key] = self._look(place)
        return self._known[key]

    def _look(self, place: Place) -> tuple[frozenset[int], frozenset[str]]:
        plan, state = self._plan, self._network.state
        is_lan = place.kind == "lan"
        wire = plan.wire_index[f"{place.name}:lan"] if is_lan else -1
        first = self._walk.gateway(wire) if is_lan else plan.index[place.name]
        if first < 0 or not self._is_alive(first):
            return frozenset(), frozenset()
        seen, waiting, networks = {first}, [first], set()
        site = plan.around.sites.get(plan.names[first])
        while waiting:
            router = waiting.pop()
            for port in plan.ports_of[router]:
                wire = plan.ports[port].wire
                if wire < 0 or not state.is_up(port):
                    continue
                if plan.wires[wire].is_lan and plan.names[router] in plan.around.ends_only:
                    continue  # services are reached over the balancer's cables only
                network = plan.wires[wire].network
                for other in plan.ports_on[wire]:
                    far = plan.ports[other].router
                    if other == port or not state.is_up(other):
                        continue
                    if network is not None:
                        if self._is_spoken(port):
                            networks.add(network)
                    elif far not in seen and plan.around.sites.get(plan.names[far]) == site:
                        seen.add(far)
                        if plan.names[far] not in plan.around.ends_only:
                            waiting.append(far)
        return frozenset(seen), frozenset(networks)

    def _is_alive(self, router: int) -> bool:
        """A balancer lives while its services' addresses do; a router while any of its ports does."""
        plan, state = self._plan, self._network.state
        if plan.names[router] in plan.around.ends_only:
            ports = [p for p in plan.ports_of[router] if plan.ports[p].name == "lo"]
        else:
            ports = plan.ports_of[router]
        return any(state.is_up(port) for port in ports)

    def _is_spoken(self, port: int) -> bool:
        return not any(self._network.cut[half] for half in self._network.sessions_over(port))

"""What changes: ports, candidates, tables; always through the journal, so that any failure can be undone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from netconfig.model.journal import Journal
from netconfig.model.numbers import MASKS
from netconfig.model.ospf import Areas
from netconfig.model.plan import Plan
from netconfig.model.routes import Entry
from netconfig.settings import FLOATING_DISTANCE

__all__ = ["State"]

_OSPF_DISTANCE = 110


class State:
    """Ports with how many reasons hold them down, the candidates that owe BGP nothing, and the tables.

    `igp` has the candidates of connected ports, static routes and OSPF by router and prefix, best first; `table` what
    each router chose, over BGP too.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.areas = Areas(plan)
        self.journal = Journal()
        self.down = [1 if port.text.is_shut else 0 for port in plan.ports]
        for wire in range(len(plan.wires)):
            self._share_shutdown(wire)
        self._services = tuple(_services(plan))
        self._withdrawn = [0] * len(self._services)
        self._attend()
        count = len(plan.devices)
        self.igp: list[dict[int, tuple[Entry, ...]]] = [{} for _ in range(count)]
        self.table: list[dict[int, Entry]] = [{} for _ in range(count)]
        self._ospf: list[dict[int, Entry]] = [{} for _ in range(count)]
        self._connected: list[dict[int, list[int]]] = [{} for _ in range(count)]
        self._statics: list[dict[int, list[Entry]]] = [{} for _ in range(count)]
        # Those whose gateway OSPF finds: the gateway's own prefix, and the distance.
        self._sought: list[dict[int, list[tuple[int, int]]]] = [{} for _ in range(count)]
        self._static_ports: list[list[int]] = [[] for _ in range(count)]
        self.lengths: tuple[int, ...] = ()
        self._place()

    def is_up(self, port: int) -> bool:
        """Whether the port has a carrier."""
        return self.down[port] == 0

    def bring(self, ports: Iterable[int], step: int) -> set[int]:
        """Add a reason to be down (`step` 1) or take one away (-1); the ports whose state turned."""
        turned = self._bring(ports, step)
        return turned | self._attend() if turned else turned

    def _attend(self) -> set[int]:
        """Take away, or give back, the services of whoever's LAN lost its last gateway, or has one again."""
        turned: set[int] = set()
        for number, (loopback, gateways) in enumerate(self._services):
            is_lost = int(not any(self.is_up(port) for port in gateways))
            if is_lost != self._withdrawn[number]:
                self.journal.set_at(self._withdrawn, number, is_lost)
                turned |= self._bring((loopback,), 1 if is_lost else -1)
        return turned

    def _bring(self, ports: Iterable[int], step: int) -> set[int]:
        turned = set()
        for port in ports:
            before = self.down[port]
            self.journal.set_at(self.down, port, before + step)
            if (before == 0) != (before + step == 0):
                turned.add(port)
        return turned

    def refresh(self, ports: Iterable[int]) -> dict[int, set[int]]:
        """Compute the candidates anew after ports turned; the prefixes whose candidates changed, by router."""
        plan = self.plan
        suspects: dict[int, set[int]] = {}
        areas = set()
        for number in ports:
            router = plan.ports[number].router
            suspects.setdefault(router, set()).update(plan.ports[number].prefixes)
            suspects[router].update(self._static_ports[router])
            if self.areas.of[router] >= 0 and self.areas.speaks[number]:
                areas.add(self.areas.of[router])
        for area in areas:
            for router, routes in self.areas.routes(area, self.is_up).items():
                entries = {
                    prefix: Entry(_OSPF_DISTANCE, metric, "ospf", ways)
                    for prefix, (metric, ways) in routes.items()
                }
                old = self._ospf[router]
                if entries != old:
                    changed = {p for p in {*entries, *old} if entries.get(p) != old.get(p)}
                    self.journal.set_at(self._ospf, router, entries)
                    suspects.setdefault(router, set()).update(changed)
                    suspects[router].update(
                        prefix
                        for prefix, sought in self._sought[router].items()
                        if any(gateway in changed for gateway, _ in sought)
                    )
        found: dict[int, set[int]] = {}
        for router, prefixes in suspects.items():
            for prefix in prefixes:
                if self._gather(router, prefix):
                    found.setdefault(router, set()).add(prefix)
        return found

    def lookup(self, router: int, address: int) -> tuple[int, Entry] | None:
        """The longest match of a router's table, as (prefix, entry)."""
        table = self.table[router]
        for length in self.lengths:
            prefix = (address & MASKS[length]) << 6 | length
            entry = table.get(prefix)
            if entry is not None:
                return prefix, entry
        return None

    def choose(self, router: int, prefix: int, bgp: Entry | None) -> Entry | None:
        """The candidate with the lowest distance that the router's filters let to the kernel."""
        candidates = self.igp[router].get(prefix, ())
        filters = self.plan.devices[router].filters
        for candidate in sorted((*candidates, bgp)) if bgp is not None else candidates:
            policy = filters.get(candidate.protocol)
            if policy is None:
                return candidate
            ways = tuple(w for w in candidate.ways if policy.lets(prefix, self._port_name(w[0])))
            if ways or (not candidate.ways and policy.lets(prefix, "")):
                return candidate._replace(ways=ways)
        return None

    def _port_name(self, port: int) -> str:
        return self.plan.ports[port].name

    def _place(self) -> None:
        plan = self.plan
        lengths = {0, 32}
        for router, device in enumerate(plan.devices):
            for number in plan.ports_of[router]:
                for prefix in plan.ports[number].prefixes:
                    self._connected[router].setdefault(prefix, []).append(number)
                    lengths.add(prefix & 63)
            for static in device.statics:
                port, gateway = -1, static.gateway or 0
                if static.gateway is not None:
                    port = self._way_out(router, static.gateway, static.interface)
                    if port < 0 and static.interface is None and self.areas.of[router] >= 0:
                        sought = self._sought[router].setdefault(static.prefix, [])
                        sought.append((static.gateway << 6 | 32, static.distance))
                        continue
                    if port < 0:
                        plan.fault(device.name, "a static route has a gateway on no wire of it")
                        continue
                ways = ((port, gateway),) if port >= 0 else ()
                self._add_static(router, static.prefix, Entry(static.distance, 0, "static", ways))
            if device.bgp is not None:
                lengths.update(prefix & 63 for prefix in device.bgp.networks)
            if device.name in plan.around.defaults:
                name, gateway = plan.around.defaults[device.name]
                ways = ((plan.port_index[router, name], gateway),)
                self._add_static(router, 0, Entry(FLOATING_DISTANCE, 0, "kernel", ways))
            routes = (*self._statics[router], *self._sought[router])
            lengths.update(prefix & 63 for prefix in routes)
        self.lengths = tuple(sorted(lengths, reverse=True))

    def _add_static(self, router: int, prefix: int, entry: Entry) -> None:
        self._statics[router].setdefault(prefix, []).append(entry)
        self._static_ports[router].append(prefix)

    def _way_out(self, router: int, gateway: int, interface: str | None) -> int:
        for length in self.plan.lengths:
            port = self.plan.subnets[router].get((gateway & MASKS[length]) << 6 | length)
            if port is not None and interface in (None, self.plan.ports[port].name):
                return port
        return -1

    def _gather(self, router: int, prefix: int) -> bool:
        """Collect the candidates of a prefix; whether they changed."""
        found = [
            Entry(0, 0, "connected", ((port, 0),))
            for port in self._connected[router].get(prefix, ())
            if self.down[port] == 0
        ][:1]
        for entry in self._statics[router].get(prefix, ()):
            if all(self.down[port] == 0 for port, _ in entry.ways):
                found.append(entry)
        for gateway, distance in self._sought[router].get(prefix, ()):
            if (nearest := self._ospf[router].get(gateway)) is not None:
                found.append(Entry(distance, 0, "static", nearest.ways))
        ospf = self._ospf[router].get(prefix)
        if ospf is not None:
            found.append(ospf)
        entries = tuple(sorted(found))
        if entries == self.igp[router].get(prefix, ()):
            return False
        if entries:
            self.journal.put(self.igp[router], prefix, entries)
        else:
            self.journal.drop(self.igp[router], prefix)
        return True

    def _share_shutdown(self, wire: int) -> None:
        # A cable that is shut on one side has no carrier on the other.
        ends = self.plan.ports_on[wire]
        if not self.plan.wires[wire].is_lan and any(self.plan.ports[p].text.is_shut for p in ends):
            for port in ends:
                self.down[port] = 1


def _services(plan: Plan) -> Iterator[tuple[int, tuple[int, ...]]]:
    """The loopback of each balancer, and the ports on its LAN that may hold the LAN's gateway."""
    for device, (lan, _) in plan.around.defaults.items():
        router = plan.index.get(device, -1)
        loopback = plan.port_index.get((router, "lo"), -1)
        wire = plan.ports[plan.port_index[router, lan]].wire if loopback >= 0 else -1
        for shared in plan.around.gateways:
            if wire >= 0 and plan.wire_index[shared.wire] == wire:
                holders = [(plan.index.get(name, -1), port) for name, port in shared.ports]
                yield loopback, tuple(plan.port_index[one] for one in holders if one[0] >= 0)

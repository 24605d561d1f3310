"""The lie of the land: devices, ports, wires and sessions as numbers, fixed before anything fails.

Sessions are matched here: a neighbour line is a session only if the other side has the line that answers it. What does
not match is a fault with a sentence, for a session that never comes up is found by no failure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from netconfig.model.device import Device, Peer, Port
from netconfig.model.numbers import MASKS, prefix_of, spell_address
from netconfig.model.surroundings import Surroundings

__all__ = ["Half", "Plan", "PlannedPort", "draw_plan"]


@dataclass(slots=True)
class PlannedPort:
    """A port by number; `wire` is -1 for a loopback, `addresses` hold also what others set."""

    number: int
    router: int
    name: str
    wire: int
    addresses: tuple[tuple[int, int], ...]
    text: Port
    prefixes: tuple[int, ...] = ()


@dataclass(slots=True)
class Half:
    """One side's view of a session: `router` hears from `far` through it; `twin` is the other side's number.

    `port` is the port towards a directly connected neighbour and -1 where the session runs over routes.
    """

    number: int
    router: int
    far: int
    twin: int
    peer: Peer
    own_address: int
    port: int
    is_internal: bool

    @property
    def heard_address(self) -> int:
        """The neighbour's address, by which its routes are told apart."""
        return self.peer.address


class Plan:
    """Everything by number, and every fault that needs no failure to be seen."""

    def __init__(self, devices: Iterable[Device], around: Surroundings) -> None:
        self.devices = list(devices)
        self.around = around
        self.names = [device.name for device in self.devices]
        self.index = {name: number for number, name in enumerate(self.names)}
        self.wires = list(around.wires)
        self.wire_index = {wire.name: number for number, wire in enumerate(self.wires)}
        self.ports: list[PlannedPort] = []
        self.port_index: dict[tuple[int, str], int] = {}
        self.ports_of: list[list[int]] = [[] for _ in self.devices]
        self.ports_on: list[list[int]] = [[] for _ in self.wires]
        self.halves: list[Half] = []
        self.halves_of: list[list[int]] = [[] for _ in self.devices]
        self.own: list[set[int]] = [set() for _ in self.devices]
        self.subnets: list[dict[int, int]] = [{} for _ in self.devices]
        self.lengths: tuple[int, ...] = ()
        self.faults: list[tuple[str, str]] = []

    def session_name(self, number: int) -> str:
        """A session by its two ends, `kansai-r1 - carrier-pe1`."""
        half = self.halves[number]
        return f"{self.names[half.router]} - {self.names[half.far]}"

    def fault(self, device: str, sentence: str) -> None:
        """Keep a fault of the undisturbed network."""
        self.faults.append((device, sentence))


def draw_plan(devices: Iterable[Device], around: Surroundings) -> Plan:
    """Number everything and match every session."""
    plan = Plan(devices, around)
    _place_ports(plan)
    _match_wires(plan)
    _match_sessions(plan)
    for device in plan.devices:
        for line in device.unread:
            plan.fault(device.name, f"the line '{line}' is not understood by the model")
    return plan


def _place_ports(plan: Plan) -> None:
    wire_of = {end: number for number, wire in enumerate(plan.wires) for end in wire.ends}
    held: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for one in plan.around.held:
        held.setdefault((one.device, one.port), []).append((one.address, one.length))
    named: dict[str, list[str]] = {}
    for owner, name in [*held, *wire_of]:
        named.setdefault(owner, []).append(name)
    for router, device in enumerate(plan.devices):
        for name in dict.fromkeys([*device.ports, *named.get(device.name, ())]):
            text = device.ports.get(name) or Port(name)
            addresses = (*text.addresses, *held.get((device.name, name), ()))
            number = len(plan.ports)
            wire = wire_of.get((device.name, name), -1)
            prefixes = tuple(dict.fromkeys(prefix_of(*one) for one in addresses))
            plan.ports.append(PlannedPort(number, router, name, wire, addresses, text, prefixes))
            plan.port_index[router, name] = number
            plan.ports_of[router].append(number)
            if wire >= 0:
                plan.ports_on[wire].append(number)
            elif name != "lo" and addresses:
                plan.fault(device.name, f"port {name} has an address and no wire")
            plan.own[router].update(one for one, _ in addresses)
            if wire >= 0:
                plan.subnets[router].update(dict.fromkeys(prefixes, number))
    plan.lengths = tuple(
        sorted({n for port in plan.ports for _, n in port.addresses}, reverse=True)
    )


def _match_wires(plan: Plan) -> None:
    """Faults of cables: no common subnet, or OSPF that cannot agree."""
    for number, wire in enumerate(plan.wires):
        if wire.is_lan or len(plan.ports_on[number]) != 2:
            continue
        one, two = (plan.ports[port] for port in plan.ports_on[number])
        if not any(p in two.prefixes for p in one.prefixes):
            plan.fault(
                plan.names[one.router],
                f"the ends of {wire.name} have no subnet in common: {_spell(one)}, {_spell(two)}",
            )
        if sentence := _disagreement(one.text, two.text):
            plan.fault(plan.names[one.router], f"{wire.name}: {sentence}")


def _spell(port: PlannedPort) -> str:
    return ", ".join(f"{spell_address(a)}/{n}" for a, n in port.addresses) or "none"


def _disagreement(one: Port, two: Port) -> str | None:
    speaks = [port.area is not None and not port.is_passive for port in (one, two)]
    if speaks[0] != speaks[1]:
        return "only one end speaks OSPF"
    for word, values in (
        ("MTU", (one.mtu, two.mtu)),
        ("OSPF area", (one.area, two.area)),
        ("OSPF hello interval", (one.hello_s, two.hello_s)),
        ("OSPF dead interval", (one.dead_s, two.dead_s)),
        ("OSPF cost", (one.cost, two.cost)),
        ("OSPF network type", (one.is_point_to_point, two.is_point_to_point)),
    ):
        if (speaks[0] or word == "MTU") and values[0] != values[1]:
            return f"the ends differ in {word}: {values[0]} and {values[1]}"
    return None


def _match_sessions(plan: Plan) -> None:
    owners: dict[int, list[PlannedPort]] = {}
    for port in plan.ports:
        for number, _ in port.addresses:
            owners.setdefault(number, []).append(port)
    waiting: dict[tuple[int, int, int], Half] = {}
    carried: set[int] = set()
    for router, device in enumerate(plan.devices):
        if device.bgp is None:
            continue
        for peer in device.bgp.peers.values():
            half, why = _half(plan, router, peer, owners)
            if half is None:
                spelled = spell_address(peer.address)
                plan.fault(device.name, f"the session to {spelled} does not come up: {why}")
                continue
            other = waiting.pop((half.far, half.router, half.own_address), None)
            if other is None or other.own_address != peer.address:
                waiting[half.router, half.far, peer.address] = half
                continue
            for side, twin in ((other, half), (half, other)):
                side.number = len(plan.halves)
                plan.halves.append(side)
                plan.halves_of[side.router].append(side.number)
                side.twin = -1 if twin.number < 0 else twin.number
            other.twin, half.twin = half.number, other.number
            if half.port >= 0:
                carried.add(plan.ports[half.port].wire)
    for half in waiting.values():
        far = plan.names[half.far]
        sentence = f"the session to {far} does not come up: {far} does not expect it"
        plan.fault(plan.names[half.router], sentence)
    for number, wire in enumerate(plan.wires):
        if wire.network is not None and number not in carried and len(wire.ends) == 2:
            plan.fault(wire.ends[0][0], f"the line {wire.name} carries no session")


def _half(
    plan: Plan, router: int, peer: Peer, owners: Mapping[int, list[PlannedPort]]
) -> tuple[Half | None, str]:
    bgp = plan.devices[router].bgp
    near = _facing(plan, router, peer.address)
    found = owners.get(peer.address, [])
    if near is not None:
        found = [port for port in found if port.wire == near.wire] or found
    if bgp is None or not found:
        return None, "no device has that address"
    far = plan.devices[found[0].router]
    if far.bgp is None:
        return None, f"{far.name} does not speak BGP"
    own = peer.source
    if own is None and near is not None:
        own = next(a for a, n in near.addresses if (peer.address ^ a) & MASKS[n] == 0)
    if own is None or own not in plan.own[router]:
        return None, "it has no address of its own to come from"
    answer = far.bgp.peers.get(own)
    if answer is None:
        return None, f"{far.name} has no neighbour {spell_address(own)}"
    for wrong, why in (
        (peer.asn != far.bgp.asn, f"{far.name} is AS {far.bgp.asn}, not {peer.asn}"),
        (answer.asn != bgp.asn, f"{far.name} expects AS {answer.asn}, not {bgp.asn}"),
        (peer.password != answer.password, "the passwords differ"),
        (peer.is_shut or answer.is_shut, "it is shut down"),
        (not (peer.is_active and answer.is_active), "IPv4 unicast is not active on both sides"),
        (bgp.router_id == far.bgp.router_id, "both have the same router id"),
    ):
        if wrong:
            return None, why
    is_internal = peer.asn == bgp.asn
    is_near = near is not None and found[0].wire == near.wire
    if not is_internal and not is_near and peer.hops < 2:
        return None, "the neighbour is not on a wire of this router"
    port = near.number if is_near and near is not None else -1
    return Half(-1, router, found[0].router, -1, peer, own, port, is_internal), ""


def _facing(plan: Plan, router: int, address: int) -> PlannedPort | None:
    subnets = plan.subnets[router]
    for length in plan.lengths:
        number = subnets.get(prefix_of(address, length))
        if number is not None:
            return plan.ports[number]
    return None

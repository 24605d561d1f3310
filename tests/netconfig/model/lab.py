"""Small networks written by hand: FRR texts, cables between named ports, and what the model makes of them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence

from netconfig.model.failures import Failure, every_failure
from netconfig.model.network import Network
from netconfig.model.numbers import address, prefix, spell_address, spell_prefix
from netconfig.model.reader import read_device
from netconfig.model.surroundings import Held, Surroundings, WireEnds
from netconfig.model.walk import Trace, Walk

Cable = tuple[str, str]


def around(
    cables: Sequence[Cable],
    lans: Mapping[str, Sequence[str]] | None = None,
    held: Iterable[tuple[str, str]] = (),
    ends_only: Iterable[str] = (),
) -> Surroundings:
    """Wires from `device:port` pairs; `held` are (`device:port`, `address/length`) that others set."""
    wires = [WireEnds(f"{one}={two}", False, (_end(one), _end(two))) for one, two in cables] + [
        WireEnds(name, True, tuple(_end(end) for end in ends))
        for name, ends in (lans or {}).items()
    ]
    return Surroundings(
        wires=tuple(wires),
        held=tuple(
            Held(*_end(port), address(text.split("/")[0]), int(text.split("/")[1]))
            for port, text in held
        ),
        gateways=(),
        defaults={},
        ends_only=frozenset(ends_only),
        providers={},
        sites={},
    )


def build(texts: Mapping[str, str], surroundings: Surroundings, seed: int | None = None) -> Network:
    """The settled network of some texts; `seed` shuffles the order of updates."""
    devices = [read_device(name, text) for name, text in texts.items()]
    order = None if seed is None else random.Random(seed)
    return Network(devices, surroundings, order)


def routes(network: Network, host: str) -> dict[str, tuple[str, str]]:
    """A table as prefix → (protocol, first gateway or port)."""
    plan = network.plan
    found = {}
    for number, entry in network.state.table[plan.index[host]].items():
        way = "discards"
        if entry.ways:
            port, gateway = entry.ways[0]
            way = spell_address(gateway) if gateway else plan.ports[port].name
        found[spell_prefix(number)] = (entry.protocol, way)
    return found


def path(network: Network, host: str, target: str) -> tuple[int, ...] | None:
    """The AS path of a device's best route; None = it has none."""
    best = network.best[network.plan.index[host]].get(prefix(target))
    return None if best is None else best.path


def walk(network: Network, host: str, target: str) -> Trace:
    """The way of a packet from a device."""
    start = network.plan.index[host]
    return Walk(network.plan, network.state).from_router(start, address(target))


def failure(network: Network, name: str) -> Failure:
    """A failure by its words, `link a:x=b:y` or `router a`."""
    return next(one for one in every_failure(network.plan) if str(one) == name)


def fail(network: Network, name: str) -> None:
    """Take a thing away."""
    one = failure(network, name)
    network.turn(one.ports, one.halves, 1)


def heal(network: Network, name: str) -> None:
    """Give it back."""
    one = failure(network, name)
    network.turn(one.ports, one.halves, -1)


def router(
    asn: int,
    number: int,
    ports: Mapping[str, str],
    neighbors: Mapping[str, int],
    networks: Iterable[str] = (),
    lines: str = "",
    family: str = "",
) -> str:
    """An FRR text: ports as name → address, eBGP and iBGP neighbours as address → AS, everything let through."""
    text = "".join(f"interface {name}\n ip address {one}\nexit\n" for name, one in ports.items())
    text += "".join(f"ip route {one} Null0\n" for one in networks if not one.endswith("/32"))
    text += "route-map ALL permit 10\nexit\n" + lines
    text += f"router bgp {asn}\n bgp router-id 10.255.0.{number}\n no bgp default ipv4-unicast\n"
    text += " bgp bestpath compare-routerid\n"
    text += "".join(f" neighbor {one} remote-as {far}\n" for one, far in neighbors.items())
    text += " address-family ipv4 unicast\n" + family
    text += "".join(f"  network {one}\n" for one in networks)
    for one, far in neighbors.items():
        text += f"  neighbor {one} activate\n"
        if far != asn:
            text += f"  neighbor {one} route-map ALL in\n  neighbor {one} route-map ALL out\n"
    return text + " exit-address-family\nexit\n"


def _end(text: str) -> Cable:
    device, _, port = text.partition(":")
    return device, port

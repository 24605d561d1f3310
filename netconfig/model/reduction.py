"""Sites that are alike in everything but their addresses: of each class a few stand for all.

Two branches are alike when their texts are equal once their own block, lines and AS number are taken out, their
networks' lines about them are too, and no other device names either of them. Then whatever happens to one happens to
the other, and pairs of failures in the core need to be tried with some of each class only. The test of it tries a
random share without the reduction.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Sequence
from copy import copy
from dataclasses import replace

from inventory import Estate, Site
from netconfig.model.device import Bgp, Device, Peer, Port
from netconfig.model.judgement import Policy
from netconfig.model.numbers import MASKS
from netconfig.model.surroundings import Surroundings, WireEnds

__all__ = ["classes", "reduce_estate", "restrict"]

_STANDING = 2


def reduce_estate(
    devices: Sequence[Device],
    around: Surroundings,
    estate: Estate,
    core: Collection[str],
    seed: int = 5,
) -> tuple[list[Device], Surroundings]:
    """The core, and of each class of other sites the first and one drawn by a seed."""
    drawn = random.Random(seed)
    keep = set(core) | {name for name in around.providers if name in {d.name for d in devices}}
    for members in classes(devices, around, estate).values():
        rest = [site for site in members if not _devices_of(around, site) & keep]
        chosen = (
            rest[:1] + drawn.sample(rest[1:], min(len(rest) - 1, _STANDING - 1)) if rest else []
        )
        for site in chosen:
            keep |= _devices_of(around, site)
    return restrict(devices, around, keep)


def classes(
    devices: Sequence[Device], around: Surroundings, estate: Estate
) -> dict[object, list[str]]:
    """The sites with devices, by what they have in common."""
    of_site: dict[str, list[Device]] = {}
    for device in devices:
        if device.name in around.sites:
            of_site.setdefault(around.sites[device.name], []).append(device)
    named = _named_by_others(devices, around, estate)
    told = _told_by_providers(devices, around)
    found: dict[object, list[str]] = {}
    for name, members in of_site.items():
        site = estate.sites[name]
        guests = [s for s in estate.sites.values() if s.shares == name]
        if site.kind == "centre" or name in named:
            key: object = name
        else:
            relative = _Relative([site, *guests], members)
            key = (
                site.kind,
                tuple(relative.device(device) for device in members),
                tuple(relative.told(told.get(address, ())) for address in relative.lines),
            )
        found.setdefault(key, []).append(name)
    return found


def restrict(
    devices: Sequence[Device], around: Surroundings, keep: Collection[str]
) -> tuple[list[Device], Surroundings]:
    """The devices named, without the ports and neighbours of theirs that lead to others."""
    gone = {
        address
        for device in devices
        if device.name not in keep
        for port in device.ports.values()
        for address, _ in port.addresses
    }
    wires: list[WireEnds] = []
    dropped: set[tuple[str, str]] = set()
    for wire in around.wires:
        ends = tuple(end for end in wire.ends if end[0] in keep)
        if ends and (wire.is_lan or len(ends) == len(wire.ends)):
            wires.append(replace(wire, ends=ends))
        else:
            dropped.update(ends)
    found = []
    for device in devices:
        if device.name in keep:
            kept = copy(device)
            kept.ports = {n: p for n, p in device.ports.items() if (device.name, n) not in dropped}
            if device.bgp is not None:
                kept.bgp = copy(device.bgp)
                kept.bgp.peers = {a: p for a, p in device.bgp.peers.items() if a not in gone}
            found.append(kept)
    lans = {wire.name for wire in wires if wire.is_lan}
    return found, replace(
        around,
        wires=tuple(wires),
        held=tuple(held for held in around.held if held.device in keep),
        gateways=tuple(g for g in around.gateways if g.wire in lans),
        defaults={name: way for name, way in around.defaults.items() if name in keep},
        ends_only=around.ends_only & frozenset(keep),
        providers={n: of for n, of in around.providers.items() if n in keep},
        sites={n: of for n, of in around.sites.items() if n in keep},
    )


def _devices_of(around: Surroundings, site: str) -> set[str]:
    return {name for name, of in around.sites.items() if of == site}


def _policies(device: Device) -> Iterable[Policy]:
    yield from device.filters.values()
    for peer in device.bgp.peers.values() if device.bgp else ():
        yield from (policy for policy in (peer.accept, peer.announce) if policy is not None)


def _named_by_others(
    devices: Sequence[Device], around: Surroundings, estate: Estate
) -> frozenset[str]:
    """The sites whose own block some other site's device speaks of."""
    length = estate.addressing.site_length
    owner = {int(site.prefix.network_address): site.routed_by for site in estate.sites.values()}
    known: dict[Policy, frozenset[str]] = {}
    named: set[str] = set()
    for device in devices:
        own = around.sites.get(device.name)
        for policy in _policies(device):
            if policy not in known:
                known[policy] = frozenset(
                    owner[rule[0] & MASKS[length]]
                    for clause in policy.clauses
                    for rule in clause.prefixes or ()
                    if rule[1] >= length and rule[0] & MASKS[length] in owner
                )
            named |= known[policy] - {own}
        numbers = [static.prefix for static in device.statics]
        numbers += list(device.bgp.networks) if device.bgp else []
        for number in numbers:
            site = owner.get((number >> 6) & MASKS[length])
            if site not in (None, own) and (number & 63) >= length:
                named.add(str(site))
    return frozenset(named)


def _told_by_providers(
    devices: Sequence[Device], around: Surroundings
) -> dict[int, tuple[Bgp, Peer]]:
    """What a network says of each neighbour, by the neighbour's address."""
    return {
        peer.address: (device.bgp, peer)
        for device in devices
        if device.bgp is not None and device.name in around.providers
        for peer in device.bgp.peers.values()
    }


class _Relative:
    """The texts of one site with its own addresses and number taken out."""

    def __init__(self, blocks: Sequence[Site], devices: Sequence[Device]) -> None:
        self._blocks = [
            (int(s.prefix.network_address), int(s.prefix.broadcast_address)) for s in blocks
        ]
        self._asn = {device.bgp.asn for device in devices if device.bgp}
        self.lines = [
            address
            for device in devices
            for port in device.ports.values()
            for address, _ in port.addresses
            if self.address(address)[0] == "at"
        ]
        self._order = {address: place for place, address in enumerate(self.lines)}

    def address(self, number: int) -> tuple[str, int]:
        """An address by its place in the site's blocks, on its lines, or as it is."""
        for place, (first, last) in enumerate(self._blocks):
            if first <= number <= last:
                return f"block {place}", number - first
        order = getattr(self, "_order", {})
        for step in (0, 1, -1):
            if number + step in order and abs(step) <= 1:
                return f"line {step}", order[number + step]
        return "at", number

    def device(self, device: Device) -> object:
        """A device's text, relative."""
        bgp = device.bgp
        return (
            tuple(self._port(place, port) for place, port in enumerate(device.ports.values())),
            tuple(
                (
                    self._prefix(static.prefix),
                    static.gateway and self.address(static.gateway),
                    static.interface,
                    static.distance,
                )
                for static in device.statics
            ),
            tuple((name, self._policy(policy)) for name, policy in device.filters.items()),
            device.has_max_metric,
            None if bgp is None else self._bgp(bgp),
            tuple(device.unread),
        )

    def _port(self, place: int, port: Port) -> object:
        addresses = tuple((self.address(one), length) for one, length in port.addresses)
        # A guest's LAN has the guest's number in its name, and a name decides nothing.
        name = f"guest {place}" if port.name.startswith("lan-") else port.name
        return (name, addresses, repr(replace(port, name="", addresses=[])))

    def told(self, said: tuple[Bgp, Peer] | tuple[()]) -> object:
        """What a network says of one of the lines, relative."""
        if not said:
            return None
        bgp, peer = said
        return (bgp.asn, self._peer(peer))

    def _bgp(self, bgp: Bgp) -> object:
        return (
            self._number(bgp.asn),
            self.address(bgp.router_id),
            tuple(self._prefix(network) for network in bgp.networks),
            tuple(self._peer(peer) for peer in bgp.peers.values()),
            repr(replace(bgp, asn=0, router_id=0, networks={}, peers={})),
        )

    def _peer(self, peer: Peer) -> object:
        return (
            self.address(peer.address),
            self._number(peer.asn),
            peer.source and self.address(peer.source),
            self._policy(peer.accept),
            self._policy(peer.announce),
            repr(replace(peer, address=0, asn=0, source=None, accept=None, announce=None)),
        )

    def _policy(self, policy: Policy | None) -> object:
        if policy is None:
            return None
        return tuple(
            (
                clause.permits,
                None
                if clause.prefixes is None
                else tuple((self.address(rule[0]), rule[1:]) for rule in clause.prefixes),
                clause.paths,
                clause.interface,
                clause.action[0],
                tuple(self._number(number) for number in clause.action[1]),
            )
            for clause in policy.clauses
        )  # fmt: skip

    def _number(self, asn: int) -> object:
        return "own" if asn in self._asn else asn

    def _prefix(self, number: int) -> object:
        return (self.address(number >> 6), number & 63)

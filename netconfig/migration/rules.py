"""What no step may do, whatever the model says of the states around it: judged from the step, not from how it was planned.

- one line of a site at a time: a step takes up or down lines of one network only, except where a whole site comes or goes;
- never the last line: a site that loses one keeps one that stood before;
- one border of the centres at a time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from inventory import Estate
from netconfig.migration.judge import Cut
from netconfig.model.device import Device, Peer, Port
from netconfig.model.findings import Violation

__all__ = ["cut_of", "judge_step", "other_sessions"]

RULE = "rule"


def judge_step(
    before: Estate, after: Estate, names: Collection[str], cut: Cut
) -> Iterator[Violation]:
    """Every breach of a step that changes these devices."""
    staying = set(before.sites) & set(after.sites)
    old, new = _networks_by_site(before), _networks_by_site(after)
    lost = _networks_of(before, cut.wires)
    sites = {_site_of(before, after, name) for name in names} - {""}
    for site in sorted(sites & staying):
        touched = lost.get(site, set()) | (new.get(site, set()) - old.get(site, set()))
        if len(touched) > 1:
            words = " and ".join(sorted(touched))
            sentence = f"{site}'s lines to {words} change in one step"
            yield Violation(RULE, site, words, tuple(names), sentence)
        kept = (old.get(site, set()) & new.get(site, set())) - lost.get(site, set())
        if lost.get(site) and not kept:
            sentence = f"{site} would be without any line that it had before"
            yield Violation(RULE, site, ", ".join(sorted(lost[site])), tuple(names), sentence)
    borders = [
        name
        for name in names
        if (site := _site_of(before, after, name)) in staying
        and before.sites[site].kind == "centre"
    ]
    if len(borders) > 1:
        sentence = f"{' and '.join(borders)} are changed in one step"
        yield Violation(RULE, borders[0], borders[1], tuple(borders), sentence)


def cut_of(estate: Estate, before: Iterable[Device], after: Mapping[str, Device | None]) -> Cut:
    """What goes down while devices change: ports and sessions that are gone or start anew.

    `before` are all running devices, `after` those that change (None = it goes). A policy is changed under a living session.
    """
    wire_at = {(e.host, e.interface): wire for wire in estate.wires() for e in wire.ends}
    running = {device.name: device for device in before}
    owner = {
        address: device.name
        for device in running.values()
        for port in device.ports.values()
        for address, _ in port.addresses
    }
    wires, sessions, devices = set(), set(), set()
    for name, new in after.items():
        old = running.get(name)
        if old is None:
            continue
        if new is None:
            devices.add(name)
            continue
        for port, text in old.ports.items():
            wire = wire_at.get((name, port))
            if wire is not None and _is_other_port(text, new.ports.get(port)):
                wires.add(wire.name)
        for address, peer in old.bgp.peers.items() if old.bgp else ():
            now = new.bgp.peers.get(address) if new.bgp else None
            if address in owner and (
                _is_other_peer(peer, now) or (old.bgp and new.bgp and old.bgp.asn != new.bgp.asn)
            ):
                sessions.add((name, owner[address]))
    return Cut(frozenset(wires), frozenset(sessions), frozenset(devices))


def other_sessions(estate: Estate, sites: Collection[str], colour: str) -> tuple[str, ...]:
    """The sessions over a site's other lines, as `hikae net verify` names them."""
    return tuple(
        f"{line.name.partition(':')[0]} - {_provider(estate, line.network)}"
        for line in estate.lines
        if line.site in sites and line.network != colour
    )


def _provider(estate: Estate, network: str) -> str:
    return next(host.name for host in estate.hosts.values() if host.network == network)


def _is_other_port(old: Port, new: Port | None) -> bool:
    if new is None:
        return True
    words = ("addresses", "mtu", "hello_s", "dead_s", "area", "is_shut")
    return any(getattr(old, word) != getattr(new, word) for word in words)


def _is_other_peer(old: Peer, new: Peer | None) -> bool:
    if new is None:
        return True
    words = ("asn", "source", "is_active", "is_shut", "hops", "password")
    return any(getattr(old, word) != getattr(new, word) for word in words)


def _networks_by_site(estate: Estate) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for line in estate.lines:
        found.setdefault(line.site, set()).add(line.network)
    return found


def _networks_of(estate: Estate, wires: Collection[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for line in estate.lines:
        if line.name in wires:
            found.setdefault(line.site, set()).add(line.network)
    return found


def _site_of(before: Estate, after: Estate, name: str) -> str:
    host = before.hosts.get(name) or after.hosts.get(name)
    return "" if host is None else host.site or ""

"""Names: each given once, each that is referred to there, none longer than the device's dialect takes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from inventory import Estate
from netconfig.checks.fault import Fault, doubled
from netconfig.intent import Intent

__all__ = ["RULES"]

# Longest name of a policy or list, and longest description of a session.
_LENGTHS = {"frr": (127, 80), "ios-xe": (63, 80), "junos": (63, 255)}
_INTERFACE = {"frr": 15}


def names_are_unique(estate: Estate, intent: Intent) -> Iterator[Fault]:
    """No two ports, slots, lists, maps or sessions of a device are called alike."""
    groups = {
        "ports": [port.name for port in intent.ports],
        "prefix_lists": [one.name for one in intent.prefix_lists],
        "path_lists": [one.name for one in intent.path_lists],
        "route_maps": [one.name for one in intent.route_maps],
        "packet_filters": [one.name for one in intent.packet_filters],
        "bgp.neighbors": [str(one.address) for one in intent.bgp.neighbors] if intent.bgp else [],
    }
    for group, found in groups.items():
        for name, _, _ in doubled((name, name) for name in found):
            remedy = "keep one of the two"
            yield Fault(intent.host, f"{group}[{name}]", None, "is there twice", remedy)
    slots = [(port.slot, port.name) for port in intent.ports if port.slot is not None]
    for slot, first, name in doubled(slots):
        message = f"is the place of {first} already"
        yield Fault(intent.host, f"ports[{name}].slot", slot, message, "give it a free slot")


def references_have_targets(estate: Estate, intent: Intent) -> Iterator[Fault]:
    """Whatever is referred to by name is defined, and what is defined is referred to."""
    maps = {one.name for one in intent.route_maps}
    prefixes = {one.name for one in intent.prefix_lists}
    paths = {one.name for one in intent.path_lists}
    ports = {one.name for one in intent.ports}
    packets = {one.name for one in intent.packet_filters}
    references: list[tuple[str, str | None, set[str], str]] = [
        (f"filters[{protocol}]", name, maps, "route map") for protocol, name in intent.filters
    ]
    references += [
        (f"ports[{port.name}].inbound", port.inbound, packets, "packet filter")
        for port in intent.ports
    ]
    references += [
        (f"routes[{route.prefix}].interface", route.interface, ports, "port")
        for route in intent.routes
    ]
    for one in intent.bgp.neighbors if intent.bgp else ():
        at = f"bgp.neighbors[{one.address}]"
        references.append((f"{at}.accept", one.accept, maps, "route map"))
        references.append((f"{at}.announce", one.announce, maps, "route map"))
    for owner in intent.route_maps:
        for clause in owner.clauses:
            at = f"route_maps[{owner.name}].clauses[{clause.sequence}]"
            references.append((f"{at}.prefixes", clause.prefixes, prefixes, "prefix list"))
            references.append((f"{at}.path", clause.path, paths, "list of AS paths"))
            references.append((f"{at}.interface", clause.interface, ports, "port"))
    for at, wanted, known, noun in references:
        if wanted is not None and wanted not in known:
            others = f"name one of {', '.join(sorted(known))}" if known else "remove the name"
            remedy = f"define it or {others}"
            yield Fault(intent.host, at, wanted, f"is no {noun} of this device", remedy)
    used = {(noun, name) for _, name, _, noun in references}
    for group, noun, defined in (
        ("route_maps", "route map", maps),
        ("prefix_lists", "prefix list", prefixes),
        ("packet_filters", "packet filter", packets),
    ):
        for name in sorted(defined):
            if (noun, name) not in used:
                remedy = "refer to it or remove it"
                yield Fault(intent.host, f"{group}[{name}]", None, "is used by nobody", remedy)


def sequences_ascend(estate: Estate, intent: Intent) -> Iterator[Fault]:
    """Rules stand in the order of their numbers, since some devices read them as they stand and others by number."""
    groups = [
        *(
            (f"prefix_lists[{x.name}].rules", [r.sequence for r in x.rules])
            for x in intent.prefix_lists
        ),
        *(
            (f"route_maps[{x.name}].clauses", [c.sequence for c in x.clauses])
            for x in intent.route_maps
        ),
        *(
            (f"packet_filters[{x.name}].rules", [r.sequence for r in x.rules])
            for x in intent.packet_filters
        ),
    ]
    for at, numbers in groups:
        for before, number in pairwise(numbers):
            if number <= before:
                message = f"stands behind {before}"
                remedy = "number the rules upwards, each number once"
                yield Fault(intent.host, f"{at}[{number}]", number, message, remedy)


def names_fit_the_dialect(estate: Estate, intent: Intent) -> Iterator[Fault]:
    """No name is longer than the device takes it."""
    if intent.host not in estate.hosts:
        return
    dialect = estate.dialect_of(intent.host)
    longest, description = _LENGTHS[dialect]
    found = [
        *((f"prefix_lists[{x.name}]", x.name, longest) for x in intent.prefix_lists),
        *((f"route_maps[{x.name}]", x.name, longest) for x in intent.route_maps),
        *((f"packet_filters[{x.name}]", x.name, longest) for x in intent.packet_filters),
        *((f"ports[{x.name}]", x.name, _INTERFACE.get(dialect, longest)) for x in intent.ports),
    ]
    for one in intent.bgp.neighbors if intent.bgp else ():
        at = f"bgp.neighbors[{one.address}].description"
        found.append((at, one.description, description))
    for at, name, room in found:
        if len(name) > room:
            message = f"has {len(name)} characters, {dialect} takes {room}"
            yield Fault(intent.host, at, name, message, "shorten it")


RULES = (names_are_unique, references_have_targets, sequences_ascend, names_fit_the_dialect)

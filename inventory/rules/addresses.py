"""Pools, numbers and room: can every address be computed, and is each one unique?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from inventory.addressing import SERVER_OFFSETS
from inventory.builder import plan_addresses
from inventory.documents import AddressingText
from inventory.errors import EstateError
from inventory.reader import Documents
from inventory.rules.naming import require_unique

__all__ = ["RULES"]

# IFNAMSIZ of Linux is 16 with its closing zero.
INTERFACE_LENGTH = 15


def pools_fit(texts: Documents) -> Iterator[EstateError]:
    """Pools are apart from each other and longer blocks are cut from shorter ones."""
    text = texts.addressing
    if text is None:
        return
    pools = {
        "sites": text.sites,
        "lines": text.lines,
        "providers": text.providers,
        "services": text.services,
    }
    for (first, one), (second, other) in combinations(pools.items(), 2):
        if one.overlaps(other):
            message = f"overlaps {first} ({one})"
            yield texts.marks.fault(
                ("addressing", second), str(other), message, "choose pools that are apart"
            )
    for key, pool, length in (
        ("site_length", text.sites, text.site_length),
        ("network_length", text.lines, text.network_length),
    ):
        if length < pool.prefixlen:
            message = f"is a larger block than the pool {pool}"
            remedy = f"write at least {pool.prefixlen}"
            yield texts.marks.fault(("addressing", key), length, message, remedy)


def numbers_are_unique(texts: Documents) -> Iterator[EstateError]:
    """No number is given twice, since addresses follow from it."""
    marks = texts.marks
    sites = texts.sites.items()
    networks = texts.networks.items()
    services = texts.services.items()
    for section, numbers in (
        ("sites", [(name, site.number) for name, site in sites]),
        ("networks", [(name, network.number) for name, network in networks]),
        ("services", [(name, service.number) for name, service in services]),
    ):
        places = [((section, name, "number"), number) for name, number in numbers]
        free = next(n for n in range(1, len(numbers) + 2) if n not in {x for _, x in numbers})
        remedy = f"give it a free number, such as {free}"
        yield from require_unique(marks, places, "number", remedy)
    asns = [(("networks", name, "asn"), network.asn) for name, network in networks]
    yield from require_unique(marks, asns, "AS number", "give each network its own AS number")


def _has_whole_blocks(text: AddressingText) -> bool:
    return text.site_length >= text.sites.prefixlen and text.network_length >= text.lines.prefixlen


def numbers_are_in_range(texts: Documents) -> Iterator[EstateError]:
    """Every number leads to an address inside its pool."""
    text = texts.addressing
    if text is None or not _has_whole_blocks(text):
        return
    plan = plan_addresses(text)
    limits = (
        ("sites", {n: s.number for n, s in texts.sites.items()}, 0, plan.site_count - 1),
        ("networks", {n: s.number for n, s in texts.networks.items()}, 0, plan.network_count - 1),
        (
            "services",
            {n: s.number for n, s in texts.services.items()},
            1,
            text.services.num_addresses - 2,
        ),
    )
    for section, numbers, low, high in limits:
        for name, number in numbers.items():
            if not low <= number <= high:
                message = "leads to an address outside its pool"
                remedy = f"write a number from {low} to {high} or widen the pool in `addressing`"
                yield texts.marks.fault((section, name, "number"), number, message, remedy)
    highest = max((site.number for site in texts.sites.values()), default=0)
    for name, network in texts.networks.items():
        if text.site_asn <= network.asn <= text.site_asn + highest:
            message = "is an AS number of a site"
            remedy = f"choose one outside {text.site_asn} to {text.site_asn + highest}"
            yield texts.marks.fault(("networks", name, "asn"), network.asn, message, remedy)


def lans_hold_seats(texts: Documents) -> Iterator[EstateError]:
    """A LAN holds the seats and printers of its site beside servers and gateways."""
    text = texts.addressing
    if text is None:
        return
    room = plan_addresses(text).seat_count
    for name, site in texts.sites.items():
        if site.seats + site.printers > room:
            message = f"and {site.printers} printers do not fit into the LAN, it holds {room}"
            remedy = "split the site in two or lower addressing.site_length"
            yield texts.marks.fault(("sites", name, "seats"), site.seats, message, remedy)


def roles_have_room(texts: Documents) -> Iterator[EstateError]:
    """A site has no more hosts of a role than the LAN's plan has places for."""
    if texts.hosts is None:
        return
    order = [*SERVER_OFFSETS.items(), ("", 100)]
    room = {role: order[i + 1][1] - offset for i, (role, offset) in enumerate(order[:-1])}
    room["router"] = 4
    for key, table in (("kinds", texts.hosts.kinds), ("sites", texts.hosts.sites)):
        for name, counts in table.items():
            for role, count in counts.items():
                if count > room.get(role, count):
                    message = f"hosts of role {role} do not fit, a site holds {room[role]}"
                    yield texts.marks.fault(
                        ("hosts", key, name, role), count, message, f"write at most {room[role]}"
                    )


def interface_names_fit(texts: Documents) -> Iterator[EstateError]:
    """`wan-<network>` is a name that Linux takes."""
    for name in texts.networks:
        interface = f"wan-{name}"
        if len(interface) > INTERFACE_LENGTH:
            message = (
                f"makes the interface {interface}, {len(interface)} characters; Linux takes "
                f"{INTERFACE_LENGTH}"
            )
            remedy = f"shorten it to {INTERFACE_LENGTH - 4} characters"
            yield texts.marks.fault(("networks", name), name, message, remedy)


def places_have_own_names(texts: Documents) -> Iterator[EstateError]:
    """No network is called like a site, since hosts are named after both."""
    for name in texts.networks:
        if name in texts.names.get("sites", ()):
            message = "is the name of a site too"
            yield texts.marks.fault(("networks", name), name, message, "rename one of the two")


RULES = (
    pools_fit,
    numbers_are_unique,
    numbers_are_in_range,
    lans_hold_seats,
    roles_have_room,
    interface_names_fit,
    places_have_own_names,
)

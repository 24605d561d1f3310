"""Slices name hosts that exist, and flows have ports where their protocol has them."""

from __future__ import annotations

from collections.abc import Iterator

from inventory.builder import count_hosts
from inventory.errors import EstateError
from inventory.expansion import host_name
from inventory.parts import HOST_ROLES
from inventory.reader import Documents
from inventory.rules.naming import spell_names

__all__ = ["RULES"]

PORTED = ("tcp", "udp")


def slice_hosts_exist(texts: Documents) -> Iterator[EstateError]:
    """Every host of a slice is a host of the estate."""
    if texts.hosts is None:
        return
    hosts = {
        place: [
            host_name("", role, index)[1:]
            for role in HOST_ROLES
            for index in range(1, counts.get(role, 0) + 1)
        ]
        for place, counts in (
            *((n, count_hosts(texts.hosts, n, site)) for n, site in texts.sites.items()),
            *((n, {"provider": 1}) for n in texts.networks),
        )
    }
    read = texts.names.get("sites", set()) | texts.names.get("networks", set())
    for name, text in texts.slices.items():
        for place, shorts in text.hosts.items():
            if place not in read:
                remedy = "name a site or a network"
                at = ("slices", name, "hosts", place)
                yield texts.marks.fault(at, place, "is neither site nor network", remedy)
            elif place in hosts:
                for index, short in enumerate(shorts):
                    if short not in hosts[place]:
                        spot = ("slices", name, "hosts", place, index)
                        remedy = f"{place} has {spell_names(hosts[place]) or 'no host'}"
                        message = f"is no host of {place}"
                        yield texts.marks.fault(spot, short, message, remedy)


def flows_have_ports(texts: Documents) -> Iterator[EstateError]:
    """TCP and UDP flows have a port, the others none."""
    for index, flow in enumerate(texts.flows):
        place = ("flows", index)
        if flow.protocol in PORTED and flow.port is None:
            message = f"flow over {flow.protocol} has no port"
            yield texts.marks.fault(place, None, message, "add `port:`")
        if flow.protocol not in PORTED and flow.port is not None:
            message = f"is a port, and {flow.protocol} has none"
            yield texts.marks.fault((*place, "port"), flow.port, message, "remove it")


RULES = (slice_hosts_exist, flows_have_ports)

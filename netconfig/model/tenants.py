"""Strangers on a network that is not ours alone: a customer like any other, who tells and asks whatever it likes.

The verifier puts one beside our lines. It announces a block of its own, a default route, and addresses out of our pools that
nobody has (had somebody them, the network itself would choose between the two, and that is not ours to judge); none of our
devices may take any, and nothing that it sends may be answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from itertools import islice

from inventory import Estate
from netconfig.model.device import Bgp, Device, Peer, Port, Static
from netconfig.model.judgement import Clause, Policy
from netconfig.model.numbers import address, prefix
from netconfig.model.questions import Place, Question
from netconfig.model.surroundings import Surroundings, WireEnds

__all__ = ["forbid", "with_tenants"]

# Addresses and numbers that are kept for documentation (RFC 5737, RFC 5398): no estate has them.
_BLOCK = prefix("203.0.113.0/24")
_DEFAULT = prefix("0.0.0.0/0")
_ASN = 64496
_EVERYTHING = Policy((Clause(True),))


def with_tenants(
    estate: Estate, devices: Sequence[Device], around: Surroundings
) -> tuple[list[Device], Surroundings]:
    """The devices with a tenant on every network that carries others' traffic too."""
    found, wires = list(devices), list(around.wires)
    for place, device in enumerate(devices):
        network = estate.networks.get(around.providers.get(device.name, ""))
        if network is None or network.ours or device.bgp is None or not device.bgp.peers:
            continue
        near, far = (
            address(f"198.51.100.{2 * place % 256}"),
            address(f"198.51.100.{(2 * place + 1) % 256}"),
        )
        name = tenant_name(network.name)
        told = (_BLOCK, _DEFAULT, *_lures(estate))
        some = next(iter(device.bgp.peers.values()))
        bgp = copy(device.bgp)
        bgp.peers = bgp.peers | {far: replace(some, address=far, asn=_ASN)}
        ports = device.ports | {"tenant": Port("tenant", [(near, 31)])}
        found[place] = replace(device, ports=ports, bgp=bgp)
        found.append(
            Device(
                name,
                {"wan": Port("wan", [(far, 31)]), "lo": Port("lo", [((_BLOCK >> 6) + 1, 32)])},
                [Static(one, None, None) for one in told],
                bgp=Bgp(
                    _ASN,
                    far,
                    dict.fromkeys(told),
                    {
                        near: Peer(
                            near,
                            bgp.asn,
                            is_active=True,
                            password=some.password,
                            accept=_EVERYTHING,
                            announce=_EVERYTHING,
                        )
                    },
                    compares_router_id=True,
                ),
            )
        )
        wires.append(
            WireEnds(f"{name}:{network.name}", False, ((device.name, "tenant"), (name, "wan")))
        )
    return found, replace(around, wires=tuple(wires))


def _lures(estate: Estate) -> tuple[int, ...]:
    """A service and a site that there are not, at addresses that they could have: only where they began gives them away."""
    plan = estate.addressing
    used = {service.address for service in estate.services.values()}
    taken = {site.number for site in estate.sites.values()}
    services = (address for address in reversed(list(plan.services)) if address not in used)
    sites = (number for number in reversed(range(plan.site_count)) if number not in taken)
    found = [f"{address}/32" for address in islice(services, 1)]
    found += [str(plan.prefix(number)) for number in islice(sites, 1)]
    return tuple(prefix(text) for text in found)


def tenant_name(network: str) -> str:
    """The device of the stranger on a network."""
    return f"tenant-{network}"


def forbid(devices: Sequence[Device], asked: Sequence[Question]) -> tuple[Question, ...]:
    """The questions whose answer must be no: each tenant asks for every service."""
    tenants = [device.name for device in devices if device.name.startswith("tenant-")]
    services = {question.service: question for question in asked if question.target is None}
    return tuple(
        Question(
            Place("device", tenant, tenant, (_BLOCK >> 6) + 1),
            None,
            question.service,
            question.address,
            question.homes,
            is_forbidden=True,
        )
        for tenant in tenants
        for question in services.values()
    )

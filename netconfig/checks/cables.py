"""The two ends of every cable, found by their network: what one end does the other must do too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from typing import NamedTuple

from inventory import Estate
from netconfig.checks.fault import Fault
from netconfig.intent import Intent, Port

__all__ = ["RULES"]

_CABLE = 31


class _End(NamedTuple):
    host: str
    port: Port

    def spell(self) -> str:
        return f"{self.host} {self.port.name}"


def _networks(intents: Mapping[str, Intent]) -> dict[IPv4Network, list[_End]]:
    found: dict[IPv4Network, list[_End]] = {}
    for intent in intents.values():
        for port in intent.ports:
            for address in port.addresses:
                if address.network.prefixlen < 32:
                    found.setdefault(address.network, []).append(_End(intent.host, port))
    return found


def cables_have_two_ends(estate: Estate, intents: Mapping[str, Intent]) -> Iterator[Fault]:
    """A cable's network has two devices, no more and no fewer."""
    for network, ends in _networks(intents).items():
        if network.prefixlen == _CABLE and len(ends) != 2:
            message = f"is a cable with {len(ends)} end{'' if len(ends) == 1 else 's'}"
            at = f"ports[{ends[0].port.name}].addresses"
            remedy = "give both ends an address of one /31"
            yield Fault(ends[0].host, at, network, message, remedy)


def ends_agree(estate: Estate, intents: Mapping[str, Intent]) -> Iterator[Fault]:
    """Both ends of a cable have the same MTU and the same cost, and speak OSPF both or neither."""
    for network, ends in _networks(intents).items():
        if network.prefixlen != _CABLE or len(ends) != 2:
            continue
        first, second = ends
        at = f"ports[{second.port.name}]"
        if first.port.mtu != second.port.mtu:
            message = f"differs from {first.spell()}, which has {first.port.mtu or 1500}"
            remedy = (
                "give both ends one MTU; OSPF does not come up otherwise, and large packets vanish"
            )
            yield Fault(second.host, f"{at}.mtu", second.port.mtu or 1500, message, remedy)
        ospf = [end.port.ospf for end in ends]
        active = [one is not None and not one.is_passive for one in ospf]
        if active[0] != active[1]:
            silent, speaker = (second, first) if active[0] else (first, second)
            message = f"is silent, and {speaker.spell()} speaks OSPF to it"
            at = f"ports[{silent.port.name}].ospf"
            yield Fault(silent.host, at, None, message, "let both ends speak, or neither")
        elif all(active) and ospf[0] != ospf[1]:
            cost = [None if one is None else one.cost for one in ospf]
            message = f"differs from {first.spell()}, which has {cost[0]}"
            remedy = "give both ends one cost, or there and back go different ways"
            yield Fault(second.host, f"{at}.ospf.cost", cost[1], message, remedy)


def gateways_are_shared(estate: Estate, intents: Mapping[str, Intent]) -> Iterator[Fault]:
    """Who shares a LAN's gateway agrees on its address, and no two have one priority."""
    for network, ends in _networks(intents).items():
        first = next((end for end in ends if end.port.gateway), None)
        if first is None or first.port.gateway is None:
            continue
        wanted = first.port.gateway
        priorities: dict[int, _End] = {}
        for end in ends:
            at, own = f"ports[{end.port.name}].gateway", end.port.gateway
            if own is None:
                continue
            if own.address != wanted.address:
                message = f"differs from {first.spell()}, which has {wanted.address}"
                remedy = "share one address"
                yield Fault(end.host, f"{at}.address", own.address, message, remedy)
            if own.address not in network:
                message = f"is no address of {network}"
                yield Fault(end.host, f"{at}.address", own.address, message, "take one of the LAN")
            if own.priority in priorities:
                message = f"is the priority of {priorities[own.priority].spell()} already"
                remedy = "give each router a priority of its own"
                yield Fault(end.host, f"{at}.priority", own.priority, message, remedy)
            priorities.setdefault(own.priority, end)


RULES = (cables_have_two_ends, ends_agree, gateways_are_shared)

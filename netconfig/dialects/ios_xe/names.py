"""What IOS-XE calls things that an intent names: interfaces by their place, lists of AS paths by number."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network

from netconfig.dialects.hardware import LOOPBACK, numbered, slot_of
from netconfig.intent import PacketRule, Port

__all__ = [
    "hardware",
    "matched",
    "network_of",
    "packet_rule",
    "path_name",
    "path_number",
    "read_matched",
    "read_packet_rule",
    "slot_of_hardware",
]

_HARDWARE = re.compile(r"GigabitEthernet0/(\d+)/(\d+)(?:\.(\d+))?")
# IOS-XE has numbers 1 to 500 for what FRR names.
_PATH_NUMBERS = {
    "LOCAL": 1,
    "OTHER-NETWORKS": 2,
    "ORIGIN-SERVICES": 3,
    "ORIGIN-NETWORKS": 4,
    "ORIGIN-SITES": 5,
}
_PATH_NAMES = {str(number): name for name, number in _PATH_NUMBERS.items()}


def hardware(port: Port) -> str:
    """The interface's name on the device."""
    if port.name == LOOPBACK:
        return "Loopback0"
    if port.slot is None:
        return port.name
    module, place, tag = numbered(port.slot)
    return f"GigabitEthernet0/{module}/{place}{'' if tag is None else f'.{tag}'}"


def slot_of_hardware(name: str) -> int | None:
    """The slot of an interface by its name on the device; None for the loopback and for what no slot has."""
    match = _HARDWARE.fullmatch(name)
    if match is None:
        return None
    return slot_of(int(match[1]), int(match[2]), int(match[3]) if match[3] else None)


def path_number(name: str) -> int:
    """The number of a list of AS paths; a name that is a number stands for itself; ValueError for others."""
    return _PATH_NUMBERS.get(name) or int(name)


def path_name(number: str) -> str:
    """The name of a list of AS paths."""
    return _PATH_NAMES.get(number, number)


def network_of(address: str, mask: str) -> IPv4Network:
    """A network written with its mask."""
    return IPv4Network(f"{address}/{mask}")


def matched(network: IPv4Network) -> str:
    """A network as a standard access list matches it."""
    if network.prefixlen == 32:
        return str(network.network_address)
    return f"{network.network_address} {network.hostmask}"


def read_matched(words: list[str]) -> IPv4Network:
    """What `matched` wrote."""
    match words:
        case [address]:
            return IPv4Network(address)
        case [address, wildcard]:
            return _network(address, wildcard)
    raise ValueError(f"no network: {' '.join(words)}")


def packet_rule(rule: PacketRule) -> str:
    """A rule of an extended access list."""
    return " ".join(
        [
            str(rule.sequence),
            "permit" if rule.permits else "deny",
            rule.protocol or "ip",
            _side(rule.source),
            *(["eq", str(rule.from_port)] if rule.from_port is not None else []),
            _side(rule.target),
            *(["eq", str(rule.port)] if rule.port is not None else []),
            *(["established"] if rule.is_reply else []),
        ]
    )


def read_packet_rule(words: list[str]) -> PacketRule:
    """What `packet_rule` wrote; ValueError for another rule."""
    sequence, action, protocol, *rest = words
    source = _read_side(rest)
    from_port = _read_port(rest)
    target = _read_side(rest)
    port = _read_port(rest)
    is_reply = rest == ["established"]
    if action not in ("permit", "deny") or (rest and not is_reply):
        raise ValueError(f"no rule of an intent: {' '.join(words)}")
    return PacketRule(
        sequence=int(sequence),
        permits=action == "permit",
        protocol=None if protocol == "ip" else protocol,
        source=source,
        from_port=from_port,
        target=target,
        port=port,
        is_reply=is_reply,
    )


def _side(network: IPv4Network | None) -> str:
    if network is None:
        return "any"
    if network.prefixlen == 32:
        return f"host {network.network_address}"
    return f"{network.network_address} {network.hostmask}"


def _read_side(words: list[str]) -> IPv4Network | None:
    match words:
        case ["any", *_]:
            del words[:1]
            return None
        case ["host", address, *_]:
            del words[:2]
            return IPv4Network(address)
        case [address, wildcard, *_]:
            del words[:2]
            return _network(address, wildcard)
    raise ValueError("a rule ends too early")


def _read_port(words: list[str]) -> int | None:
    if words[:1] != ["eq"]:
        return None
    port = int(words[1]) if len(words) > 1 else -1
    del words[:2]
    return port


def _network(address: str, wildcard: str) -> IPv4Network:
    bits = int(IPv4Address(wildcard))
    if bits & (bits + 1):
        raise ValueError(f"{wildcard} is no wildcard of a network")
    return IPv4Network((address, 32 - bits.bit_length()))

"""Wires as they follow from the interfaces of hosts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from inventory.parts import End, Host, Line, Wire

__all__ = ["derive_wires", "restrict_wires"]


def derive_wires(hosts: Mapping[str, Host], lines: Sequence[Line]) -> tuple[Wire, ...]:
    """Every wire of the estate, in the order in which hosts first touch it."""
    ends: dict[str, list[End]] = {}
    for host in hosts.values():
        for interface in host.interfaces:
            ends.setdefault(interface.wire, []).append(End(host.name, interface.name))
    wan = {line.name for line in lines}
    return tuple(
        Wire(name, "lan" if name.endswith(":lan") else "p2p", tuple(found), name in wan)
        for name, found in ends.items()
    )


def restrict_wires(wires: Sequence[Wire], within: Collection[str]) -> tuple[Wire, ...]:
    """The wires that a slice has: cables with both ends in it, switches with at least one."""
    kept = []
    for wire in wires:
        ends = tuple(end for end in wire.ends if end.host in within)
        if len(ends) == len(wire.ends) or (wire.kind == "lan" and ends):
            kept.append(Wire(wire.name, wire.kind, ends, wire.is_wan))
    return tuple(kept)

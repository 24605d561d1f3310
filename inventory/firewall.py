"""What each host lets in, derived from the flows of the estate.

Invariant: a host listens only where a flow names its role as target, and lets in only addresses
that belong to hosts of the slice (terminals: the LANs they stand in, because a LAN has more seats
than the one terminal that is booted).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network, collapse_addresses

from inventory.parts import Flow, Host, Listen, Site, Wire

__all__ = ["Firewall"]

# Hosts with several addresses may send from any of them; the others send from their LAN address.
_SEATED = ("terminal",)


class Firewall:
    """Answers `listens` for the hosts of one slice."""

    def __init__(
        self,
        flows: Sequence[Flow],
        sites: Mapping[str, Site],
        hosts: Mapping[str, Host],
        wires: Sequence[Wire],
        within: Collection[str],
    ) -> None:
        self._flows = flows
        self._sites = sites
        self._hosts = {name: host for name, host in hosts.items() if name in within}
        self._wires = wires
        self._estate_sources: dict[tuple[str, ...], tuple[IPv4Network, ...]] = {}

    def listens(self, name: str) -> tuple[Listen, ...]:
        """What the host lets in, flow by flow, less the flows without a source in the slice."""
        host = self._hosts[name]
        found = []
        for flow in self._flows:
            if flow.target == host.role:
                sources = self._sources(flow, host)
                if sources:
                    found.append(Listen(flow.protocol, flow.port, sources, flow.purpose))
        return tuple(found)

    def _sources(self, flow: Flow, host: Host) -> tuple[IPv4Network, ...]:
        if flow.scope == "adjacent":
            return _as_networks(
                address
                for role, address in self._adjacent.get(host.name, [])
                if role in flow.sources
            )
        if flow.scope == "estate":
            if flow.sources not in self._estate_sources:
                self._estate_sources[flow.sources] = self._networks(flow, self._hosts.values())
            return self._estate_sources[flow.sources]
        peers = [
            other
            for other in self._hosts.values()
            if other.name != host.name
            and (
                (flow.scope == "site" and other.site is not None and other.site == host.site)
                or (flow.scope == "cluster" and host.cluster and other.cluster == host.cluster)
            )
        ]
        return self._networks(flow, peers)

    def _networks(self, flow: Flow, hosts: Iterable[Host]) -> tuple[IPv4Network, ...]:
        found: list[IPv4Network] = []
        for host in hosts:
            if host.role not in flow.sources:
                continue
            if host.role in _SEATED and host.site is not None:
                found.append(self._sites[host.site].lan)
            else:
                found.extend(IPv4Network(address) for address in host.addresses)
        return tuple(collapse_addresses(found))

    @cached_property
    def _adjacent(self) -> dict[str, list[tuple[str, IPv4Address]]]:
        found: dict[str, list[tuple[str, IPv4Address]]] = {}
        for wire in self._wires:
            if wire.kind != "p2p":
                continue
            for here, there in (wire.ends, wire.ends[::-1]):
                other = self._hosts.get(there.host)
                address = other.interface(there.interface).address if other else None
                if other is not None and address is not None:
                    found.setdefault(here.host, []).append((other.role, address.ip))
        return found


def _as_networks(addresses: Iterable[IPv4Address]) -> tuple[IPv4Network, ...]:
    return tuple(collapse_addresses(IPv4Network(address) for address in addresses))

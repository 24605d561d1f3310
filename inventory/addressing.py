"""Addresses by rule: from a few pools and the numbers of sites, networks and services.

A site's block is cut in halves and quarters: the first half is the LAN, the third quarter holds
the routers' loopbacks, the fourth quarter the /31s inside the site. Nothing here knows a name;
numbers in, addresses out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

__all__ = ["FIRST_SEAT", "MAX_ROUTERS", "SERVER_OFFSETS", "Addressing"]

MAX_ROUTERS = 4
FIRST_SEAT = 100

# Offset in the LAN of the first host of each role; a role has room up to the next offset.
SERVER_OFFSETS: Mapping[str, int] = {
    "bastion": 11,
    "monitoring": 15,
    "etcd": 21,
    "database": 31,
    "balancer": 51,
    "application": 61,
    "batch": 71,
    "store": 81,
    "restore": 91,
}


@dataclass(frozen=True, slots=True)
class Addressing:
    """The pools of one estate and the rules that cut them."""

    sites: IPv4Network
    site_length: int
    lines: IPv4Network
    network_length: int
    providers: IPv4Network
    services: IPv4Network
    site_asn: int
    offsets: Mapping[str, int] = field(default_factory=lambda: dict(SERVER_OFFSETS))

    @property
    def site_count(self) -> int:
        """How many site numbers the pools hold; the blocks and the lines both bind."""
        blocks = 1 << (self.site_length - self.sites.prefixlen)
        ends = (1 << (32 - self.network_length)) // (2 * MAX_ROUTERS)
        return min(blocks, ends)

    @property
    def network_count(self) -> int:
        """How many network numbers the pools hold."""
        lines = 1 << (self.network_length - self.lines.prefixlen)
        return min(lines, self.providers.num_addresses // 256)

    @property
    def lan_length(self) -> int:
        """Prefix length of every LAN."""
        return self.site_length + 1

    @property
    def seat_count(self) -> int:
        """How many seats and printers together a LAN holds."""
        return int((1 << (32 - self.lan_length)) - 1 - FIRST_SEAT)

    def prefix(self, number: int) -> IPv4Network:
        """The block of a site."""
        base = self.sites.network_address + (number << (32 - self.site_length))
        return IPv4Network((base, self.site_length))

    def lan(self, number: int) -> IPv4Network:
        """The LAN of a site: the first half of its block."""
        return IPv4Network((self.prefix(number).network_address, self.lan_length))

    def gateway(self, number: int) -> IPv4Address:
        """The address that hosts of a LAN send to: the first one."""
        return self.lan(number).network_address + 1

    def router_on_lan(self, number: int, router: int, routers: int) -> IPv4Address:
        """A router's own LAN address: the gateway if it is alone, else the places after it."""
        return self.gateway(number) + (router if routers > 1 else 0)

    def server(self, number: int, role: str, index: int) -> IPv4Address:
        """The LAN address of the index-th (from 1) server of a role."""
        return self.lan(number).network_address + self.offsets[role] + index - 1

    def seat(self, number: int, index: int) -> IPv4Address:
        """The address of the index-th (from 1) seat: from offset 100 up."""
        return self.lan(number).network_address + FIRST_SEAT + index - 1

    def printer(self, number: int, index: int) -> IPv4Address:
        """The address of the index-th (from 1) printer: from the top of the LAN down."""
        return self.lan(number).broadcast_address - index

    def loopback(self, number: int, router: int) -> IPv4Address:
        """A router's loopback: in the third quarter of the block."""
        return self._quarter(number, 2).network_address + router

    def way_out(self, number: int) -> IPv4Address:
        """What all routers of a site hold that lead out of it: at the end of their loopbacks."""
        return self._quarter(number, 2).broadcast_address - 1

    def inside(self, number: int, index: int) -> tuple[IPv4Interface, IPv4Interface]:
        """The index-th (from 0) /31 inside a site: (even end, odd end)."""
        return _pair(self._quarter(number, 3).network_address + 2 * index)

    def line(self, network: int, number: int, router: int) -> tuple[IPv4Interface, IPv4Interface]:
        """The /31 of a router's line to a network: (provider's end, customer's end)."""
        base = self.lines.network_address + (network << (32 - self.network_length))
        return _pair(base + 2 * (MAX_ROUTERS * number + router - 1))

    def provider(self, network: int) -> IPv4Address:
        """The loopback of a network's provider router."""
        return self.providers.network_address + 256 * network + 1

    def service(self, number: int) -> IPv4Address:
        """The address of a service."""
        return self.services.network_address + number

    def asn(self, number: int) -> int:
        """The AS number of a site (RFC 6996 private range in the shipped estate)."""
        return self.site_asn + number

    def _quarter(self, number: int, quarter: int) -> IPv4Network:
        length = self.site_length + 2
        base = self.prefix(number).network_address + (quarter << (32 - length))
        return IPv4Network((base, length))


def _pair(even: IPv4Address) -> tuple[IPv4Interface, IPv4Interface]:
    return IPv4Interface((even, 31)), IPv4Interface((even + 1, 31))

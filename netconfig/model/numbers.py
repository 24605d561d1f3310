"""Addresses and prefixes as plain whole numbers: the model compares millions of them.

An address is its 32 bits; a prefix is `address << 6 | length`, so that one dictionary key holds both.
"""

from __future__ import annotations

from functools import cache
from ipaddress import IPv4Address, IPv4Network

__all__ = ["MASKS", "address", "prefix", "prefix_of", "spell_address", "spell_prefix"]

MASKS = tuple((0xFFFFFFFF << (32 - length)) & 0xFFFFFFFF for length in range(33))


@cache
def address(text: str) -> int:
    """The number of a dotted address; ValueError where it is none."""
    return int(IPv4Address(text))


@cache
def prefix(text: str) -> int:
    """The number of `address/length`; host bits are dropped."""
    network = IPv4Network(text, strict=False)
    return prefix_of(int(network.network_address), network.prefixlen)


def prefix_of(number: int, length: int) -> int:
    """The prefix of that length which holds the address."""
    return (number & MASKS[length]) << 6 | length


def spell_address(number: int) -> str:
    """The dotted form."""
    return str(IPv4Address(number))


def spell_prefix(number: int) -> str:
    """`address/length`."""
    return f"{IPv4Address(number >> 6)}/{number & 63}"

"""The canonical form of an FRR configuration: a set of paths, equal for two texts that mean the same.

FRR shows its configuration in another order than it was given, adds lines that nobody wrote and leaves out lines that equal
a default. So texts are never compared: each is read into the set of its lines, every line with the contexts it stands in
(`("router bgp 64501", "address-family ipv4 unicast", "network 10.9.0.1/32")`), and the noise is taken out of both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from netconfig.indented import Path, walk_indented

__all__ = [
    "Config",
    "Path",
    "canonical_text",
    "context_order",
    "is_context",
    "numbered_lines",
    "read_config",
]

Config = frozenset[Path]

_CONTEXTS = (
    re.compile(r"interface [^\s/]+"),
    re.compile(r"router (ospf|bgp \d+)"),
    re.compile(r"route-map \S+ (permit|deny) \d+"),
    re.compile(r"bfd"),
    re.compile(r"bfd/profile \S+"),
    re.compile(r"router bgp \d+/address-family [^/]+"),
)

# The order in which a configuration is written: definitions before what refers to them.
_ORDER = (
    "frr ",
    "log ",
    "service ",
    "bfd",
    "interface ",
    "ip route ",
    "ip prefix-list ",
    "bgp as-path ",
    "route-map ",
    "ip protocol ",
    "router ospf",
    "router bgp ",
)

# FRR's own words, not configuration. The host's name is compared apart (it belongs to the host, not to FRR), forwarding
# belongs to the kernel.
_NOISE = re.compile(
    r"!.*|end|exit.*|frr version .*|hostname .*|(no )?ip(v6)? forwarding"
    r"|Building configuration.*|Current configuration:.*"
)

# Lines that FRR leaves out of its own text because they equal a default.
_DEFAULTS = re.compile(
    r"bfd/profile \S+/(detect-multiplier 3|(transmit|receive)-interval 300)"
    r"|router bgp \d+/(bgp network import-check|bgp ebgp-requires-policy)"
)

# Contexts that exist by themselves or mean nothing while they are empty.
_HOLLOW = re.compile(r"interface [^\s/]+|bfd")


def is_context(path: Path) -> bool:
    """Whether lines can stand inside this one."""
    joined = "/".join(path)
    return any(pattern.fullmatch(joined) for pattern in _CONTEXTS)


# A push asks for the same few texts of each device again and again.
@lru_cache(maxsize=512)
def read_config(text: str) -> Config:
    """The canonical form of an FRR text, rendered by us or shown by a device."""
    return frozenset(numbered_lines(text))


def numbered_lines(text: str) -> dict[Path, int]:
    """The canonical form with each line's number in the text (from 1), in the order of the text."""
    found: dict[Path, int] = {}
    for path, number in walk_indented(text, _NOISE, is_context):
        if not _DEFAULTS.fullmatch("/".join(path)):
            found.setdefault(path, number)
    parents = {path[:-1] for path in found}
    return {
        path: number
        for path, number in found.items()
        if path in parents or not _HOLLOW.fullmatch("/".join(path))
    }


def canonical_text(config: Iterable[Path]) -> str:
    """The configuration as indented text in canonical order: what a difference is shown on."""
    return _written(frozenset(config))


@lru_cache(maxsize=512)
def _written(config: Config) -> str:
    lines = sorted(config, key=context_order)
    return "".join(f"{' ' * (len(path) - 1)}{path[-1]}\n" for path in lines)


def context_order(path: Path) -> tuple[object, ...]:
    """A sort key: definitions first, a context before its lines, numbers by value."""
    rank = next((i for i, start in enumerate(_ORDER) if path[0].startswith(start)), len(_ORDER))
    return (rank, *(_line_order(line) for line in path))


def _line_order(line: str) -> tuple[object, ...]:
    # An address family comes after the neighbours it speaks of; `remote-as` makes a neighbour, `activate` wakes it.
    weight = 1
    if line.startswith("address-family"):
        weight = 3
    elif line.endswith(" activate"):
        weight = 2
    elif " remote-as " in line or line.startswith("no bgp default"):
        weight = 0
    words = tuple(
        (0, int(word), "") if word.isdigit() else (1, 0, word) for word in re.split(r"[ ./]", line)
    )
    return (weight, words)

"""Packet filters as they are rendered, against the flow table: what a host lets in must be what the flows say, and
nothing else.

Read are the lines of our own table's chain `input` in nftables' own words. A line that accepts and is understood
neither as a flow nor as one of the few that every host has is a finding: so is one that accepts from anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, collapse_addresses

from inventory import Listen

__all__ = ["Gate", "judge_rules", "read_gates"]

_NUMBERS = {"89": "ospf", "112": "vrrp", "ospf": "ospf", "vrrp": "vrrp"}
_ACCEPT = re.compile(
    r"(?:ip saddr \{ (?P<many>[^}]+) \}|ip saddr (?P<one>\S+))?\s*"
    r"(?:(?P<protocol>tcp|udp) dport (?P<port>\d+)|ip protocol (?P<number>\S+))?\s*"
    r"(?:counter )?accept(?: comment \".*\")?"
)
# What every host lets in: replies, itself, and the messages without which a network cannot be run.
_COMMON = re.compile(
    r"ct state (?:established,related|related,established) accept|iif \"?lo\"? accept|iifname \"?lo\"? accept"
    r"|icmp type \{ [a-z, -]+ \} accept|icmpv6 type \{ [a-z, -]+ \} accept|ip6? nexthdr .*"
)
_ANYWHERE = IPv4Network("0.0.0.0/0")


@dataclass(frozen=True, slots=True)
class Gate:
    """One accepting line: protocol (`any` = all), port (None = all) and sources."""

    protocol: str
    port: int | None
    sources: tuple[IPv4Network, ...]
    line: str


def read_gates(text: str) -> tuple[tuple[Gate, ...], str]:
    """The accepting lines of chain input, and its policy."""
    gates: list[Gate] = []
    policy, inside = "accept", False
    for raw in text.splitlines():
        line = " ".join(raw.split())
        if line.startswith("chain "):
            inside = line.split()[1] == "input"
        elif inside and line.startswith("type filter hook input"):
            policy = line.rpartition("policy ")[2].rstrip(" ;")
        elif inside and "accept" in line and not line.startswith("#"):
            if _COMMON.fullmatch(line):
                continue
            gates.append(_gate(line))
    return tuple(gates), policy


def judge_rules(
    host: str, text: str, listens: Iterable[Listen], bastions: Iterable[IPv4Network] = ()
) -> Iterator[str]:
    """Sentences for everything that the text lets in beyond the flows, and every flow that it keeps out."""
    gates, policy = read_gates(text)
    if policy != "drop":
        yield f"{host} lets in whatever no rule refuses (policy {policy})"
    may: dict[tuple[str, int | None], list[IPv4Network]] = {("tcp", 22): list(bastions)}
    for listen in listens:
        may.setdefault((listen.protocol, listen.port), []).extend(listen.sources)
    lets: dict[tuple[str, int | None], list[IPv4Network]] = {}
    for gate in gates:
        key = (gate.protocol, gate.port)
        lets.setdefault(key, []).extend(gate.sources)
        allowed = frozenset(collapse_addresses(may.get(key, ())))
        for source in gate.sources:
            if not _is_within(source, allowed):
                yield f"{host} lets in {source} by '{gate.line}', which no flow allows"
    for (protocol, port), sources in may.items():
        open_to = frozenset(collapse_addresses(lets.get((protocol, port), ())))
        for source in collapse_addresses(sources):
            if not _is_within(source, open_to):
                where = protocol if port is None else f"{protocol} {port}"
                yield f"{host} keeps out {source} at {where}, which a flow allows"


def _is_within(source: IPv4Network, those: frozenset[IPv4Network]) -> bool:
    return source in those or any(source.subnet_of(one) for one in those)


def _gate(line: str) -> Gate:
    match = _ACCEPT.fullmatch(line)
    if match is None:
        return Gate("any", None, (_ANYWHERE,), line)
    listed = match["many"] or match["one"]
    sources = (
        tuple(IPv4Network(one.strip()) for one in listed.split(",")) if listed else (_ANYWHERE,)
    )
    if match["protocol"]:
        return Gate(match["protocol"], int(match["port"]), sources, line)
    if match["number"]:
        return Gate(_NUMBERS.get(match["number"], match["number"]), None, sources, line)
    return Gate("any", None, sources, line)

"""What a router lets pass between its LAN and the rest, where the LAN is a zone of its own (a partner's counter).

Read is the chain `zone` of our own table. Every accepting line must name both ends and a port, and be a flow to or
from terminals; the chain must end by dropping, and `forward` must send the LAN's packets through it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network

from inventory import Estate

__all__ = ["Passes", "judge_zone", "passes_of"]

_RULE = re.compile(
    r"ip saddr (?P<source>\S+) ip daddr (?P<target>\S+) (?P<protocol>tcp|udp) (?P<way>[sd])port (?P<port>\d+)"
    r"(?P<reply> ct state established)? accept( comment \".*\")?"
)

_End = tuple[IPv4Network, str, int | None]


@dataclass(frozen=True)
class Passes:
    """Where terminals may go, and whom they may answer: (network, protocol, port)."""

    asked: frozenset[_End]
    answered: frozenset[_End]


def passes_of(estate: Estate) -> Passes:
    """What the flows let terminals ask and answer beyond their site."""
    asked: set[_End] = set()
    answered: set[_End] = set()
    for flow in estate.flows:
        if flow.scope != "estate":
            continue
        if "terminal" in flow.sources:
            asked |= {
                (IPv4Network(host.address), flow.protocol, flow.port)
                for host in estate.select(role=flow.target)
            }
            if flow.target == "balancer":
                asked.add((estate.addressing.services, flow.protocol, flow.port))
        if flow.target == "terminal":
            answered |= {
                (IPv4Network(host.address), flow.protocol, flow.port)
                for role in flow.sources
                for host in estate.select(role=role)
            }
    return Passes(frozenset(asked), frozenset(answered))


def judge_zone(host: str, text: str, lan: IPv4Network, passes: Passes) -> Iterator[str]:
    """Sentences for everything that passes a zone's border and no flow allows; nothing where the text has no zone."""
    chains = _chains(text)
    if "zone" not in chains:
        return
    if not any(re.fullmatch(r'iifname "?lan"? jump zone', line) for line in chains["forward"]):
        yield f"{host} does not send its LAN through its zone"
    rules = [line for line in chains["zone"] if "accept" in line]
    for line in rules:
        match = _RULE.fullmatch(line)
        if match is None:
            yield f"{host} lets pass by '{line}' what no flow allows"
            continue
        end = (IPv4Network(match["target"]), match["protocol"], int(match["port"]))
        is_answer = match["way"] == "s" and match["reply"] is not None
        allowed = passes.answered if is_answer else passes.asked
        is_plain = match["way"] == "d" or is_answer
        if not (is_plain and IPv4Network(match["source"]).subnet_of(lan) and end in allowed):
            yield f"{host} lets pass by '{line}' what no flow allows"
    last = chains["zone"][-1] if chains["zone"] else ""
    if not re.fullmatch(r"(counter )?drop( comment \".*\")?", last):
        yield f"{host} lets pass whatever no rule of its zone refuses"


def _chains(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"forward": []}
    name = ""
    for raw in text.splitlines():
        line = " ".join(raw.split())
        if line.startswith("chain "):
            name = line.split()[1]
            found[name] = []
        elif line == "}":
            name = ""
        elif name and line and not line.startswith(("#", "type ")):
            found[name].append(line)
    return found

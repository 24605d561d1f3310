"""When the network is up: the neighbours that a device must have, and how to read those it has.

`expected_sessions` is derived from the same intent as the configuration. The parsers read FRR's JSON and answer with the
neighbours that are up, in the same words, so that `expected <= found` is the whole test.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, TypedDict

from inventory import Estate
from netconfig.derivation import derive_intent

__all__ = [
    "COMMANDS",
    "Sessions",
    "expected_sessions",
    "missing_sessions",
    "parse_bfd_peers",
    "parse_bgp_summary",
    "parse_ospf_neighbors",
]

# The vtysh commands whose output the parsers read.
COMMANDS = {
    "bgp": "show bgp summary json",
    "ospf": "show ip ospf neighbor json",
    "bfd": "show bfd peers json",
}


class Sessions(TypedDict):
    """Addresses of neighbours by protocol, sorted: BGP peers, the OSPF neighbours' router ids, BFD peers."""

    bgp: list[str]
    ospf: list[str]
    bfd: list[str]


def expected_sessions(
    estate: Estate,
    host: str,
    within: Collection[str] | None = None,
    *,
    is_staged: bool = False,
) -> Sessions:
    """The neighbours that a router, balancer or provider must have when all of `within` is up.

    `is_staged` counts day 0's sessions only. Raises UnknownHost and NotRouted.
    """
    intent = derive_intent(estate, host, within, is_staged=is_staged)
    bgp = [str(neighbor.address) for neighbor in intent.bgp.neighbors] if intent.bgp else []
    names = frozenset(estate.hosts if within is None else within) | {host}
    ends = {wire.name: wire.ends for wire in estate.wires(names)}
    ospf, cables = [], []
    speaking = {port.name for port in intent.ports if port.ospf and not port.ospf.is_passive}
    for port in estate.host(host).interfaces:
        if port.name not in speaking:
            continue
        far = next(end for end in ends[port.wire] if end.host != host)
        ospf.append(str(estate.host(far.host).address))
        address = estate.host(far.host).interface(far.interface).address
        if address is not None:
            cables.append(str(address.ip))
    return Sessions(bgp=sorted(bgp), ospf=sorted(ospf), bfd=sorted({*bgp, *cables}))


def parse_bgp_summary(text: str) -> list[str]:
    """The peers with an established session, from `show bgp summary json`."""
    peers = _object(text).get("ipv4Unicast", {}).get("peers", {})
    return sorted(peer for peer, seen in peers.items() if seen.get("state") == "Established")


def parse_ospf_neighbors(text: str) -> list[str]:
    """The router ids of full neighbours, from `show ip ospf neighbor json`."""
    neighbors = _object(text).get("neighbors", {})
    return sorted(
        router
        for router, seen in neighbors.items()
        if any(str(one.get("nbrState", "")).startswith("Full") for one in seen)
    )


def parse_bfd_peers(text: str) -> list[str]:
    """The peers whose session is up, from `show bfd peers json`."""
    found = json.loads(text or "[]")
    return sorted({str(peer["peer"]) for peer in found if peer.get("status") == "up"})


def missing_sessions(
    expected: Sessions, *, bgp: str = "", ospf: str = "", bfd: str = ""
) -> list[str]:
    """What is not up yet, as `bgp 10.128.0.8`; the texts are the outputs of COMMANDS, empty = nothing seen."""
    found = {
        "bgp": set(parse_bgp_summary(bgp)),
        "ospf": set(parse_ospf_neighbors(ospf)),
        "bfd": set(parse_bfd_peers(bfd)),
    }
    wanted = {"bgp": expected["bgp"], "ospf": expected["ospf"], "bfd": expected["bfd"]}
    return [
        f"{protocol} {peer}"
        for protocol, peers in wanted.items()
        for peer in peers
        if peer not in found[protocol]
    ]


def _object(text: str) -> dict[str, Any]:
    # bgpd without a session answers `{}`, and vtysh answers nothing at all while a daemon starts.
    found = json.loads(text or "{}")
    return found if isinstance(found, dict) else {}

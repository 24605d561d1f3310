"""From an FRR text, rendered by us or shown by a device, to the intent.

Only lines that say something of their own are read here; lines that every device has are checked by rendering again
(`netconfig.dialects.dialect`).
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from netconfig.canonical import numbered_lines
from netconfig.dialects.draft import Draft
from netconfig.dialects.lengths import single_length
from netconfig.intent import Intent, PathList, PrefixRule, Route

__all__ = ["extract"]

# The canonical form leaves the name out: it belongs to the host, not to FRR.
_HOSTNAME = re.compile(r"^hostname (\S+)", re.MULTILINE)


def extract(text: str) -> Intent:
    """The intent of a text, lines that it does not understand passed over; InvalidConfiguration without a name."""
    draft = Draft()
    if match := _HOSTNAME.search(text):
        draft.host = match[1]
    for *section, line in numbered_lines(text):
        try:
            _take(draft, tuple(section), line)
        except ValueError:
            continue  # a word that is no number or address: the line will be found to be foreign
    return draft.freeze()


def _take(draft: Draft, section: tuple[str, ...], line: str) -> None:
    words = line.split()
    if not section:
        _take_top(draft, words)
        return
    match section[0].split():
        case ["interface", name]:
            _take_port(draft, name, line, words)
        case ["route-map", name, _, sequence]:
            _take_clause(draft, name, int(sequence), words)
        case ["router", "ospf"]:
            _take_ospf(draft, words)
        case ["router", "bgp", _]:
            _take_bgp(draft, line, words)


def _take_top(draft: Draft, words: list[str]) -> None:
    match words:
        case ["interface", name]:
            draft.port(name)
        case ["ip", "route", prefix, "Null0"]:
            draft.routes.append(Route(IPv4Network(prefix)))
        case ["ip", "route", prefix, gateway]:
            draft.routes.append(Route(IPv4Network(prefix), IPv4Address(gateway)))
        case ["ip", "route", prefix, gateway, interface, distance]:
            draft.routes.append(
                Route(IPv4Network(prefix), IPv4Address(gateway), interface, int(distance))
            )
        case ["ip", "prefix-list", name, "seq", sequence, "permit", prefix, *lengths]:
            rule = PrefixRule(int(sequence), IPv4Network(prefix), single_length(lengths))
            draft.prefix_lists.setdefault(name, []).append(rule)
        case ["bgp", "as-path", "access-list", name, "seq", "5", "permit", *expression]:
            draft.path_lists[name] = PathList(name, " ".join(expression))
        case ["route-map", name, action, sequence]:
            draft.clause(name, int(sequence), permits=action == "permit")
        case ["ip", "protocol", protocol, "route-map", name]:
            draft.filters[protocol] = name
        case ["router", "ospf"]:
            draft.has_ospf = True
        case ["router", "bgp", asn]:
            draft.asn = int(asn)


def _take_port(draft: Draft, name: str, line: str, words: list[str]) -> None:
    port = draft.port(name)
    match words:
        case ["description", _, *_]:
            port["description"] = line.partition(" ")[2]
        case ["ip", "address", address]:
            port["addresses"].append(IPv4Interface(address))
        case ["ip", "ospf", "area", _]:
            port.setdefault("ospf", {})
        case ["ip", "ospf", "passive"]:
            port.setdefault("ospf", {})["is_passive"] = True
        case ["ip", "ospf", "cost", cost]:
            port.setdefault("ospf", {})["cost"] = int(cost)


def _take_clause(draft: Draft, name: str, sequence: int, words: list[str]) -> None:
    clause = draft.clause(name, sequence)
    match words:
        case ["match", "as-path", path]:
            clause["path"] = path
        case ["match", "interface", interface]:
            clause["interface"] = interface
        case ["match", "ip", "address", "prefix-list", prefixes]:
            clause["prefixes"] = prefixes
        case ["set", "as-path", "prepend", *path]:
            clause["prepend"] = tuple(int(asn) for asn in path)
        case ["set", "local-preference", preference]:
            clause["local_preference"] = int(preference)
        case ["set", "src", source]:
            clause["source"] = IPv4Address(source)


def _take_ospf(draft: Draft, words: list[str]) -> None:
    match words:
        case ["ospf", "router-id", router_id]:
            draft.router_id = IPv4Address(router_id)
        case ["max-metric", "router-lsa", "administrative"]:
            draft.is_drained = True


def _take_bgp(draft: Draft, line: str, words: list[str]) -> None:
    match words:
        case ["bgp", "router-id", router_id]:
            draft.router_id = IPv4Address(router_id)
        case ["bgp", "graceful-shutdown"]:
            draft.is_drained = True
        case ["distance", "bgp", *_]:
            draft.has_igp = True
        case ["network", prefix]:
            draft.networks.append(IPv4Network(prefix))
        case ["neighbor", address, "remote-as", asn]:
            draft.neighbor(address)["asn"] = int(asn)
        case ["neighbor", address, "description", _, *_]:
            draft.neighbor(address)["description"] = line.split(" ", 3)[3]
        case ["neighbor", address, "update-source", source]:
            draft.neighbor(address)["source"] = IPv4Address(source)
        case ["neighbor", address, "route-map", name, "in"]:
            draft.neighbor(address)["accept"] = name
        case ["neighbor", address, "route-map", name, "out"]:
            draft.neighbor(address)["announce"] = name
        case ["neighbor", address, "maximum-prefix", limit]:
            draft.neighbor(address)["prefix_limit"] = int(limit)

"""From an IOS-XE text to the intent; lines that every device has are checked by rendering again."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from netconfig.dialects.dialect import Section
from netconfig.dialects.draft import Draft
from netconfig.dialects.hardware import LOOPBACK, description_of, logical
from netconfig.dialects.ios_xe.lines import numbered_lines
from netconfig.dialects.ios_xe.names import (
    network_of,
    path_name,
    read_matched,
    read_packet_rule,
    slot_of_hardware,
)
from netconfig.dialects.lengths import single_length
from netconfig.dialects.secrets import name_of_secret
from netconfig.dialects.sources import add_source_map
from netconfig.intent import Intent, PathList, PrefixRule, Route

__all__ = ["extract"]

_DRAINED = "-DRAINED"
_BANNER = re.compile(r"banner login \^C(.*)\^C")


def extract(text: str) -> Intent:
    """The intent of a text, what it does not understand passed over; InvalidConfiguration without a name."""
    lines = numbered_lines(text)
    reader = _Reader(_port_names(lines))
    for *section, line in lines:
        try:
            reader.take(tuple(section), line)
        except (KeyError, ValueError):
            continue  # no number, address or known port: the line will be found to be foreign
    add_source_map(reader.draft, is_said=reader.has_source)
    return reader.draft.freeze()


def _port_names(lines: dict[Section, int]) -> dict[str, str]:
    """The intent's names of interfaces by the device's: they stand first in the descriptions."""
    found = {"Loopback0": LOOPBACK}
    for path in lines:
        match [part.split() for part in path]:
            case [["interface", hardware]]:
                found.setdefault(hardware, hardware)
            case [["interface", hardware], ["description", _, *_]] if (
                slot_of_hardware(hardware) is not None
            ):
                found[hardware] = logical(path[1].partition(" ")[2], hardware)[0]
    return found


class _Reader:
    def __init__(self, port_names: dict[str, str]) -> None:
        self.draft = Draft()
        self.has_source = False
        self._names = port_names

    def take(self, section: Section, line: str) -> None:
        words = line.split()
        match [part.split() for part in section]:
            case []:
                self._top(line, words)
            case [["interface", hardware], *inner]:
                self._port(hardware, line, words, inner)
            case [["ip", "access-list", "extended", name]]:
                self.draft.packet_filters.setdefault(name, []).append(read_packet_rule(words))
            case [["ip", "access-list", "standard", name]]:
                self._access(name, words)
            case [["route-map", name, _, sequence]]:
                if not _is_drained(name):
                    self._clause(name, int(sequence), words)
            case [["router", "ospf", "1"]]:
                self._ospf(words)
            case [["router", "bgp", _], *_]:
                self._bgp(line, words)

    def _top(self, line: str, words: list[str]) -> None:
        draft = self.draft
        match words:
            case ["hostname", name]:
                draft.host = name
            case ["interface", hardware]:
                port = draft.port(self._names[hardware])
                slot = slot_of_hardware(hardware)
                if slot is not None and self._names[hardware] != hardware:
                    port["slot"] = slot
            case ["ip", "access-list", "extended", name]:
                draft.packet_filters.setdefault(name, [])
            case ["ip", "route", address, mask, "Null0"]:
                draft.routes.append(Route(network_of(address, mask)))
            case ["ip", "route", address, mask, gateway]:
                draft.routes.append(Route(network_of(address, mask), IPv4Address(gateway)))
            case ["ip", "route", address, mask, hardware, gateway, distance]:
                at = self._names[hardware]
                route = Route(network_of(address, mask), IPv4Address(gateway), at, int(distance))
                draft.routes.append(route)
            case ["ip", "prefix-list", name, "seq", sequence, "permit", prefix, *lengths]:
                rule = PrefixRule(int(sequence), IPv4Network(prefix), single_length(lengths))
                draft.prefix_lists.setdefault(name, []).append(rule)
            case ["ip", "as-path", "access-list", number, "permit", *expression]:
                name = path_name(number)
                draft.path_lists[name] = PathList(name, " ".join(expression))
            case ["route-map", name, action, sequence]:
                if not _is_drained(name):
                    draft.clause(name, int(sequence), permits=action == "permit")
            case ["ip", "ssh", "source-interface", "Loopback0"]:
                self.has_source = True
            case ["router", "ospf", "1"]:
                draft.has_ospf = True
            case ["router", "bgp", asn]:
                draft.asn = int(asn)
            case ["banner", "login", *_] if match := _BANNER.fullmatch(line):
                draft.plane()["banner"] = match[1]
            case ["ntp", "server", watcher]:
                draft.watched_by(watcher)

    def _access(self, name: str, words: list[str]) -> None:
        match words:
            case [_, "permit", *network] if name in ("OPERATORS", "POLLERS"):
                self.draft.lets_in(name.lower(), read_matched(network))

    def _port(self, hardware: str, line: str, words: list[str], inner: list[list[str]]) -> None:
        name = self._names[hardware]
        port = self.draft.port(name)
        if inner:
            self._gateway(name, words)
            return
        match words:
            case ["description", *_]:
                text = line.partition(" ")[2]
                if (description := description_of(text, hardware, name)) is not None:
                    port["description"] = description
            case ["ip", "address", address, mask, *secondary] if secondary in ([], ["secondary"]):
                port["addresses"].append(IPv4Interface(f"{address}/{mask}"))
            case ["ip", "access-group", filter_name, "in"]:
                port["inbound"] = filter_name
            case ["ip", "mtu", mtu]:
                port["mtu"] = int(mtu)
            case ["ip", "ospf", "1", "area", "0"]:
                port.setdefault("ospf", {})
            case ["ip", "ospf", "cost", cost]:
                port.setdefault("ospf", {})["cost"] = int(cost)

    def _gateway(self, port: str, words: list[str]) -> None:
        gateway = self.draft.gateway(port)
        match words:
            case ["priority", priority]:
                gateway["priority"] = int(priority)
            case ["address", address, "primary"]:
                gateway["address"] = IPv4Address(address)

    def _clause(self, name: str, sequence: int, words: list[str]) -> None:
        clause = self.draft.clause(name, sequence)
        match words:
            case ["match", "as-path", number]:
                clause["path"] = path_name(number)
            case ["match", "interface", hardware]:
                clause["interface"] = self._names[hardware]
            case ["match", "ip", "address", "prefix-list", prefixes]:
                clause["prefixes"] = prefixes
            case ["set", "as-path", "prepend", *path]:
                clause["prepend"] = tuple(int(asn) for asn in path)
            case ["set", "local-preference", preference]:
                clause["local_preference"] = int(preference)

    def _ospf(self, words: list[str]) -> None:
        draft = self.draft
        match words:
            case ["router-id", router_id]:
                draft.router_id = IPv4Address(router_id)
            case ["max-metric", "router-lsa"]:
                draft.is_drained = True
            case ["passive-interface", hardware]:
                draft.port(self._names[hardware]).setdefault("ospf", {})["is_passive"] = True
            case ["distribute-list", "route-map", name, "in"]:
                draft.filters["ospf"] = name

    def _bgp(self, line: str, words: list[str]) -> None:
        draft = self.draft
        match words:
            case ["bgp", "router-id", router_id]:
                draft.router_id = IPv4Address(router_id)
            case ["distance", "bgp", *_]:
                draft.has_igp = True
            case ["network", address, "mask", mask]:
                draft.networks.append(network_of(address, mask))
            case ["neighbor", address, "remote-as", asn]:
                draft.neighbor(address)["asn"] = int(asn)
            case ["neighbor", address, "description", _, *_]:
                draft.neighbor(address)["description"] = line.split(" ", 3)[3]
            case ["neighbor", address, "password", word]:
                if name := name_of_secret(word):
                    draft.neighbor(address)["secret"] = name
            case ["neighbor", address, "update-source", "Loopback0"]:
                # The loopback carries the router id.
                draft.neighbor(address)["source"] = draft.router_id
            case ["neighbor", address, "route-map", name, direction]:
                self._session_map(address, name, direction)
            case ["neighbor", address, "maximum-prefix", limit]:
                draft.neighbor(address)["prefix_limit"] = int(limit)

    def _session_map(self, address: str, name: str, direction: str) -> None:
        if _is_drained(name):
            self.draft.is_drained = True
        plain = name.removesuffix(_DRAINED)
        if plain != "DRAINED":
            key = {"in": "accept", "out": "announce"}[direction]
            self.draft.neighbor(address)[key] = plain


def _is_drained(name: str) -> bool:
    """Whether a route map is one of those that stand for a drained device's."""
    return name == "DRAINED" or name.endswith(_DRAINED)

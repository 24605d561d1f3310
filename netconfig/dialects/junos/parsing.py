"""From a Junos text in set form to the intent; lines that every device has are checked by rendering again."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Any

from netconfig.dialects.dialect import Section
from netconfig.dialects.draft import Draft
from netconfig.dialects.hardware import LOOPBACK, description_of, logical
from netconfig.dialects.junos.lines import numbered_lines, words_of
from netconfig.dialects.junos.names import read_path, slot_of_unit
from netconfig.dialects.junos.rendering import RESERVED
from netconfig.dialects.secrets import name_of_secret
from netconfig.dialects.sources import add_source_map
from netconfig.intent import Intent, PacketRule, PathList, PrefixRule, Route

__all__ = ["extract"]


def extract(text: str) -> Intent:
    """The intent of a text, what it does not understand passed over; InvalidConfiguration without a name."""
    lines = numbered_lines(text)
    reader = _Reader(_port_names(lines), _prefix_lists(lines))
    for path in lines:
        try:
            reader.take(words_of(" ".join(path)))
        except (KeyError, ValueError):
            continue  # no number, address or known port: the line will be found to be foreign
    return reader.finish()


def _port_names(lines: dict[Section, int]) -> dict[str, str]:
    """The intent's names of units by the device's: they stand first in the descriptions."""
    found = {"lo0.0": LOOPBACK}
    for path in lines:
        if not path[0].startswith("interfaces "):
            continue
        match words_of(" ".join(path)):
            case ["interfaces", hardware, "unit", unit, *rest]:
                at = f"{hardware}.{unit}"
                found.setdefault(at, at)
                if len(rest) == 2 and rest[0] == "description" and slot_of_unit(at) is not None:
                    found[at] = logical(rest[1], at)[0]
    return found


def _prefix_lists(lines: dict[Section, int]) -> frozenset[str]:
    """The policies that are lists of prefixes: every term of theirs filters routes."""
    found = set()
    for path in lines:
        match [part.split() for part in path]:
            case [["policy-options", "policy-statement", name, *_], ["from", "route-filter", *_]]:
                found.add(name)
    return frozenset(found)


class _Reader:
    def __init__(self, port_names: dict[str, str], prefix_lists: frozenset[str]) -> None:
        self.draft = Draft()
        self._names = port_names
        self._prefix_lists = prefix_lists
        self._has_source = False
        self._filters: dict[str, dict[int, dict[str, Any]]] = {}

    def finish(self) -> Intent:
        draft = self.draft
        for name, terms in self._filters.items():
            draft.packet_filters[name] = [PacketRule(at, **term) for at, term in terms.items()]
        add_source_map(draft, is_said=self._has_source)
        return draft.freeze()

    def take(self, words: list[str]) -> None:
        match words:
            case ["system", *rest]:
                self._system(rest)
            case ["interfaces", hardware, "unit", unit, *rest]:
                self._unit(f"{hardware}.{unit}", rest)
            case ["routing-options", *rest]:
                self._routing_options(rest)
            case ["policy-options", *rest]:
                self._policies(rest)
            case ["firewall", "family", "inet", "filter", name, "term", term, *rest]:
                self._filter(name, term, rest)
            case ["protocols", "ospf", *rest]:
                self._ospf(rest)
            case ["protocols", "bgp", *rest]:
                self._bgp(rest)

    def _system(self, words: list[str]) -> None:
        match words:
            case ["host-name", name]:
                self.draft.host = name
            case ["default-address-selection"]:
                self._has_source = True
            case ["login", "message", banner]:
                self.draft.plane()["banner"] = banner
            case ["ntp", "server", watcher]:
                self.draft.watched_by(watcher)

    def _unit(self, at: str, words: list[str]) -> None:
        name = self._names[at]
        port = self.draft.port(name)
        slot = slot_of_unit(at)
        if slot is not None and name not in (at, LOOPBACK):
            port["slot"] = slot
        match words:
            case ["description", text]:
                if (description := description_of(text, at, name)) is not None:
                    port["description"] = description
            case ["family", "inet", "mtu", mtu]:
                port["mtu"] = int(mtu)
            case ["family", "inet", "filter", "input", chosen] if chosen not in RESERVED:
                port["inbound"] = chosen
            case ["family", "inet", "address", address]:
                port["addresses"].append(IPv4Interface(address))
            case ["family", "inet", "address", _, "vrrp-group", "1", what, value]:
                gateway = self.draft.gateway(name)
                if what == "virtual-address":
                    gateway["address"] = IPv4Address(value)
                elif what == "priority":
                    gateway["priority"] = int(value)

    def _routing_options(self, words: list[str]) -> None:
        draft = self.draft
        match words:
            case ["router-id", router_id]:
                draft.router_id = IPv4Address(router_id)
            case ["autonomous-system", asn]:
                draft.asn = int(asn)
            case ["static", "route", prefix, "discard"]:
                draft.routes.append(Route(IPv4Network(prefix)))
            case ["static", "route", prefix, "next-hop", gateway]:
                draft.routes.append(Route(IPv4Network(prefix), IPv4Address(gateway)))
            case ["static", "route", prefix, "qualified-next-hop", gateway, "interface", at]:
                route = Route(IPv4Network(prefix), IPv4Address(gateway), self._names[at])
                draft.routes.append(route)
            case ["static", "route", prefix, "qualified-next-hop", gateway, "preference", value]:
                where = (IPv4Network(prefix), IPv4Address(gateway))
                draft.routes = [
                    replace(route, distance=int(value))
                    if (route.prefix, route.gateway) == where
                    else route
                    for route in draft.routes
                ]

    def _policies(self, words: list[str]) -> None:
        draft = self.draft
        match words:
            case ["as-path", name, expression]:
                draft.path_lists[name] = PathList(name, read_path(expression))
            case ["prefix-list", "NETWORKS", network]:
                draft.networks.append(IPv4Network(network))
            case ["policy-statement", name, *_] if name in RESERVED:
                pass
            case ["policy-statement", name, "term", number, *rest] if name in self._prefix_lists:
                self._prefix_rule(name, int(number), rest)
            case ["policy-statement", name, "term", number, *rest]:
                self._clause(name, int(number), rest)

    def _prefix_rule(self, name: str, sequence: int, words: list[str]) -> None:
        rules = self.draft.prefix_lists.setdefault(name, [])
        match words:
            case ["from", "route-filter", prefix, "exact"]:
                rules.append(PrefixRule(sequence, IPv4Network(prefix)))
            case ["from", "route-filter", prefix, "prefix-length-range", lengths]:
                least, _, most = lengths.replace("/", "").partition("-")
                if least == most:
                    rules.append(PrefixRule(sequence, IPv4Network(prefix), int(least)))

    def _clause(self, name: str, sequence: int, words: list[str]) -> None:
        clause = self.draft.clause(name, sequence)
        match words:
            case ["from", "interface", at]:
                clause["interface"] = self._names[at]
            case ["from", "as-path", path]:
                clause["path"] = path
            case ["from", "policy", prefixes]:
                clause["prefixes"] = prefixes
            case ["then", "local-preference", preference]:
                clause["local_preference"] = int(preference)
            case ["then", "as-path-prepend", path]:
                clause["prepend"] = tuple(int(asn) for asn in path.split())
            case ["then", ("accept" | "reject") as action]:
                clause["permits"] = action == "accept"

    def _filter(self, name: str, term: str, words: list[str]) -> None:
        if name == "MANAGEMENT":
            self._management_filter(term, words)
            return
        rule = self._filters.setdefault(name, {}).setdefault(int(term), {})
        match words:
            case ["from", "source-address", network]:
                rule["source"] = IPv4Network(network)
            case ["from", "destination-address", network]:
                rule["target"] = IPv4Network(network)
            case ["from", "protocol", protocol]:
                rule["protocol"] = protocol
            case ["from", "source-port", port]:
                rule["from_port"] = int(port)
            case ["from", "destination-port", port]:
                rule["port"] = int(port)
            case ["from", "tcp-established"]:
                rule["is_reply"] = True
            case ["then", ("accept" | "discard") as action]:
                rule["permits"] = action == "accept"

    def _management_filter(self, term: str, words: list[str]) -> None:
        key = {"ssh": "operators", "snmp": "pollers"}.get(term)
        match words:
            case ["from", "source-address", network] if key is not None:
                self.draft.lets_in(key, IPv4Network(network))

    def _ospf(self, words: list[str]) -> None:
        draft = self.draft
        draft.has_ospf = True
        match words:
            case ["import", name]:
                draft.filters["ospf"] = name
            case ["overload"]:
                draft.is_drained = True
            case ["area", "0.0.0.0", "interface", at, *rest]:
                ospf = draft.port(self._names[at]).setdefault("ospf", {})
                match rest:
                    case ["passive"]:
                        ospf["is_passive"] = True
                    case ["metric", cost]:
                        ospf["cost"] = int(cost)

    def _bgp(self, words: list[str]) -> None:
        match words:
            case ["preference", _]:
                self.draft.has_igp = True
            case ["graceful-shutdown", *_]:
                self.draft.is_drained = True
            case ["group", ("LINES" | "INSIDE"), "neighbor", address, *rest]:
                self._session(self.draft.neighbor(address), rest)

    def _session(self, session: dict[str, Any], words: list[str]) -> None:
        match words:
            case ["description", description]:
                session["description"] = description
            case ["local-address", source]:
                session["source"] = IPv4Address(source)
            case ["authentication-key", word]:
                if name := name_of_secret(word):
                    session["secret"] = name
            case ["import", name]:
                session["accept"] = name
            case ["export", name] if name not in RESERVED:
                session["announce"] = name
            case ["peer-as", asn]:
                session["asn"] = int(asn)
            case ["family", "inet", "unicast", "prefix-limit", "maximum", limit]:
                session["prefix_limit"] = int(limit)

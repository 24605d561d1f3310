"""From an FRR text to the device that it makes: the model's own reader, so that it trusts no word of the intent.

A line that decides nothing about routes (timers of BGP, descriptions, logs) is passed over by name; a line that is not
known at all is kept in `unread`, because a model that leaves out what it does not understand is worth nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeVar

from netconfig.model.device import Bgp, Device, Peer, Port, Static
from netconfig.model.judgement import MISSING, Action, Clause, Policy, PrefixRule
from netconfig.model.numbers import address, prefix

__all__ = ["read_device"]

_T = TypeVar("_T")

_IRRELEVANT = re.compile(
    r"frr .*|hostname .*|log .*|service .*|bfd|bfd/.*|end|exit.*|banner .*|line .*|agentx.*|username .*|password .*"
    r"|interface \S+/(description .*|ip ospf bfd.*|no shutdown)"
    r"|router ospf/(log-.*|timers .*|auto-cost .*|passive-interface .*|capability .*)"
    r"|router bgp \d+/(bgp log-neighbor-changes|timers bgp .*)"
    r"|router bgp \d+/(no bgp .*-suppress.*|bgp (suppress|default|graceful-restart).*)"
    r"|router bgp \d+/neighbor \S+ (bfd.*|description .*|timers .*)"
    r"|router bgp \d+/address-family ipv4 unicast(/maximum-paths( ibgp)? 1)?"
    r"|route-map \S+ (permit|deny) \d+/(description .*|set src .*)"
    r"|ip prefix-list \S+ description .*|(no )?ip(v6)? forwarding|no zebra nexthop kernel enable"
)


def read_device(name: str, text: str) -> Device:
    """The device of a whole configuration text."""
    reader = _Reader(name)
    for context, line in _lines(text):
        reader.read(context, line)
    return reader.finish()


def _lines(text: str) -> Iterator[tuple[str, str]]:
    """Each line with the contexts it stands in, joined by `/`; FRR indents one space for each."""
    stack: list[str] = []
    for raw in text.splitlines():
        line = raw.strip()
        if not line or line[0] == "!" or line == "exit" or line == "exit-address-family":
            continue
        depth = len(raw) - len(raw.lstrip(" "))
        del stack[depth:]
        yield "/".join(stack), line
        stack.append(line)


class _Reader:
    def __init__(self, name: str) -> None:
        self.device = Device(name)
        self.prefix_lists: dict[str, dict[int, PrefixRule]] = {}
        self.path_lists: dict[str, dict[int, tuple[bool, str]]] = {}
        self.maps: dict[str, dict[int, _RawClause]] = {}
        self.filters: dict[str, str] = {}
        self.is_active_by_default = True
        self.policies: dict[tuple[int, str], str] = {}

    def read(self, context: str, line: str) -> None:
        head = context.partition(" ")[0]
        words = line.split()
        try:
            if context == "":
                done = self._top(words)
            elif head == "interface":
                done = self._port(context.split()[1], words)
            elif head == "route-map":
                done = self._clause(context.split(), words)
            elif head == "router":
                done = self._router(context, words)
            else:
                done = False
        except (ValueError, IndexError):
            done = False
        if not done:
            full = f"{context}/{line}" if context else line
            if not _IRRELEVANT.fullmatch(full):
                self.device.unread.append(full)

    def _top(self, words: list[str]) -> bool:
        match words:
            case ["interface", name]:
                self.device.ports.setdefault(name, Port(name))
            case ["router", "ospf"]:
                self.device.ospf_router_id = self.device.ospf_router_id or 0
            case ["router", "bgp", asn]:
                self.device.bgp = Bgp(int(asn))
            case ["route-map", name, ("permit" | "deny") as word, sequence]:
                clauses = self.maps.setdefault(name, {})
                clauses[int(sequence)] = _RawClause(word == "permit")
            case ["ip", "route", target, "Null0" | "blackhole", *rest]:
                self.device.statics.append(
                    Static(prefix(target), None, None, int(rest[0]) if rest else 1)
                )
            case ["ip", "route", target, gateway, *rest]:
                interface = rest.pop(0) if rest and not rest[0].isdigit() else None
                distance = int(rest[0]) if rest else 1
                self.device.statics.append(
                    Static(prefix(target), address(gateway), interface, distance)
                )
            case ["ip", "prefix-list", name, "seq", sequence, word, target, *bounds]:
                rule = _prefix_rule(word, target, bounds)
                self.prefix_lists.setdefault(name, {})[int(sequence)] = rule
            case ["bgp", "as-path", "access-list", name, "seq", sequence, word, *expression]:
                rules = self.path_lists.setdefault(name, {})
                rules[int(sequence)] = (word == "permit", " ".join(expression))
            case ["ip", "protocol", protocol, "route-map", name]:
                self.filters[protocol] = name
            case _:
                return False
        return True

    def _port(self, name: str, words: list[str]) -> bool:
        port = self.device.ports[name]
        match words:
            case ["ip", "address", text]:
                number, _, length = text.partition("/")
                port.addresses.append((address(number), int(length or 32)))
            case ["ip", "ospf", "area", area]:
                port.area = area
            case ["ip", "ospf", "passive"]:
                port.is_passive = True
            case ["ip", "ospf", "network", kind]:
                port.is_point_to_point = kind == "point-to-point"
            case ["ip", "ospf", "cost", cost]:
                port.cost = int(cost)
            case ["ip", "ospf", "hello-interval", seconds]:
                port.hello_s = int(seconds)
            case ["ip", "ospf", "dead-interval", seconds]:
                port.dead_s = int(seconds)
            case ["mtu", size] | ["ip", "mtu", size]:
                port.mtu = int(size)
            case ["shutdown"]:
                port.is_shut = True
            case _:
                return False
        return True

    def _clause(self, context: list[str], words: list[str]) -> bool:
        clause = self.maps[context[1]][int(context[3])]
        match words:
            case ["match", "ip", "address", "prefix-list", name]:
                clause.prefixes = name
            case ["match", "as-path", name]:
                clause.paths = name
            case ["match", "interface", name]:
                clause.interface = name
            case ["set", "as-path", "prepend", *numbers]:
                clause.prepend = tuple(int(number) for number in numbers)
            case ["set", "local-preference", value]:
                clause.preference = int(value)
            case _:
                return False
        return True

    def _router(self, context: str, words: list[str]) -> bool:
        device = self.device
        if context == "router ospf":
            match words:
                case ["ospf", "router-id", text]:
                    device.ospf_router_id = address(text)
                case ["max-metric", "router-lsa", *_]:
                    device.has_max_metric = True
                case _:
                    return False
            return True
        if device.bgp is None:
            return False
        if words[0] == "neighbor":
            return self._neighbor(device.bgp, words[1], words[2:])
        return self._bgp(device.bgp, words)

    def _bgp(self, bgp: Bgp, words: list[str]) -> bool:
        match words:
            case ["bgp", "router-id", text]:
                bgp.router_id = address(text)
            case ["bgp", "bestpath", "compare-routerid"]:
                bgp.compares_router_id = True
            case ["no", "bgp", "default", "ipv4-unicast"]:
                self.is_active_by_default = False
            case ["bgp", "graceful-shutdown"]:
                bgp.is_shutting = True
            case ["bgp", "network", "import-check"]:
                bgp.checks_import = True
            case ["no", "bgp", "network", "import-check"]:
                bgp.checks_import = False
            case ["bgp", "ebgp-requires-policy"]:
                bgp.requires_policy = True
            case ["no", "bgp", "ebgp-requires-policy"]:
                bgp.requires_policy = False
            case ["distance", "bgp", external, internal, _]:
                bgp.external_distance, bgp.internal_distance = int(external), int(internal)
            case ["network", text]:
                bgp.networks[prefix(text)] = None
            case _:
                return False
        return True

    def _neighbor(self, bgp: Bgp, text: str, words: list[str]) -> bool:
        number = address(text)
        peer = bgp.peers.get(number)
        if peer is None:
            peer = bgp.peers[number] = Peer(number)
        match words:
            case ["remote-as", asn]:
                peer.asn = int(asn)
            case ["update-source", source]:
                peer.source = address(source)
            case ["activate"]:
                peer.is_active = True
            case ["shutdown"]:
                peer.is_shut = True
            case ["next-hop-self"]:
                peer.is_next_hop_self = True
            case ["weight", value]:
                peer.weight = int(value)
            case ["ebgp-multihop", *hops]:
                peer.hops = int(hops[0]) if hops else 255
            case ["password", secret]:
                peer.password = secret
            case ["maximum-prefix", count, *_]:
                peer.limit = int(count)
            case ["route-map", name, ("in" | "out") as way]:
                self.policies[number, way] = name
            case _:
                return False
        return True

    def finish(self) -> Device:
        """Look up every name, now that all definitions are read."""
        device = self.device
        policies = {name: self._policy(clauses) for name, clauses in self.maps.items()}
        # zebra lets everything through a map that does not exist; bgpd nothing.
        device.filters = {
            protocol: policies[name] for protocol, name in self.filters.items() if name in policies
        }
        if device.bgp is not None:
            for peer in device.bgp.peers.values():
                peer.is_active |= self.is_active_by_default
            for (number, way), name in self.policies.items():
                policy = policies.get(name, MISSING)
                if way == "in":
                    device.bgp.peers[number].accept = policy
                else:
                    device.bgp.peers[number].announce = policy
        return device

    def _policy(self, clauses: dict[int, _RawClause]) -> Policy:
        return Policy(tuple(clauses[number].compiled(self) for number in sorted(clauses)))


class _RawClause:
    """A clause with the names of its lists."""

    def __init__(self, permits: bool) -> None:
        self.permits = permits
        self.prefixes: str | None = None
        self.paths: str | None = None
        self.interface: str | None = None
        self.prepend: tuple[int, ...] = ()
        self.preference: int | None = None

    def compiled(self, reader: _Reader) -> Clause:
        action: Action = (self.preference, self.prepend)
        return Clause(
            self.permits,
            None if self.prefixes is None else _ordered(reader.prefix_lists.get(self.prefixes, {})),
            None if self.paths is None else _ordered(reader.path_lists.get(self.paths, {})),
            self.interface,
            action,
        )


def _ordered(rules: dict[int, _T]) -> tuple[_T, ...]:
    return tuple(rules[number] for number in sorted(rules))


def _prefix_rule(word: str, target: str, bounds: list[str]) -> PrefixRule:
    if word not in ("permit", "deny") or len(bounds) % 2:
        raise ValueError(f"'{word} {target}' is no prefix rule")
    if target == "any":
        return 0, 0, 0, 32, word == "permit"
    number = prefix(target)
    length = number & 63
    limits = dict(zip(bounds[::2], map(int, bounds[1::2]), strict=True))
    if set(limits) - {"ge", "le"}:
        raise ValueError(f"'{' '.join(bounds)}' bounds no length")
    shortest = limits.get("ge", length)
    longest = limits.get("le", 32 if "ge" in limits else length)
    return number >> 6, length, shortest, longest, word == "permit"

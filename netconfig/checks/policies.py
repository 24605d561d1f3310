"""What a device tells and believes: every session has a policy both ways, and no router passes on what it heard."""

from __future__ import annotations

from collections.abc import Iterator

from inventory import Estate
from netconfig import policy
from netconfig.checks.fault import Fault, doubled
from netconfig.intent import Clause, Intent, Neighbor, PrefixList, PrefixRule, RouteMap

__all__ = ["RULES"]


def rules_can_match(estate: Estate, intent: Intent) -> Iterator[Fault]:
    """A rule lets through lengths that its prefix has inside it."""
    for one in intent.prefix_lists:
        for rule in one.rules:
            if rule.length is not None and not rule.prefix.prefixlen <= rule.length <= 32:
                at = f"prefix_lists[{one.name}].rules[{rule.sequence}].length"
                message = f"is no length inside {rule.prefix}"
                remedy = f"write {rule.prefix.prefixlen} to 32"
                yield Fault(intent.host, at, rule.length, message, remedy)


def sessions_have_policies(estate: Estate, intent: Intent) -> Iterator[Fault]:
    """A session with a network has a policy for each direction and a limit that what is expected stays below."""
    for one in _external(intent):
        at = f"bgp.neighbors[{one.address}]"
        for key, name in (("accept", one.accept), ("announce", one.announce)):
            if name is None:
                message = f"session with AS {one.asn} has no policy"
                yield Fault(intent.host, f"{at}.{key}", None, message, "name a route map")
        if one.prefix_limit is None:
            message = f"session with AS {one.asn} has no limit"
            remedy = "write how many prefixes are too many"
            yield Fault(intent.host, f"{at}.prefix_limit", None, message, remedy)
            continue
        expected = _expected(estate, intent, one)
        if one.prefix_limit < expected:
            message = f"is below the {expected} prefixes that may come"
            remedy = f"write at least {expected}; what comes above the limit ends the session"
            yield Fault(intent.host, f"{at}.prefix_limit", one.prefix_limit, message, remedy)


def lines_lead_apart(estate: Estate, intent: Intent) -> Iterator[Fault]:
    """A router's lines go to different networks and are not preferred alike, where one is preferred at all."""
    if not _is_router(estate, intent):
        return
    external = _external(intent)
    for asn, first, one in doubled((one.asn, one) for one in external):
        at = f"bgp.neighbors[{one.address}].asn"
        message = f"is where the line to {first.address} leads already"
        yield Fault(intent.host, at, asn, message, "lead the second line to another network")
    preferences = [
        (preference, (one, sequence))
        for one in external
        for preference, sequence in _preferences(intent, one).items()
    ]
    for preference, (first, _), (one, sequence) in doubled(preferences):
        at = f"route_maps[{one.accept}].clauses[{sequence}].local_preference"
        message = f"is the preference of {first.description} already"
        remedy = "prefer one line: write another number"
        yield Fault(intent.host, at, preference, message, remedy)


def nothing_heard_is_passed_on(estate: Estate, intent: Intent) -> Iterator[Fault]:
    """A router tells networks only what begins in its own AS and stands in a list; else it becomes transit."""
    if not _is_router(estate, intent):
        return
    local = {
        one.name for one in intent.path_lists if one.expression == policy.local_path().expression
    }
    for name in sorted({one.announce for one in _external(intent) if one.announce is not None}):
        for clause in _clauses(intent, name):
            at = f"route_maps[{name}].clauses[{clause.sequence}]"
            if clause.permits and clause.path not in local:
                message = "passes on what other networks told"
                remedy = f"match the list of AS paths {policy.LOCAL}"
                yield Fault(intent.host, f"{at}.path", clause.path, message, remedy)
            if clause.permits and clause.prefixes is None:
                message = "tells every prefix"
                yield Fault(intent.host, f"{at}.prefixes", None, message, "match a prefix list")


def what_is_told_is_there(estate: Estate, intent: Intent) -> Iterator[Fault]:
    """What a device originates is a service, its own loopback, or held by a route of its own."""
    if intent.bgp is None:
        return
    held = {route.prefix for route in intent.routes if route.gateway is None}
    held |= {address.network for port in intent.ports for address in port.addresses}
    services = estate.addressing.services
    for network in intent.bgp.networks:
        if network not in held and not network.subnet_of(services):
            remedy = "add a route that discards it, or do not announce it"
            at = f"bgp.networks[{network}]"
            yield Fault(intent.host, at, None, "is announced and nothing holds it", remedy)


def _external(intent: Intent) -> list[Neighbor]:
    bgp = intent.bgp
    return [one for one in bgp.neighbors if one.asn != bgp.asn] if bgp else []


def _clauses(intent: Intent, name: str | None) -> tuple[Clause, ...]:
    found = next((one for one in intent.route_maps if one.name == name), RouteMap("", ()))
    return found.clauses


def _preferences(intent: Intent, session: Neighbor) -> dict[int, int]:
    """Each preference that a session's policy gives, with the first clause that does."""
    found: dict[int, int] = {}
    for clause in _clauses(intent, session.accept):
        if clause.local_preference is not None:
            found.setdefault(clause.local_preference, clause.sequence)
    return found


def _is_router(estate: Estate, intent: Intent) -> bool:
    host = estate.hosts.get(intent.host)
    return host is not None and host.role == "router"


def _expected(estate: Estate, intent: Intent, session: Neighbor) -> int:
    """How many prefixes the session's policy lets through, if everybody announces everything."""
    lists = {one.name: one for one in intent.prefix_lists}
    clauses = [clause for clause in _clauses(intent, session.accept) if clause.permits]
    if any(clause.prefixes is None for clause in clauses):
        # A network hears of its customer's blocks and of every service.
        return 1 + len(estate.services)
    named = {clause.prefixes for clause in clauses}
    return sum(_count(estate, rule) for name in named for rule in _rules(lists.get(name or "")))


def _rules(found: PrefixList | None) -> tuple[PrefixRule, ...]:
    return found.rules if found else ()


def _count(estate: Estate, rule: PrefixRule) -> int:
    if rule.length is None:
        return 1
    if rule.prefix == estate.addressing.services:
        return len(estate.services)
    return sum(site.prefix.subnet_of(rule.prefix) for site in estate.sites.values())


RULES = (
    rules_can_match,
    sessions_have_policies,
    lines_lead_apart,
    nothing_heard_is_passed_on,
    what_is_told_is_there,
)

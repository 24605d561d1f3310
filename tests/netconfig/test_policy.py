"""Who hears of what: the route maps of the intent, applied to routes by hand."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory import Estate
from netconfig import policy
from netconfig.derivation import _limit, derive_intent
from netconfig.intent import Clause, Intent
from netconfig.policy import announce_name
from netconfig.settings import PREFIX_HEADROOM


@dataclass(frozen=True)
class Heard:
    prefix: str
    path: tuple[int, ...] = ()
    local_preference: int = 100


def apply(intent: Intent, name: str, route: Heard) -> Heard | None:
    """What a route map makes of a route; None = refused."""
    clauses = next(one.clauses for one in intent.route_maps if one.name == name)
    for clause in sorted(clauses, key=lambda clause: clause.sequence):
        if matches(intent, clause, route):
            if not clause.permits:
                return None
            return replace(
                route,
                path=clause.prepend + route.path,
                local_preference=clause.local_preference or route.local_preference,
            )
    return None


def matches(intent: Intent, clause: Clause, route: Heard) -> bool:
    if clause.prefixes is not None:
        rules = next(one.rules for one in intent.prefix_lists if one.name == clause.prefixes)
        prefix = IPv4Network(route.prefix)
        if not any(
            prefix == rule.prefix
            if rule.length is None
            else prefix.prefixlen == rule.length and prefix.subnet_of(rule.prefix)
            for rule in rules
        ):
            return False
    if clause.path is not None:
        expression = next(one.expression for one in intent.path_lists if one.name == clause.path)
        path = " ".join(str(number) for number in route.path)
        if not re.search(expression.replace("_", r"(?:^|$|\b)"), path):
            return False
    return True


def told(intent: Intent, route: Heard) -> list[Heard]:
    """What the device tells any network about a route."""
    assert intent.bgp
    names = {one.announce for one in intent.bgp.neighbors if one.announce}
    return [found for name in sorted(names) if (found := apply(intent, name, route))]


def routers(estate: Estate, kind: str) -> list[str]:
    return [
        host.name
        for host in estate.select(role="router", within=estate.slice_hosts("core"))
        if estate.sites[host.site or ""].kind == kind
    ]


@pytest.mark.parametrize("kind", ["centre", "bureau", "office"])
def test_nobody_passes_on_what_they_heard(estate: Estate, kind: str) -> None:
    networks = [network.asn for network in estate.networks.values()]
    heard = [
        Heard(str(IPv4Network(service.address)), (networks[0], 4200000999))
        for service in estate.services.values()
    ]
    heard += [Heard(str(site.prefix), (networks[0], site.asn)) for site in estate.sites.values()]
    for host in routers(estate, kind):
        intent = derive_intent(estate, host)
        assert [found for route in heard for found in told(intent, route)] == []


def test_a_place_in_the_home_order_costs_its_number_of_as(estate: Estate) -> None:
    for host in routers(estate, "centre"):
        site = estate.sites[estate.hosts[host].site or ""]
        intent = derive_intent(estate, host)
        for service in estate.services.values():
            found = told(intent, Heard(str(IPv4Network(service.address))))
            if site.name in service.home_order:
                place = service.home_order.index(site.name)
                assert {one.path for one in found} == {(site.asn,) * place}
                assert len(found) == len(estate.networks)
            else:
                assert found == []


def test_a_branch_prefers_its_first_line_both_ways(estate: Estate) -> None:
    for host in [*routers(estate, "office"), *routers(estate, "bureau")]:
        site = estate.sites[estate.hosts[host].site or ""]
        intent = derive_intent(estate, host)
        lines = sorted(
            (line for line in estate.lines if line.site == site.name), key=lambda line: line.place
        )
        centre = next(one for one in estate.sites.values() if one.kind == "centre")
        ways_in, ways_out = [], []
        for line in lines:
            heard = apply(
                intent, f"FROM-{line.network.upper()}", Heard(str(centre.prefix), (centre.asn,))
            )
            own = apply(intent, announce_name(line.network), Heard(str(site.prefix)))
            assert heard
            assert own
            ways_in.append(-heard.local_preference)
            ways_out.append(len(own.path))
        assert ways_in == sorted(set(ways_in))
        assert ways_out == sorted(set(ways_out))


def test_a_branch_hears_of_services_and_centres_but_not_of_other_branches(estate: Estate) -> None:
    host = routers(estate, "office")[0]
    here = estate.hosts[host].site
    intent = derive_intent(estate, host)
    name = next(one.name for one in intent.route_maps if one.name.startswith("FROM-"))
    for site in estate.sites.values():
        heard = apply(intent, name, Heard(str(site.prefix), (1, site.asn)))
        if site.name != here:
            assert (heard is not None) == (site.kind == "centre"), site.name
    for service in estate.services.values():
        began = (1, estate.sites[service.home_order[0]].asn)
        assert apply(intent, name, Heard(str(IPv4Network(service.address)), began))
    assert apply(intent, name, Heard("0.0.0.0/0", (1, 2))) is None


@pytest.mark.parametrize("kind", ["centre", "bureau", "office"])
def test_what_began_elsewhere_is_not_believed(estate: Estate, kind: str) -> None:
    """An address of ours from another's AS, from a branch that has no services, or from a network itself."""
    networks = [network.asn for network in estate.networks.values()]
    branch = next(site for site in estate.sites.values() if site.kind == "office")
    foreign = 64496  # kept for documents (RFC 5398)
    for host in routers(estate, kind):
        here = estate.hosts[host].site
        intent = derive_intent(estate, host)
        names = [
            one.name
            for one in intent.route_maps
            if one.name.startswith("FROM-") and one.name != "FROM-OSPF"
        ]
        for name in names:
            for service in estate.services.values():
                heard = Heard(str(IPv4Network(service.address)))
                for began in (foreign, branch.asn, networks[0]):
                    assert apply(intent, name, replace(heard, path=(networks[0], began))) is None
                home = estate.sites[service.home_order[0]].asn
                assert apply(intent, name, replace(heard, path=(networks[0], home, home)))
                assert (
                    apply(intent, name, replace(heard, path=(networks[0], home, foreign))) is None
                )
            for site in estate.sites.values():
                heard = Heard(str(site.prefix), (networks[0], foreign))
                assert site.name == here or apply(intent, name, heard) is None


def test_a_centre_believes_the_whole_pool_of_as_numbers_and_no_more(estate: Estate) -> None:
    plan = estate.addressing
    for host in routers(estate, "centre"):
        intent = derive_intent(estate, host)
        name = next(one.name for one in intent.route_maps if one.name.startswith("FROM-"))
        last = plan.site_count - 1
        for number in {0, 1, 9, 10, 99, 100, 101, last - 1, last}:
            heard = Heard(str(plan.prefix(number)), (1, plan.asn(number)))
            assert apply(intent, name, heard), number
        for asn in (plan.asn(0) - 1, plan.asn(last) + 1, 10 * plan.asn(1), plan.asn(1) // 10):
            assert apply(intent, name, Heard(str(plan.prefix(1)), (1, asn))) is None, asn


@given(low=st.integers(1, 10**10), size=st.integers(1, 5000))
def test_a_range_as_expressions_has_all_of_its_numbers_and_no_other(low: int, size: int) -> None:
    expression = re.compile("|".join(policy._decimal_blocks(low, low + size - 1)))
    for number in {low, low + size // 2, low + size - 1}:
        assert expression.fullmatch(str(number))
    for number in (low - 1, low + size):
        assert not expression.fullmatch(str(number))


@pytest.mark.parametrize(
    ("expected", "limit"), [(0, 200), (32, 200), (33, 256), (50, 256), (386, 2048), (3000, 16384)]
)
def test_the_limit_of_a_session_grows_with_the_estate(expected: int, limit: int) -> None:
    assert _limit(expected) == limit


def test_every_session_has_headroom(estate: Estate) -> None:
    for kind in ("centre", "bureau", "office"):
        for host in routers(estate, kind):
            intent = derive_intent(estate, host)
            expected = policy.heard_count(estate, estate.sites[estate.hosts[host].site or ""])
            assert intent.bgp
            limits = {one.prefix_limit for one in intent.bgp.neighbors if one.prefix_limit}
            assert all(limit >= PREFIX_HEADROOM * expected for limit in limits)


def test_sites_with_votes_reach_each_other(estate: Estate) -> None:
    voters = {host.site for host in estate.select(role="etcd")}
    for name in voters:
        routers_here = estate.select(role="router", site=name)
        for router in routers_here:
            intent = derive_intent(estate, router.name)
            entry = next(m.name for m in intent.route_maps if m.name.startswith("FROM-"))
            for other in voters - {name}:
                site = estate.sites[other or ""]
                assert apply(intent, entry, Heard(str(site.prefix), (1, site.asn)))


def test_a_network_passes_everything_but_what_came_through_another(shipped: Estate) -> None:
    intent = derive_intent(shipped, "carrier-pe1")
    site = shipped.sites["kansai"]
    other = shipped.networks["ministry"].asn
    assert apply(intent, "FROM-CUSTOMERS", Heard(str(site.prefix), (site.asn,)))
    assert apply(intent, "FROM-CUSTOMERS", Heard(str(site.prefix), (4200000107, other, 1))) is None
    assert apply(intent, "TO-CUSTOMERS", Heard(str(site.prefix), (site.asn,)))


def test_from_a_balancer_a_router_takes_services_only(shipped: Estate) -> None:
    """Without it OSPF would send the other router's loopback through the balancer when the core cable is cut."""
    intent = derive_intent(shipped, "mitaka-r1")
    assert ("ospf", "FROM-OSPF") in intent.filters
    trusted = [
        clause.interface
        for one in intent.route_maps
        if one.name == "FROM-OSPF"
        for clause in one.clauses
        if clause.interface
    ]
    assert trusted == ["core"]
    assert apply_unnamed(intent, Heard("10.9.0.1/32"))
    assert apply_unnamed(intent, Heard("10.64.6.2/32")) is None


def apply_unnamed(intent: Intent, route: Heard) -> Heard | None:
    """FROM-OSPF for a route that came from no trusted interface."""
    clauses = next(one.clauses for one in intent.route_maps if one.name == "FROM-OSPF")
    kept = tuple(clause for clause in clauses if clause.interface is None)
    found = replace(next(m for m in intent.route_maps if m.name == "FROM-OSPF"), clauses=kept)
    return apply(replace(intent, route_maps=(found,)), "FROM-OSPF", route)

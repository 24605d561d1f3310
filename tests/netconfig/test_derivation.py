"""Intents of a whole estate agree with each other, refer to nothing that is missing, and change little by little."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Interface
from pathlib import Path

import pytest

from inventory import Estate, UnknownHost, load_estate
from netconfig.canonical import read_config
from netconfig.derivation import ROUTED_ROLES, NotRouted, derive_intent
from netconfig.differ import look
from netconfig.render import daemons, provider_config, router_config, staging_config


def routed(estate: Estate, slice_name: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    within = estate.slice_hosts(slice_name)
    for host in estate.select(within=within):
        if host.role in ROUTED_ROLES:
            yield host.name, within


@pytest.mark.parametrize("slice_name", ["core", "mini"])
def test_every_session_has_its_other_end(estate: Estate, slice_name: str) -> None:
    ends = set()
    for name, within in routed(estate, slice_name):
        intent = derive_intent(estate, name, within)
        if intent.bgp is None:
            continue
        own = {address for port in intent.ports for address in port.addresses}
        for peer in intent.bgp.neighbors:
            here = peer.source or next(
                address.ip
                for address in own
                if peer.address in address.network and address.network.prefixlen == 31
            )
            ends.add((here, intent.bgp.asn, peer.address, peer.asn))
    assert ends
    assert {(there, asn, here, own) for here, own, there, asn in ends} == ends


@pytest.mark.parametrize("slice_name", ["core", "mini"])
def test_every_name_is_defined_and_every_definition_used(estate: Estate, slice_name: str) -> None:
    for name, within in routed(estate, slice_name):
        text = router_config(estate, name, within)
        maps = set(re.findall(r"^route-map (\S+)", text, re.MULTILINE))
        lists = set(re.findall(r"^ip prefix-list (\S+)", text, re.MULTILINE))
        paths = set(re.findall(r"^bgp as-path access-list (\S+)", text, re.MULTILINE))
        assert maps == set(re.findall(r" route-map (\S+)(?: in| out|$)", text, re.MULTILINE)), name
        assert lists == set(re.findall(r"match ip address prefix-list (\S+)", text)), name
        assert paths == set(re.findall(r"match as-path (\S+)", text)), name


def test_every_external_session_has_a_policy_both_ways(estate: Estate) -> None:
    for name, within in routed(estate, "core"):
        bgp = derive_intent(estate, name, within).bgp
        for peer in bgp.neighbors if bgp else ():
            if bgp and peer.asn != bgp.asn:
                assert peer.accept
                assert peer.announce
                assert peer.prefix_limit


def test_no_two_devices_have_the_same_address(estate: Estate) -> None:
    """Save a site's way out, which all of its routers hold."""
    seen: dict[IPv4Interface, str] = {}
    shared = {site.way_out for site in estate.sites.values()}
    for name, within in routed(estate, "core"):
        for port in derive_intent(estate, name, within).ports:
            for address in port.addresses:
                if port.name == "lo" and address.ip in shared:
                    continue
                assert seen.setdefault(address, name) == name


def test_day_0_is_a_part_of_the_whole_save_the_gateway(estate: Estate) -> None:
    for name, within in routed(estate, "core"):
        if estate.hosts[name].role != "router":
            continue
        whole = read_config(router_config(estate, name, within))
        more = read_config(staging_config(estate, name, within)) - whole
        site = estate.sites[estate.hosts[name].site or ""]
        routers = estate.select(role="router", site=site.name, within=within)
        holds = len(routers) > 1 and routers[0].name == name
        gateway = {("interface lan", f"ip address {site.gateway}/32")}
        assert more == (gateway if holds else set()), name


def test_day_0_of_every_router_meets_that_of_the_backup_centre() -> None:
    """Also where a branch prefers another network than the centre from which it is staged."""
    small = load_estate(Path(__file__).parents[2] / "examples" / "estate-small")
    within = small.slice_hosts("core")
    networks = {
        host.name: [
            port.name
            for port in derive_intent(small, host.name, within, is_staged=True).ports
            if port.name.startswith("wan-")
        ]
        for host in small.select(role="router", within=within)
    }
    assert networks["akita-r1"] == ["wan-north"]
    assert networks["miyako-r1"] == networks["sakata-r1"] == ["wan-north"]


def test_day_0_has_one_line_and_leads_out(shipped: Estate) -> None:
    intent = derive_intent(shipped, "mitaka-r1", shipped.slice_hosts("core"), is_staged=True)
    assert intent.bgp
    assert [peer.description for peer in intent.bgp.neighbors] == ["carrier"]
    assert [port.name for port in intent.ports if port.name.startswith("wan-")] == ["wan-carrier"]
    assert intent.has_ospf


def test_the_only_booted_router_of_two_holds_the_gateway(shipped: Estate) -> None:
    within = shipped.slice_hosts("mini")
    gateway = IPv4Interface(shipped.sites["mitaka"].gateway)
    held = [
        address
        for port in derive_intent(shipped, "mitaka-r1", within).ports
        for address in port.addresses
    ]
    assert gateway in held


def test_a_slice_leaves_out_what_is_not_booted(shipped: Estate) -> None:
    within = ("mitaka-r1", "carrier-pe1")
    text = router_config(shipped, "mitaka-r1", within)
    assert "carrier" in text
    assert "ministry" not in text.lower()
    assert "interface core" not in text
    assert "router ospf" not in text
    assert provider_config(shipped, "carrier-pe1", within).count("remote-as") == 1


def test_a_router_of_a_shared_building_serves_both_sites(shipped: Estate) -> None:
    guest = next(site for site in shipped.sites.values() if site.shares)
    intent = derive_intent(shipped, f"{guest.shares}-r1")
    assert guest.prefix in {route.prefix for route in intent.routes}
    assert intent.bgp
    assert guest.prefix in intent.bgp.networks
    assert f"lan-{guest.number}" in {port.name for port in intent.ports}


def test_hosts_without_routing_are_refused_by_name(shipped: Estate) -> None:
    with pytest.raises(NotRouted, match="mitaka-db1 is a database"):
        router_config(shipped, "mitaka-db1")
    with pytest.raises(NotRouted, match="mitaka-r1 is a router, not a provider"):
        provider_config(shipped, "mitaka-r1")
    with pytest.raises(UnknownHost):
        daemons(shipped, "nowhere-r1")


def changes(before: Estate, after: Estate) -> dict[str, int]:
    """How many lines of the core slice's devices a change of the estate touches."""
    found = {}
    for name, within in routed(before, "core"):
        texts = (router_config(estate, name, within) for estate in (before, after))
        seen = look(*(read_config(text) for text in texts)).splitlines()[2:]
        count = sum(line[:1] in "+-" for line in seen)
        if count:
            found[name] = count
    return found


def test_a_moved_service_is_two_lines_a_router_of_the_centres_that_swap(shipped: Estate) -> None:
    records = shipped.services["records"]
    first, second, *rest = records.home_order
    moved = replace(records, home_order=(second, first, *rest))
    after = replace(shipped, services={**shipped.services, "records": moved})
    touched = changes(shipped, after)
    assert {shipped.hosts[name].site for name in touched} == {first, second}
    # A router whose centre had no other service at that place also gains the place's policy.
    assert all(count <= 10 for count in touched.values()), touched


def test_a_new_service_touches_no_branch(shipped: Estate) -> None:
    records = shipped.services["records"]
    new = replace(records, name="new", address=records.address + 98)
    after = replace(shipped, services={**shipped.services, "new": new})
    touched = changes(shipped, after)
    assert {shipped.hosts[name].site for name in touched} == set(records.home_order)
    assert all(count == 2 for count in touched.values()), touched


def test_another_capacity_changes_no_device(shipped: Estate) -> None:
    lines = tuple(replace(line, capacity_mbps=line.capacity_mbps * 2) for line in shipped.lines)
    assert changes(shipped, replace(shipped, lines=lines)) == {}

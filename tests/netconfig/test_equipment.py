"""What a device has beyond routing, and that each dialect says all of it or refuses."""

from __future__ import annotations

import re
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from typing import get_args

import pytest

from inventory import Estate, Flow
from inventory.documents import DialectName
from netconfig.derivation import derive_intent
from netconfig.dialects import DIALECTS, InvalidIntent
from netconfig.dialects.dialect import PARTS
from netconfig.dialects.secrets import UnknownSecret, fill_secrets
from netconfig.equipment import UnknownDialect, configuration, device_intent, dialect_of
from netconfig.intent import PacketFilter

SPOKEN = [dialect for dialect in DIALECTS.values() if dialect.covers]


@pytest.fixture(scope="module")
def richer(shipped: Estate) -> Estate:
    """The shipped estate with what it does not have: a network of another MTU, and monitors that poll routers."""
    networks = {
        name: replace(network, mtu=1454 if name == "ministry" else 1500)
        for name, network in shipped.networks.items()
    }
    poll = Flow(("monitoring",), "router", "udp", 161, "estate", "SNMP")
    return replace(shipped, networks=networks, flows=(*shipped.flows, poll))


def test_an_estate_may_name_every_dialect_and_no_other() -> None:
    assert set(get_args(DialectName)) == set(DIALECTS)


def test_an_unknown_dialect_is_refused_with_those_there_are(shipped: Estate) -> None:
    with pytest.raises(UnknownDialect, match="'ios' is no dialect; known: frr, ios-xe, junos"):
        dialect_of(shipped, "mitaka-r1", "ios")


def test_frr_gets_routing_alone(shipped: Estate) -> None:
    frr = DIALECTS["frr"]
    for host in ("mitaka-r1", "hall-nagoya-r1", "carrier-pe1"):
        assert device_intent(shipped, host, frr.covers) == derive_intent(shipped, host)


def test_a_dialect_refuses_what_it_cannot_say(richer: Estate) -> None:
    whole = device_intent(richer, "kushiro-r1", PARTS)
    with pytest.raises(InvalidIntent) as caught:
        DIALECTS["frr"].render(whole)
    assert caught.value.sentences == tuple(
        f"kushiro-r1: frr has no words for {part}; derive the intent without it"
        for part in ("authentication", "chassis", "management", "mtu")
    )


@pytest.mark.parametrize("dialect", SPOKEN, ids=lambda dialect: dialect.name)
@pytest.mark.parametrize("host", ["mitaka-r1", "kushiro-r1", "hall-nagoya-r1", "visit-okinawa-r1"])
def test_the_richer_parts_are_read_back(richer: Estate, dialect: object, host: str) -> None:
    assert dialect in SPOKEN
    spoken = next(one for one in SPOKEN if one is dialect)
    intent = device_intent(richer, host, spoken.covers)
    assert intent.management is not None
    assert intent.management.pollers == (
        IPv4Network("10.64.4.15/32"),
        IPv4Network("10.64.12.15/32"),
    )
    assert spoken.parse(spoken.render(intent)) == intent


def test_mtu_is_that_of_the_network_behind_the_line(richer: Estate) -> None:
    ports = {port.name: port.mtu for port in device_intent(richer, "kushiro-r1", {"mtu"}).ports}
    assert ports == {"lo": None, "lan": None, "wan-carrier": None, "wan-ministry": 1454}
    provider = device_intent(richer, "ministry-pe1", {"mtu"})
    assert {port.mtu for port in provider.ports if port.name != "lo"} == {1454}


def test_who_may_log_in_and_poll_follows_from_the_flows(richer: Estate) -> None:
    plane = device_intent(richer, "kushiro-r1", {"management"}).management
    assert plane is not None
    bastions = richer.select(role="bastion")
    assert plane.operators == tuple(IPv4Network(host.address) for host in bastions)
    assert plane.watchers == tuple(host.address for host in richer.select(role="monitoring"))
    assert device_intent(richer, "carrier-pe1", {"management"}).management is None


def test_both_ends_of_a_session_name_the_same_secret(shipped: Estate) -> None:
    ours = device_intent(shipped, "kushiro-r1", {"authentication"}).bgp
    theirs = device_intent(shipped, "carrier-pe1", {"authentication"}).bgp
    assert ours is not None
    assert theirs is not None
    assert {x.description: x.secret for x in ours.neighbors} == {
        "carrier": "carrier-sessions",
        "ministry": "ministry-sessions",
    }
    assert {x.secret for x in theirs.neighbors} == {"carrier-sessions"}


def test_two_routers_share_the_lans_address_by_vrrp(shipped: Estate) -> None:
    def gateway(host: str) -> tuple[IPv4Address, int] | None:
        lan = next(p for p in device_intent(shipped, host, {"gateway"}).ports if p.name == "lan")
        return (lan.gateway.address, lan.gateway.priority) if lan.gateway else None

    shared = shipped.sites["mitaka"].gateway
    assert gateway("mitaka-r1") == (shared, 100)
    assert gateway("mitaka-r2") == (shared, 90)
    assert gateway("kushiro-r1") is None


def test_no_slot_is_taken_twice(estate: Estate) -> None:
    for host in estate.hosts.values():
        if host.role in ("router", "balancer", "provider"):
            ports = device_intent(estate, host.name, {"chassis"}).ports
            slots = [port.slot for port in ports if port.name != "lo"]
            assert None not in slots
            assert len(slots) == len(set(slots))


def allows(packets: PacketFilter, source: str, target: str, port: int) -> bool:
    def inside(address: str, network: IPv4Network | None) -> bool:
        return network is None or IPv4Address(address) in network

    for rule in packets.rules:
        if (
            inside(source, rule.source)
            and inside(target, rule.target)
            and rule.port in (None, port)
            and rule.from_port is None
        ):
            return rule.permits
    return False


def test_a_counter_is_a_zone_that_reaches_services_and_nobody_beside_it(shipped: Estate) -> None:
    seat = str(shipped.sites["hall-nagoya"].lan[100])
    beside = str(shipped.sites["hall-sapporo"].lan[100])
    (packets,) = device_intent(shipped, "hall-nagoya-r1", {"filters"}).packet_filters
    service = shipped.services["records"]
    assert allows(packets, seat, str(service.address), service.port)
    assert not allows(packets, seat, beside, 22)
    assert not allows(packets, seat, str(shipped.host("mitaka-db1").address), 5432)
    assert not allows(packets, beside, str(service.address), service.port)


def test_an_office_is_no_zone(shipped: Estate) -> None:
    intent = device_intent(shipped, "kushiro-r1", {"filters"})
    assert intent.packet_filters == ()
    assert all(port.inbound is None for port in intent.ports)


@pytest.mark.parametrize("dialect", SPOKEN, ids=lambda dialect: dialect.name)
def test_a_text_has_names_of_secrets_until_it_is_sent(shipped: Estate, dialect: object) -> None:
    spoken = next(one for one in SPOKEN if one is dialect)
    text = configuration(shipped, "kushiro-r1", spoken)
    assert "$secret(carrier-sessions)" in text
    with pytest.raises(UnknownSecret, match=re.escape("kept under ministry-sessions;")):
        fill_secrets(text, {"carrier-sessions": "canary-4711"})
    sent = fill_secrets(text, {"carrier-sessions": "canary-4711", "ministry-sessions": "x"})
    assert "canary-4711" in sent
    assert "$secret" not in sent

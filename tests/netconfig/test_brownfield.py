"""Configurations as they grow by hand: what an intent can say of them is read, the rest is kept and answered for."""

from __future__ import annotations

from datetime import date
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path

import pytest

from netconfig.brownfield import Imported, guess_dialect, import_text
from netconfig.dialects import InvalidConfiguration

DATA = Path(__file__).parent / "data" / "brownfield"
FILES = sorted(path.name for path in DATA.iterdir())
DAY = date(2027, 3, 31)


def imported(name: str) -> Imported:
    text = (DATA / name).read_text(encoding="utf-8")
    return import_text(text, guess_dialect(text), "network-chief", DAY)


@pytest.mark.parametrize(("name", "dialect"), [("sapporo.ios", "ios-xe"), ("osaka.junos", "junos")])
def test_the_dialect_is_guessed(name: str, dialect: str) -> None:
    assert imported(name).dialect == dialect


def test_ios_is_read_as_far_as_the_intent_reaches() -> None:
    found = imported("sapporo.ios")
    intent = found.intent
    assert (intent.host, intent.router_id) == ("sapporo-gw", IPv4Address("10.64.46.1"))
    ports = {port.name: (port.addresses, port.mtu) for port in intent.ports}
    assert ports["GigabitEthernet0/1"] == ((IPv4Interface("10.128.0.89/31"),), 1454)
    assert intent.ports[1].description == "=== office LAN ==="
    assert intent.bgp is not None
    (session,) = intent.bgp.neighbors
    assert (session.asn, session.announce, session.prefix_limit) == (64501, "OUT", 200)
    assert intent.prefix_lists[0].name == "OWN"
    kept = {(one.section, one.line) for one in found.exceptions}
    assert {
        ("interface GigabitEthernet0/0", "ip helper-address 10.64.4.21"),
        ("interface BRI0/0/0", "ppp chap password 7 ********"),
        ("route-map OUT permit 10", "match tag 100"),
        ("top level", "ip route 10.99.0.0 255.255.0.0 BRI0/0/0 200"),
        ("top level", "snmp-server community ******** RO"),
        ("router bgp 4200000011", "neighbor 10.128.0.88 password 7 ********"),
    } <= kept
    assert found.doubtful == ("OUT",)
    assert "ip bgp-community new-format" in found.lacking


def test_junos_is_read_as_far_as_the_intent_reaches() -> None:
    found = imported("osaka.junos")
    intent = found.intent
    assert (intent.host, intent.router_id) == ("osaka-gw", IPv4Address("10.64.150.1"))
    names = [(port.name, port.description) for port in intent.ports]
    assert names == [("ge-0/0/0.0", "office LAN"), ("xe-1/0/0.0", None), ("lo", None)]
    assert intent.bgp is not None
    (session,) = intent.bgp.neighbors
    assert (session.asn, session.accept) == (64501, "FROM-CARRIER")
    kept = {(one.section, one.line) for one in found.exceptions}
    section = "policy-options policy-statement FROM-CARRIER term 10"
    assert (section, "from community OURS") in kept
    assert ("system", "services telnet") in kept
    assert found.doubtful == ("FROM-CARRIER",)


@pytest.mark.parametrize("name", FILES)
def test_every_line_is_intent_or_exception_and_no_secret_is_shown(name: str) -> None:
    found = imported(name)
    assert found.understood > 0.35 * found.lines
    assert all((one.owner, one.until) == ("network-chief", DAY) for one in found.exceptions)
    assert "canary-4711" in (DATA / name).read_text(encoding="utf-8")
    assert "canary-4711" not in repr(found)


def test_a_text_that_is_no_configuration_is_refused() -> None:
    with pytest.raises(InvalidConfiguration, match="has no host name"):
        import_text("Dear colleague\n", guess_dialect(""), "network-chief", DAY)

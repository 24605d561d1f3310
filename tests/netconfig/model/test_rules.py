"""Packet filters against the flows: a text as rendered has nothing to say, and each spoilt line has its sentence."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest

from inventory import Estate, Listen
from netconfig.model.rulings import judge_rules
from netconfig.model.zones import judge_zone, passes_of
from tests.estates import estate_of

INPUT = """table inet hikae {
    chain input {
        type filter hook input priority filter; policy drop;
        ct state established,related accept
        iif "lo" accept
        icmp type { echo-request, time-exceeded } accept
        ip saddr { 10.64.4.11 } tcp dport 22 accept comment "management from the bastions"
        ip saddr { 10.64.4.51/32, 10.64.12.51/32 } tcp dport 8000 accept comment "application"
        ip saddr { 10.64.7.0/32 } ip protocol 89 accept comment "OSPF"
        counter comment "refused"
    }
}
"""
LISTENS = (
    Listen("tcp", 8000, (IPv4Network("10.64.4.51"), IPv4Network("10.64.12.51")), "application"),
    Listen("ospf", None, (IPv4Network("10.64.7.0"),), "OSPF"),
)
BASTION = (IPv4Network("10.64.4.11"),)

LAN = IPv4Network("10.65.68.0/23")
ZONE = """table inet hikae {
    chain forward {
        type filter hook forward priority filter; policy accept;
        iifname "lan" jump zone
    }
    chain zone {
        ip saddr 10.65.68.0/23 ip daddr 10.9.0.0/24 tcp dport 8080 accept comment "services"
        ip saddr 10.65.68.0/23 ip daddr 10.64.4.15/32 udp dport 123 accept comment "time"
        ip saddr 10.65.68.0/23 ip daddr 10.64.4.11/32 tcp sport 22 ct state established accept comment "answers"
        counter drop comment "refused"
    }
}
"""


@pytest.fixture(scope="module")
def shipped() -> Estate:
    """The shipped estate."""
    return estate_of()


def test_what_the_flows_say_is_no_finding() -> None:
    assert list(judge_rules("app1", INPUT, LISTENS, BASTION)) == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("policy drop", "policy accept", "whatever no rule refuses"),
        ("        counter", "        accept\n        counter", "lets in 0.0.0.0/0"),
        ("10.64.4.51/32, ", "10.64.4.0/24, ", "lets in 10.64.4.0/24"),
        ("10.64.4.51/32, ", "", "keeps out 10.64.4.51/32 at tcp 8000"),
        ("tcp dport 8000", "tcp dport 8001", "at tcp 8000, which a flow allows"),
        ("ip protocol 89", "ip protocol 112", "which no flow allows"),
        ("ip saddr { 10.64.4.11 } tcp", "tcp", "lets in 0.0.0.0/0"),
        ("icmp type {", "meta l4proto tcp accept\n        icmp type {", "meta l4proto tcp accept"),
    ],
)
def test_a_spoilt_line_has_its_sentence(old: str, new: str, words: str) -> None:
    assert old in INPUT
    found = list(judge_rules("app1", INPUT.replace(old, new, 1), LISTENS, BASTION))
    assert any(words in sentence for sentence in found), found


def test_a_zone_as_the_flows_say_is_no_finding(shipped: Estate) -> None:
    assert list(judge_zone("hall-r1", ZONE, LAN, passes_of(shipped))) == []
    assert list(judge_zone("app1", INPUT, LAN, passes_of(shipped))) == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('        iifname "lan" jump zone\n', "", "does not send its LAN"),
        (
            "        counter drop comment",
            "        accept\n        counter drop comment",
            "by 'accept'",
        ),
        ("counter drop", "counter", "whatever no rule of its zone refuses"),
        ("ip daddr 10.9.0.0/24 tcp", "tcp", "what no flow allows"),
        ("10.9.0.0/24", "10.64.0.0/11", "what no flow allows"),
        ("tcp dport 8080", "tcp dport 22", "what no flow allows"),
        ("10.65.68.0/23 ip daddr 10.9", "10.64.0.0/11 ip daddr 10.9", "what no flow allows"),
        (" ct state established", "", "what no flow allows"),
    ],
)
def test_a_spoilt_zone_has_its_sentence(shipped: Estate, old: str, new: str, words: str) -> None:
    assert old in ZONE
    found = list(judge_zone("hall-r1", ZONE.replace(old, new, 1), LAN, passes_of(shipped)))
    assert any(words in sentence for sentence in found), found

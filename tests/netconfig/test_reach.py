"""Which neighbours must be up, and reading those that are; data/frr/*.json come from real FRR 8.4.4 daemons."""

from __future__ import annotations

from pathlib import Path

from inventory import Estate
from netconfig.reach import (
    expected_sessions,
    missing_sessions,
    parse_bfd_peers,
    parse_bgp_summary,
    parse_ospf_neighbors,
)

FRR = Path(__file__).parent / "data" / "frr"


def seen(protocol: str) -> str:
    return (FRR / f"mitaka-r1.{protocol}.json").read_text()


def test_a_border_router_expects_its_lines_its_peer_and_its_balancer(shipped: Estate) -> None:
    expected = expected_sessions(shipped, "mitaka-r1", shipped.slice_hosts("core"))
    assert expected == {
        "bgp": ["10.128.0.8", "10.129.0.8", "10.64.6.2"],
        "ospf": ["10.64.4.51", "10.64.6.2"],
        "bfd": ["10.128.0.8", "10.129.0.8", "10.64.6.2", "10.64.7.1", "10.64.7.3"],
    }


def test_on_day_0_it_expects_one_line(shipped: Estate) -> None:
    within = shipped.slice_hosts("core")
    expected = expected_sessions(shipped, "mitaka-r1", within, is_staged=True)
    assert expected["bgp"] == ["10.128.0.8"]
    assert expected["ospf"] == ["10.64.4.51", "10.64.6.2"]


def test_a_balancer_expects_its_routers_only(shipped: Estate) -> None:
    expected = expected_sessions(shipped, "mitaka-lb1", shipped.slice_hosts("core"))
    assert expected["bgp"] == []
    assert expected["ospf"] == ["10.64.6.1", "10.64.6.2"]


def test_expectations_of_both_ends_agree(estate: Estate) -> None:
    within = estate.slice_hosts("core")
    full = {
        host.name: expected_sessions(estate, host.name, within)["ospf"]
        for host in estate.select(within=within)
        if host.role in ("router", "balancer")
    }
    address = {name: str(estate.hosts[name].address) for name in full}
    pairs = {(address[name], other) for name, others in full.items() for other in others}
    assert pairs == {(other, one) for one, other in pairs}


def test_what_real_daemons_say_is_read() -> None:
    assert parse_bgp_summary(seen("bgp")) == ["10.128.0.8", "10.129.0.8", "10.64.6.2"]
    assert parse_ospf_neighbors(seen("ospf")) == ["10.64.4.51", "10.64.6.2"]
    assert len(parse_bfd_peers(seen("bfd"))) == 5


def test_a_session_that_is_not_up_does_not_count() -> None:
    assert parse_bgp_summary(seen("bgp").replace("Established", "Active")) == []
    assert parse_ospf_neighbors(seen("ospf").replace("Full", "ExStart")) == []
    assert parse_bfd_peers(seen("bfd").replace('"up"', '"down"')) == []


def test_daemons_that_are_not_there_yet_have_no_neighbours() -> None:
    for nothing in ("", "{}"):
        assert parse_bgp_summary(nothing) == []
        assert parse_ospf_neighbors(nothing) == []
    assert parse_bfd_peers("") == []


def test_what_is_missing_is_named(shipped: Estate) -> None:
    expected = expected_sessions(shipped, "mitaka-r1", shipped.slice_hosts("core"))
    outputs = {protocol: seen(protocol) for protocol in ("bgp", "ospf", "bfd")}
    assert missing_sessions(expected, **outputs) == []
    outputs["ospf"] = ""
    assert missing_sessions(expected, **outputs) == ["ospf 10.64.4.51", "ospf 10.64.6.2"]

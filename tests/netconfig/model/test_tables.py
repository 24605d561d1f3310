"""Tables of the model beside what a device says itself; the outputs have the form of FRR 8.4 and of iproute2."""

from __future__ import annotations

import json
from typing import Any

import pytest

from inventory import Estate
from netconfig.model.failures import every_failure
from netconfig.model.network import Network
from netconfig.model.reader import read_device
from netconfig.model.surroundings import surround
from netconfig.model.tables import (
    Row,
    compare,
    compare_kernel,
    read_ip_route,
    read_show_ip_route,
    rows_after,
    rows_of,
)
from netconfig.model.verify import rendered, settled
from netconfig.render import router_config
from tests.estates import estate_of

SHOWN: dict[str, Any] = {
    "10.9.0.1/32": [
        {
            "prefix": "10.9.0.1/32", "protocol": "ospf", "selected": True, "destSelected": True,
            "distance": 110, "metric": 10, "installed": True, "table": 254,
            "nexthops": [{"flags": 3, "fib": True, "ip": "10.64.15.3", "afi": "ipv4", "interfaceIndex": 5,
                          "interfaceName": "lb1", "active": True, "weight": 1}],
        },
        {
            "prefix": "10.9.0.1/32", "protocol": "bgp", "distance": 150, "metric": 0, "table": 254,
            "nexthops": [{"flags": 1, "ip": "10.128.0.24", "interfaceName": "wan-carrier", "active": True}],
        },
    ],
    "10.64.12.0/22": [
        {
            "prefix": "10.64.12.0/22", "protocol": "static", "selected": True, "distance": 1, "metric": 0,
            "nexthops": [{"flags": 3, "fib": True, "unreachable": True, "blackhole": True, "active": True}],
        }
    ],
    "10.64.12.0/23": [
        {
            "prefix": "10.64.12.0/23", "protocol": "connected", "selected": True, "distance": 0, "metric": 0,
            "nexthops": [{"flags": 3, "fib": True, "directlyConnected": True, "interfaceIndex": 3,
                          "interfaceName": "lan", "active": True}],
        }
    ],
    "10.65.172.0/22": [
        {
            "prefix": "10.65.172.0/22", "protocol": "bgp", "selected": True, "distance": 200, "metric": 0,
            "nexthops": [
                {"flags": 5, "ip": "10.64.14.2", "afi": "ipv4", "active": True, "recursive": True, "weight": 1},
                {"flags": 3, "fib": True, "ip": "10.64.15.1", "afi": "ipv4", "interfaceName": "core",
                 "active": True, "resolver": True, "weight": 1},
            ],
        }
    ],
}  # fmt: skip

ROWS = (
    Row("10.64.12.0/22", "static", 1, 0, ()),
    Row("10.64.12.0/23", "connected", 0, 0, (("lan", ""),)),
    Row("10.65.172.0/22", "bgp", 200, 0, (("core", "10.64.15.1"),)),
    Row("10.9.0.1/32", "ospf", 110, 10, (("lb1", "10.64.15.3"),)),
)

KERNEL = [
    {"type": "blackhole", "dst": "10.64.12.0/22", "protocol": "static", "metric": 20, "flags": []},
    {"dst": "10.64.12.0/23", "dev": "lan", "protocol": "kernel", "scope": "link", "prefsrc": "10.64.12.2"},
    {"dst": "10.65.172.0/22", "gateway": "10.64.15.1", "dev": "core", "protocol": "bgp", "metric": 20},
    {"dst": "10.9.0.1", "protocol": "ospf", "metric": 20, "nexthops": [
        {"gateway": "10.64.15.3", "dev": "lb1", "weight": 1, "flags": []}]},
]  # fmt: skip


@pytest.fixture(scope="module")
def network() -> Network:
    """The core of the shipped estate, settled."""
    return _core(estate_of())


def _core(estate: Estate) -> Network:
    return settled(estate, estate.slice_hosts("core"))


def test_frr_is_read_into_rows() -> None:
    assert read_show_ip_route(json.dumps(SHOWN)) == ROWS
    assert read_show_ip_route("") == ()


def test_the_kernel_is_read_into_rows_and_agrees() -> None:
    found = read_ip_route(json.dumps(KERNEL))
    loopback = Row("10.64.14.1/32", "connected", 0, 0, (("lo", ""),))
    assert compare_kernel("r1", (*ROWS, loopback), found) == ()


def test_a_hosts_own_loopback_is_no_route() -> None:
    own = {"127.0.0.0/8": [{"protocol": "connected", "selected": True, "nexthops": []}]}
    assert read_show_ip_route(json.dumps(own)) == ()
    assert read_ip_route(json.dumps([{"dst": "127.0.0.0/8", "dev": "lo"}])) == ()


def test_every_kind_of_difference_is_a_sentence() -> None:
    other = (
        ROWS[0],
        Row("10.64.12.0/23", "connected", 0, 0, (("lan", ""),)),
        Row("10.65.172.0/22", "bgp", 150, 0, (("wan-carrier", "10.128.0.24"),)),
        Row("10.66.0.0/22", "bgp", 150, 0, (("wan-carrier", "10.128.0.24"),)),
    )
    found = [str(one) for one in compare("kansai-r1", ROWS, other)]
    assert found == [
        "kansai-r1 10.65.172.0/22: model bgp [200/0] core via 10.64.15.1, device bgp [150/0] wan-carrier via 10.128.0.24",
        "kansai-r1 10.66.0.0/22: model has none, device bgp [150/0] wan-carrier via 10.128.0.24",
        "kansai-r1 10.9.0.1/32: model ospf [110/10] lb1 via 10.64.15.3, device has none",
    ]


def test_rows_of_a_device_follow_a_failure(network: Network) -> None:
    rows = {row.prefix: row for row in rows_of(network, "kansai-r1")}
    assert rows["10.9.0.1/32"] == ROWS[3]
    assert rows["10.64.12.0/22"] == ROWS[0]
    assert rows["10.65.172.0/22"].ways == (("wan-carrier", "10.128.0.24"),)
    failure = next(f for f in every_failure(network.plan) if f.name == "kansai-r1:carrier")
    mark = network.journal.mark()
    network.turn(failure.ports, failure.halves, 1)
    failed = {row.prefix: row for row in rows_of(network, "kansai-r1")}
    # Over its own other line, though the other router's way by the carrier is shorter than the office's detour.
    assert failed["10.65.172.0/22"].ways == (("wan-ministry", "10.129.0.24"),)
    assert failed["10.65.172.0/22"].distance == 150
    assert "10.128.0.24/31" not in failed
    network.journal.back_to(mark)
    assert {row.prefix: row for row in rows_of(network, "kansai-r1")} == rows


OVER = {1: ("core1", "10.64.15.2"), 2: ("core2", "10.64.15.4")}
LAN = ("lan", "10.64.12.1")


@pytest.mark.parametrize(
    ("failed", "ways", "protocol"),
    [
        ([], (OVER[1], OVER[2]), "static"),
        (["kansai-r1"], (OVER[2],), "static"),
        (["kansai-r1:kansai-lb1"], (OVER[2],), "static"),
        (["kansai-lb1:lan"], (OVER[1], OVER[2]), "static"),
        # For want of a better way.
        (["kansai-r1", "kansai-r2"], (LAN,), "kernel"),
        (["kansai-r1", "kansai-r2", "kansai-lb1:lan"], None, ""),
    ],
)
def test_a_balancers_way_out_follows_its_routers(
    network: Network, failed: list[str], ways: tuple[tuple[str, str], ...] | None, protocol: str
) -> None:
    before = rows_of(network, "kansai-lb1")
    down = [f for f in every_failure(network.plan) if f.name in failed and f.kind != "session"]
    assert len(down) == len(failed)
    rows = {row.prefix: row for row in rows_after(network, "kansai-lb1", *down)}
    out = rows.get("0.0.0.0/0")
    assert (out and out.ways) == ways
    assert out is None or out.protocol == protocol
    assert rows_of(network, "kansai-lb1") == before


def test_a_drained_router_is_no_way_out() -> None:
    estate = estate_of()
    within = estate.slice_hosts("core")
    texts = dict(rendered(estate, within))
    texts["kansai-r1"] = router_config(estate, "kansai-r1", within, is_drained=True)
    devices = [read_device(name, text) for name, text in texts.items()]
    network = Network(devices, surround(estate, within))
    rows = {row.prefix: row for row in rows_of(network, "kansai-lb1")}
    assert rows["0.0.0.0/0"].ways == (OVER[2],)


def test_of_two_ways_to_one_prefix_the_kernel_takes_that_of_the_least_metric() -> None:
    last = {"dst": "default", "gateway": "10.64.12.1", "dev": "lan", "metric": 4194304000}
    first = {
        "dst": "default",
        "protocol": "static",
        "metric": 20,
        "gateway": "10.64.15.2",
        "dev": "core1",
    }
    wanted = (Row("0.0.0.0/0", "static", 0, 0, (OVER[1],)),)
    assert read_ip_route(json.dumps([last, first])) == wanted
    assert read_ip_route(json.dumps([first, last])) == wanted


def test_every_prefix_is_once_in_a_table(network: Network) -> None:
    for name in network.plan.names:
        prefixes = [row.prefix for row in rows_of(network, name)]
        assert len(prefixes) == len(set(prefixes))


def test_a_service_that_nobody_serves_stands_in_no_table() -> None:
    estate = estate_of()
    within = estate.slice_hosts("core")
    records, intake = (f"{estate.services[name].address}/32" for name in ("records", "intake"))
    asked = "sendai-r1"
    for served, absent in ((None, set()), (["records"], {intake}), ([], {records, intake})):
        network = settled(estate, within, served)
        prefixes = {row.prefix for row in rows_of(network, asked)}
        assert {records, intake} - prefixes == absent

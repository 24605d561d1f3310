"""The model's reader: every line is understood, passed over by name, or kept as unread."""

from __future__ import annotations

import pytest

from inventory import Estate
from netconfig.derivation import derive_intent
from netconfig.model.numbers import address, prefix
from netconfig.model.reader import read_device
from netconfig.model.verify import rendered
from netconfig.render import router_config


def test_every_rendered_line_is_understood(estate: Estate) -> None:
    for name, text in rendered(estate).items():
        assert read_device(name, text).unread == [], name


def test_reading_agrees_with_the_intent(estate: Estate) -> None:
    for name, text in rendered(estate).items():
        intent, device = derive_intent(estate, name), read_device(name, text)
        assert {port.name for port in intent.ports} == set(device.ports)
        assert [prefix(str(route.prefix)) for route in intent.routes] == [
            static.prefix for static in device.statics
        ]
        assert (intent.bgp is None) == (device.bgp is None)
        if intent.bgp is not None and device.bgp is not None:
            assert device.bgp.asn == intent.bgp.asn
            assert [int(n.address) for n in intent.bgp.neighbors] == list(device.bgp.peers)
            assert [prefix(str(n)) for n in intent.bgp.networks] == list(device.bgp.networks)


@pytest.mark.parametrize(
    "line",
    [
        "router bgp 65000\n bgp bestpath as-path ignore",
        "router bgp 65000\n bgp always-compare-med",
        "router ospf\n redistribute bgp",
        "route-map X permit 10\n set metric 7",
        "route-map X permit 10\n match community Y",
        "ip prefix-list X seq 5 permit 10.0.0.0/8 eq 9",
        "ip route 10.0.0.0/33 Null0",
        "interface lan\n ip ospf area 0\n ip ospf mtu-ignore",
        "no ip forwarding everywhere",
    ],
)
def test_a_line_that_could_decide_is_not_passed_over(line: str) -> None:
    assert read_device("r1", line).unread


def test_drained_router_is_read_as_drained(shipped: Estate) -> None:
    device = read_device("kansai-r1", router_config(shipped, "kansai-r1", is_drained=True))
    assert device.has_max_metric
    assert device.bgp is not None
    assert device.bgp.is_shutting


def test_defaults_of_frr() -> None:
    device = read_device("r1", "router bgp 65000\n neighbor 10.0.0.1 remote-as 65001\n")
    assert device.bgp is not None
    assert (device.bgp.external_distance, device.bgp.internal_distance) == (20, 200)
    assert device.bgp.checks_import
    assert device.bgp.requires_policy
    assert not device.bgp.compares_router_id
    assert device.bgp.peers[address("10.0.0.1")].is_active

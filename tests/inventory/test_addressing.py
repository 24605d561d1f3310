"""The address rules: for any numbers, addresses are unique and prefixes apart."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

from hypothesis import given
from hypothesis import strategies as st

from inventory.addressing import MAX_ROUTERS, SERVER_OFFSETS, Addressing

SHIPPED = Addressing(
    sites=IPv4Network("10.64.0.0/11"),
    site_length=22,
    lines=IPv4Network("10.128.0.0/12"),
    network_length=16,
    providers=IPv4Network("10.127.0.0/16"),
    services=IPv4Network("10.9.0.0/24"),
    site_asn=4200000000,
)
SMALL = Addressing(
    sites=IPv4Network("172.20.0.0/16"),
    site_length=23,
    lines=IPv4Network("172.24.0.0/16"),
    network_length=20,
    providers=IPv4Network("172.25.0.0/16"),
    services=IPv4Network("172.26.0.0/26"),
    site_asn=4210000000,
)
plans = st.sampled_from([SHIPPED, SMALL])


def test_the_rules_of_the_design() -> None:
    assert SHIPPED.prefix(3) == IPv4Network("10.64.12.0/22")
    assert SHIPPED.lan(3) == IPv4Network("10.64.12.0/23")
    assert str(SHIPPED.gateway(3)) == "10.64.12.1"
    assert [str(SHIPPED.router_on_lan(3, k, 2)) for k in (1, 2)] == ["10.64.12.2", "10.64.12.3"]
    assert str(SHIPPED.router_on_lan(3, 1, 1)) == "10.64.12.1"
    assert str(SHIPPED.loopback(3, 2)) == "10.64.14.2"
    assert [str(end) for end in SHIPPED.inside(3, 1)] == ["10.64.15.2/31", "10.64.15.3/31"]
    assert [str(end) for end in SHIPPED.line(1, 3, 2)] == ["10.129.0.26/31", "10.129.0.27/31"]
    assert str(SHIPPED.provider(1)) == "10.127.1.1"
    assert str(SHIPPED.service(2)) == "10.9.0.2"
    assert str(SHIPPED.server(3, "database", 4)) == "10.64.12.34"
    assert str(SHIPPED.seat(3, 1)) == "10.64.12.100"
    assert str(SHIPPED.printer(3, 1)) == "10.64.13.254"
    assert SHIPPED.asn(3) == 4200000003


@given(plans, st.data())
def test_every_address_of_a_site_is_unique_and_in_its_block(
    plan: Addressing, data: st.DataObject
) -> None:
    number = data.draw(st.integers(0, plan.site_count - 1))
    seats = data.draw(st.integers(0, plan.seat_count))
    routers = data.draw(st.integers(2, MAX_ROUTERS))
    lan = [plan.gateway(number)]
    lan += [plan.router_on_lan(number, k, routers) for k in range(1, routers + 1)]
    lan += [plan.server(number, role, 1) for role in SERVER_OFFSETS]
    lan += [plan.seat(number, index) for index in range(1, seats + 1)]
    lan += [plan.printer(number, index) for index in range(1, plan.seat_count - seats + 1)]
    rest: list[IPv4Address] = [plan.loopback(number, k) for k in range(1, routers + 1)]
    rest += [end.ip for index in range(1 + 2 * MAX_ROUTERS) for end in plan.inside(number, index)]
    assert len({*lan, *rest}) == len(lan) + len(rest)
    assert all(a in plan.lan(number) for a in lan)
    assert plan.lan(number).broadcast_address not in lan
    assert all(a in plan.prefix(number) and a not in plan.lan(number) for a in rest)


@given(plans, st.data())
def test_blocks_and_lines_of_different_numbers_are_apart(
    plan: Addressing, data: st.DataObject
) -> None:
    numbers = st.integers(0, plan.site_count - 1)
    one, other = data.draw(st.tuples(numbers, numbers).filter(lambda pair: pair[0] != pair[1]))
    assert not plan.prefix(one).overlaps(plan.prefix(other))
    assert plan.prefix(one).subnet_of(plan.sites)
    networks = range(min(plan.network_count, 4))
    lines = [
        plan.line(network, number, router)
        for network in networks
        for number in (one, other)
        for router in range(1, MAX_ROUTERS + 1)
    ]
    assert len({ends[0].network for ends in lines}) == len(lines)
    for provider, customer in lines:
        assert provider.network == customer.network
        assert int(provider.ip) % 2 == 0
        assert customer.ip == provider.ip + 1
        assert provider.network.subnet_of(plan.lines)

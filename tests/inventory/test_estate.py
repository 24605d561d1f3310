"""What must hold for every estate, shipped or not."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory import Estate, UnknownHost, UnknownSlice
from inventory.slices import pigeonhole
from tests.estates import estate_of

ESTATE = estate_of()


def test_addresses_are_unique(estate: Estate) -> None:
    found = Counter(address for host in estate.hosts.values() for address in host.addresses)
    found.update(service.address for service in estate.services.values())
    assert {address: n for address, n in found.items() if n > 1} == {}


def test_prefixes_are_apart(estate: Estate) -> None:
    prefixes = sorted(site.prefix for site in estate.sites.values())
    assert not any(one.overlaps(other) for one, other in pairwise(prefixes))
    plan = estate.addressing
    for pool in (plan.lines, plan.providers, plan.services):
        assert not any(pool.overlaps(prefix) for prefix in prefixes)


def test_cables_have_two_ends_in_one_network(estate: Estate) -> None:
    for wire in estate.wires():
        addresses = [estate.hosts[e.host].interface(e.interface).address for e in wire.ends]
        assert len({address.network for address in addresses if address}) == 1
        if wire.kind == "p2p":
            assert len(wire.ends) == 2
            assert all(address and address.network.prefixlen == 31 for address in addresses)


def test_interface_names_fit_linux(estate: Estate) -> None:
    for host in estate.hosts.values():
        names = [interface.name for interface in host.interfaces]
        assert len(set(names)) == len(names)
        assert all(len(name) <= 15 for name in names), host.name


def test_every_gateway_answers(estate: Estate) -> None:
    for site in estate.sites.values():
        routers = estate.select(role="router", site=site.routed_by)
        ports = [i for r in routers for i in r.interfaces if i.wire == f"{site.name}:lan"]
        assert len(ports) == len(routers) >= 1
        if len(routers) == 1:
            assert ports[0].address is not None
            assert ports[0].address.ip == site.gateway


def test_lines_are_wires(estate: Estate) -> None:
    assert {line.name for line in estate.lines} == {w.name for w in estate.wires() if w.is_wan}
    for line in estate.lines:
        router = estate.hosts[f"{line.site}-r{line.router}"]
        assert router.interface(f"wan-{line.network}").address == line.customer_address


@given(st.sets(st.sampled_from(sorted(ESTATE.hosts)), max_size=60))
def test_a_slice_knows_nothing_outside_it(within: set[str]) -> None:
    addresses = {a for name in within for a in ESTATE.hosts[name].addresses}
    for wire in ESTATE.wires(within):
        assert wire.ends
        assert {end.host for end in wire.ends} <= within
        assert len(wire.ends) == 2 or wire.kind == "lan"
    firewall = ESTATE.firewall(within)
    for name in within:
        for listen in firewall.listens(name):
            assert listen.sources
            for source in listen.sources:
                assert any(address in source for address in addresses)


def test_listens_agree_with_the_flows(estate: Estate) -> None:
    core = estate.slice_hosts("core")
    database = estate.select(role="database", within=core)[0]
    listens = estate.listens(database.name, core)
    members = {
        str(estate.hosts[name].address)
        for cluster in estate.clusters.values()
        for name in cluster.members
        if database.name in cluster.members and name != database.name
    }
    replication = next(one for one in listens if one.purpose.startswith("replication"))
    hosts = {str(address) for source in replication.sources for address in source}
    assert hosts == members
    ssh = next(one for one in listens if one.port == 22)
    bastions = {str(host.address) for host in estate.select(role="bastion")}
    assert {str(address) for source in ssh.sources for address in source} == bastions
    assert not [one for one in listens if one.port == 8000]
    router = estate.select(role="router", within=core)[0]
    bgp = next(one for one in estate.listens(router.name, core) if one.port == 179)
    lines = [one for one in estate.lines if one.name.startswith(f"{router.name}:")]
    assert {a for source in bgp.sources for a in source} == {
        line.provider_address.ip for line in lines
    }


def test_every_seat_may_use_the_services(estate: Estate) -> None:
    core = estate.slice_hosts("core")
    balancer = estate.select(role="balancer", within=core)[0]
    (listen,) = (one for one in estate.listens(balancer.name, core) if one.port == 8080)
    for terminal in estate.select(role="terminal", within=core):
        lan = estate.sites[terminal.site or ""].lan
        assert any(lan.subnet_of(source) for source in listen.sources)


@pytest.mark.parametrize(
    ("sites", "count"), [("mm kk", 2), ("m k", 1), ("mmm k", 3), ("m", 1), ("", 1)]
)
def test_pigeonhole(sites: str, count: int) -> None:
    assert pigeonhole(list(sites.replace(" ", ""))) == count


def test_slices_of_the_design(shipped: Estate) -> None:
    assert len(shipped.slice_hosts("core")) == 44
    assert len(shipped.slice_hosts("mini")) == 18
    assert shipped.slice_hosts("full") == tuple(shipped.hosts)
    assert [n for n in shipped.slice_hosts("core") if n.startswith("kansai")] == [
        f"kansai-{short}"
        for short in [
            "bastion1",
            "mon1",
            "r1",
            "r2",
            "etcd1",
            "db1",
            "db2",
            "db3",
            "db4",
            "lb1",
            "app1",
            "batch1",
            "store1",
            "restore1",
        ]
    ]
    mini = shipped.clusters_within(shipped.slice_hosts("mini"))
    assert list(mini) == ["records"]
    assert mini["records"].members == ("mitaka-db1", "kansai-db1")
    assert mini["records"].synchronous_node_count == 1
    assert shipped.clusters["records"].synchronous_node_count == 2


@pytest.mark.parametrize("count", [0, 1, 3, 40])
def test_routers_slice(shipped: Estate, count: int) -> None:
    names = shipped.slice_hosts(f"routers:{count}")
    offices = [
        name
        for name in names
        if shipped.sites.get(shipped.hosts[name].site or "x", None)
        and shipped.sites[shipped.hosts[name].site or ""].kind == "office"
    ]
    assert len(offices) == count
    assert all(shipped.hosts[name].role == "router" for name in offices)
    assert {"carrier-pe1", "ministry-pe1", "mitaka-r1", "kansai-r2"} <= {*names}


@pytest.mark.parametrize("name", ["corn", "routers:", "routers:x", "routers:9999", "routers:-1"])
def test_unknown_slice_is_a_sentence(shipped: Estate, name: str) -> None:
    with pytest.raises(UnknownSlice) as caught:
        shipped.slice_hosts(name)
    assert name in str(caught.value)


def test_unknown_host_is_a_sentence(shipped: Estate) -> None:
    with pytest.raises(UnknownHost, match="'nowhere-r1' is no host of estate 'shaho'"):
        shipped.listens("nowhere-r1")


def test_survivors_of_the_home_area_are_a_majority(estate: Estate) -> None:
    for cluster in estate.clusters.values():
        lost = {site.name for site in estate.sites_in_area(estate.sites[cluster.home].area)}
        votes = estate.select(role="etcd")
        assert 2 * sum(host.site not in lost for host in votes) > len(votes)
        assert estate.backup_site().name == cluster.backup
        assert cluster.backup not in lost

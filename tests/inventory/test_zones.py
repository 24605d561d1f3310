"""The borders of counters: what leaves them follows from the flows."""

from __future__ import annotations

from ipaddress import IPv4Network

from inventory import Estate
from inventory.zones import ZONE_KINDS, crossings, zone_of


def test_a_counters_router_stands_at_a_border_and_no_other_host_does(shipped: Estate) -> None:
    borders = {host.site for host in shipped.hosts.values() if zone_of(shipped, host)}
    counters = {site.name for site in shipped.sites.values() if site.kind in ZONE_KINDS}
    assert borders == counters
    assert len(counters) == 9


def test_nothing_leaves_to_a_terminal_or_to_a_whole_site(estate: Estate) -> None:
    lans = [site.lan for site in estate.sites.values()]
    for one in crossings(estate):
        wider = [lan for lan in lans if lan.subnet_of(one.target) and lan != one.target]
        assert wider == []
        assert one.target not in lans
        assert (one.port is None) == one.is_reply
        assert (one.from_port is None) != one.is_reply


def test_a_slice_has_the_hosts_of_the_slice_only(shipped: Estate) -> None:
    mini = shipped.slice_hosts("mini")
    known = {IPv4Network(shipped.host(name).address) for name in mini}
    found = {one.target for one in crossings(shipped, mini)} - {shipped.addressing.services}
    assert found == {
        IPv4Network(shipped.host(x).address) for x in ("mitaka-mon1", "kansai-bastion1")
    }
    assert found <= known


def test_services_time_and_answers_to_bastions_leave(shipped: Estate) -> None:
    leaving = {(one.target, one.protocol, one.port) for one in crossings(shipped) if one.port}
    monitors = {IPv4Network(host.address) for host in shipped.select(role="monitoring")}
    assert leaving == {
        (shipped.addressing.services, "tcp", 8080),
        *((monitor, "udp", 123) for monitor in monitors),
    }
    answers = {(one.target, one.from_port) for one in crossings(shipped) if one.is_reply}
    assert answers == {(IPv4Network(x.address), 22) for x in shipped.select(role="bastion")}

"""The judgement of answers: each kind of finding on a network that has it, beside the shipped one that has none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inventory import Demand, Estate, Load
from netconfig.model.findings import Report
from netconfig.model.reader import read_device
from netconfig.model.surroundings import surround
from netconfig.model.verify import examine, rendered, settled, verify
from tests.estates import estate_of
from tests.netconfig.model.lab import fail, heal, walk


@pytest.fixture(scope="module")
def shipped() -> Estate:
    """The shipped estate."""
    return estate_of()


@pytest.fixture(scope="module")
def texts(shipped: Estate) -> dict[str, str]:
    """What the core's devices would run."""
    return rendered(shipped, shipped.slice_hosts("core"))


def _verify(estate: Estate, texts: dict[str, str] | None = None) -> Report:
    return verify(estate, estate.slice_hosts("core"), texts=texts, processes=1)


def test_a_cut_that_nothing_declares_is_a_finding(shipped: Estate) -> None:
    report = _verify(replace(shipped, singles=()))
    cut = [v for v in report.violations if v.failure == "router kushiro-r1"]
    assert cut
    assert all("which nothing declares" in v.sentence for v in cut)
    assert _verify(shipped).cut_off["router kushiro-r1"] == ["kushiro"]


def test_a_failure_of_one_of_two_cuts_nobody_off(shipped: Estate) -> None:
    cut = _verify(shipped).cut_off
    for one_of_two in ("router mitaka-r1", "link kushiro-r1:carrier", "network carrier"):
        assert one_of_two not in cut


def test_the_limit_of_a_line_is_judged_by_direction(shipped: Estate) -> None:
    # 39 seats of 250 kbit/s down and 3 printers are 9.75 Mbit/s on a line of 10.
    demand = Demand(80, Load(1, 250), Load(0, 0), {"records": 100}, ())
    report = _verify(replace(shipped, demand=demand))
    found = {(o.line, o.direction): o for o in report.overloads if o.failure == "none"}
    line = found["kushiro-r1:carrier", "in"]
    assert (line.kbps, line.capacity_kbps, line.percent) == (9750, 10000, 98)
    assert ("kushiro-r1:carrier", "out") not in found
    # Without its first line the same falls on the second.
    moved = [o for o in report.overloads if o.failure == "link kushiro-r1:carrier"]
    assert [o.line for o in moved] == ["kushiro-r1:ministry"]


def test_a_stranger_who_is_answered_is_a_finding(shipped: Estate, texts: dict[str, str]) -> None:
    way = "ip route 0.0.0.0/0 10.129.0.8 wan-ministry\n"
    leaky = texts | {
        "mitaka-r1": texts["mitaka-r1"].replace("ip prefix-list", f"{way}ip prefix-list", 1)
    }
    report = _verify(shipped, leaky)
    sentences = {v.sentence for v in report.violations if v.failure == "none"}
    assert "tenant-ministry to records is answered and must not be" in sentences
    assert "mitaka-r1 has a route to what is neither a site nor a service" in sentences


def test_a_circle_is_a_finding(shipped: Estate, texts: dict[str, str]) -> None:
    circle = dict(texts)
    for host, line in (
        ("kushiro-r1", "ip route 10.9.0.1/32 10.128.3.88 wan-carrier"),
        ("carrier-pe1", "ip route 10.9.0.1/32 10.128.3.89 c107-1"),
    ):
        circle[host] = circle[host].replace("route-map", f"{line}\nroute-map", 1)
    report = _verify(shipped, circle)
    found = next(v for v in report.violations if v.destination == "records")
    assert found.sentence == "kushiro to records goes round in a circle"
    assert found.path == ("kushiro-r1", "carrier-pe1", "kushiro-r1")


def test_what_is_wrong_anyway_is_said_once(shipped: Estate, texts: dict[str, str]) -> None:
    broken = texts | {
        "kushiro-r1": "".join(
            line
            for line in texts["kushiro-r1"].splitlines(keepends=True)
            if "ACCEPTED-SERVICES seq 10 " not in line
        )
    }
    found = [v.failure for v in _verify(shipped, broken).violations if v.destination == "records"]
    assert found == ["none"]


def test_a_centre_without_a_gateway_leaves_its_services_to_the_next(shipped: Estate) -> None:
    """Its balancer would go on attracting offices, and its answers would go nowhere."""
    network = settled(shipped, shipped.slice_hosts("core"))
    plan, mark = network.plan, network.journal.mark()
    loopback = plan.port_index[plan.index["mitaka-lb1"], "lo"]
    service = shipped.services["records"]
    assert service.home_order[:2] == ("mitaka", "kansai")

    def ends() -> str:
        return plan.names[walk(network, "kushiro-r1", str(service.address)).router]

    assert ends() == "mitaka-lb1"
    fail(network, "link mitaka-r1:lan")
    assert network.state.is_up(loopback)
    assert ends() == "mitaka-lb1"
    fail(network, "router mitaka-r2")
    assert not network.state.is_up(loopback)
    assert ends() == "kansai-lb1"
    heal(network, "link mitaka-r1:lan")
    assert network.state.is_up(loopback)
    heal(network, "router mitaka-r2")
    assert ends() == "mitaka-lb1"
    # And taken back by the journal alone, as failures are.
    for name in ("link mitaka-r1:lan", "link mitaka-r2:lan"):
        fail(network, name)
    assert ends() == "kansai-lb1"
    network.journal.back_to(mark)
    assert network.state.is_up(loopback)
    assert ends() == "mitaka-lb1"


def test_a_tenant_with_an_address_of_ours_is_not_believed(
    shipped: Estate, texts: dict[str, str]
) -> None:
    lured = {
        "kushiro-r1": "kushiro-r1 has a route to a service that there is not",
        "mitaka-r1": "mitaka-r1 has a route to what is neither a site nor a service",
    }
    for host, sentence in lured.items():
        broken = texts | {host: "".join(_without_origins(texts[host]))}
        found = {v.sentence for v in _verify(shipped, broken).violations}
        assert sentence in found


def _without_origins(text: str) -> list[str]:
    return [x for x in text.splitlines(keepends=True) if "match as-path ORIGIN" not in x]


def test_a_router_whose_servers_are_not_booted_may_hear_of_every_centre(shipped: Estate) -> None:
    # What it hears is written for the whole estate, where some flow leads to each; another branch is a leak all the same.
    names = (*shipped.slice_hosts("core"), "nagoya-r1")
    alone = rendered(shipped, names)
    around = surround(shipped, names)

    def leaks(texts: dict[str, str]) -> list[str]:
        devices = [read_device(name, text) for name, text in texts.items()]
        examiner = examine(shipped, devices, around, names)
        examiner.undisturbed()
        sentences = [violation.sentence for violation in examiner.report.violations]
        return [each for each in sentences if "to which no flow" in each]

    assert leaks(alone) == []
    line = next(one for one in shipped.lines if one.name == "nagoya-r1:carrier")
    branch, gateway = shipped.sites["kushiro"].prefix, line.provider_address.ip
    way = f"ip route {branch} {gateway} wan-carrier\n"
    (leak,) = leaks(alone | {"nagoya-r1": alone["nagoya-r1"] + way})
    assert leak == "nagoya-r1 has a route to kushiro, to which no flow of its site leads"

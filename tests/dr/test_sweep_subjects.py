"""What fails in a sweep: everything of a slice once, with its wires and whom it must cut off."""

from __future__ import annotations

from pathlib import Path

import pytest

from dr.sweep.removals import removable
from dr.sweep.settling import around
from dr.sweep.subjects import Office, Subject, offices_of, order_of, subjects_of
from inventory import load_estate
from netconfig.model.tables import rows_of
from netconfig.model.verify import settled
from tests.estates import estate_of

ESTATE = estate_of()
CORE = ESTATE.slice_hosts("core")
WIRES = {wire.name: wire for wire in ESTATE.wires(CORE)}


@pytest.fixture(scope="module")
def offices() -> tuple[Office, ...]:
    return offices_of(ESTATE, CORE)


@pytest.fixture(scope="module")
def subjects(offices: tuple[Office, ...]) -> dict[str, Subject]:
    network = settled(ESTATE, CORE)
    before = {name: rows_of(network, name) for name in network.plan.names}
    found = subjects_of(ESTATE, CORE, network, offices)
    assert {name: rows_of(network, name) for name in network.plan.names} == before
    assert len({subject.name for subject in found}) == len(found)
    return {subject.name: subject for subject in found}


def test_each_office_asks_one_service_of_each_home_order(offices: tuple[Office, ...]) -> None:
    assert {office.site: office.terminal for office in offices} == {
        "kushiro": "kushiro-t1",
        "takaoka": "takaoka-t1",
        "hakata": "hakata-t1",
    }
    for office in offices:
        assert office.streams == (f"{office.site}/records", f"{office.site}/payments")


def test_in_mini_the_one_centre_is_asked() -> None:
    (office,) = offices_of(ESTATE, ESTATE.slice_hosts("mini"))
    assert office.streams == ("takaoka/records",)


def test_every_cable_switch_router_and_network_fails(subjects: dict[str, Subject]) -> None:
    fallen = {wire for subject in subjects.values() for wire in subject.wires}
    assert fallen >= {name for name, wire in WIRES.items() if wire.kind == "p2p"}
    assert {f"link {name}" for name, wire in WIRES.items() if wire.kind == "p2p"} <= set(subjects)
    routers = {f"router {name}" for name in CORE if ESTATE.hosts[name].role == "router"}
    assert routers == {name for name in subjects if name.startswith("router ")}
    assert {"network carrier", "network ministry"} <= set(subjects)
    assert not [name for name in subjects if name.startswith("session ")]


def test_a_router_falls_with_its_cables_and_its_own_port_of_the_switch(
    subjects: dict[str, Subject],
) -> None:
    fallen = set(subjects["router mitaka-r1"].wires)
    assert "mitaka-r1:lan" in fallen
    assert "mitaka:lan" not in fallen
    assert "mitaka-r1:carrier" in fallen
    assert len(fallen) == len(ESTATE.hosts["mitaka-r1"].interfaces)


def test_a_network_falls_with_every_line_to_it(subjects: dict[str, Subject]) -> None:
    lines = {line.name for line in ESTATE.lines if line.network == "carrier"} & set(WIRES)
    assert set(subjects["network carrier"].wires) == lines


def test_what_balancers_learn_by_checks_is_told_apart(subjects: dict[str, Subject]) -> None:
    checked = {name for name, subject in subjects.items() if subject.is_checked}
    centres = ("mitaka", "takaido", "kansai")
    assert checked == {f"link {site}-lb1:lan" for site in centres}


def test_who_is_cut_off_is_declared(subjects: dict[str, Subject]) -> None:
    cut = {name: subject for name, subject in subjects.items() if subject.cut}
    assert all(subject.is_single for subject in cut.values())
    for name in ("router kushiro-r1", "link kushiro:lan"):
        assert cut[name].cut == {"kushiro/records", "kushiro/payments"}
    for name in ("network carrier", "link kushiro-r1:carrier", "router mitaka-r1"):
        assert not subjects[name].cut
        assert not subjects[name].is_single
    # A centre's one switch moves its services and cuts no office off; it is told apart all the same.
    assert subjects["link mitaka:lan"].is_single
    assert not subjects["link mitaka:lan"].cut


def test_only_what_has_another_beside_it_is_taken_away_as_planned(
    subjects: dict[str, Subject], offices: tuple[Office, ...]
) -> None:
    sites = [office.site for office in offices]
    found = removable(ESTATE, CORE, tuple(subjects.values()), sites)
    centres = ("mitaka", "takaido", "kansai")
    routers = {f"router {site}-r{number}" for site in centres for number in (1, 2)}
    lines = {f"link {site}-r1:{network}" for site in sites for network in ("carrier", "ministry")}
    assert {subject.name for subject in found} == routers | lines
    mini = ESTATE.slice_hosts("mini")
    assert removable(ESTATE, mini, tuple(subjects.values()), ["takaoka"]) == ()


def test_another_estate_can_be_swept() -> None:
    estate = load_estate(Path(__file__).parents[2] / "examples" / "estate-small")
    names = estate.slice_hosts("core")
    found = offices_of(estate, names)
    assert {office.site for office in found} == {"miyako", "sakata"}
    assert all(office.streams == (f"{office.site}/policies",) for office in found)
    failing = subjects_of(estate, names, settled(estate, names), found)
    assert {"network north", "network coop", "router hachinohe-r1"} <= {s.name for s in failing}
    assert all(subject.is_single for subject in failing if subject.cut)


def test_who_stands_around_a_wire() -> None:
    assert set(around(ESTATE, CORE, ["mitaka-r1:carrier"])) == {"mitaka-r1", "carrier-pe1"}
    assert set(around(ESTATE, CORE, ["mitaka-r1:lan"])) == {"mitaka-r1"}
    assert set(around(ESTATE, CORE, ["mitaka:lan"])) == {"mitaka-r1", "mitaka-r2", "mitaka-lb1"}


def test_rounds_are_whole_shuffled_and_the_seeds_own(subjects: dict[str, Subject]) -> None:
    some = tuple(subjects.values())[:7]
    order = list(order_of(some, ("down", "silent"), 3, seed=5))
    for number in (1, 2, 3):
        tried = [(s.name, kind) for n, s, kind in order if n == number]
        assert len(tried) == 14
        assert len(set(tried)) == 14
    assert [n for n, _, _ in order] == [1] * 14 + [2] * 14 + [3] * 14
    assert order == list(order_of(some, ("down", "silent"), 3, seed=5))
    assert order != list(order_of(some, ("down", "silent"), 3, seed=6))
    assert [s.name for _, s, _ in order[:14]] != [s.name for _, s, _ in order[14:28]]

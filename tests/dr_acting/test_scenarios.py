"""Scenarios: those that ship are sound, faulty ones are refused with everything that is wrong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dr.areas import Areas
from dr.preflight import make_plan
from dr.real_load import INQUIRIES_PER_S, POSTINGS_PER_S, WRITE_SHARE, multiple_of_real
from dr.scenario import Patch
from dr.scenario_file import (
    SHIPPED,
    InvalidScenario,
    UnknownScenario,
    find_scenario,
    list_scenarios,
    read_scenario,
    scenario_folder,
)
from inventory import Estate, load_estate
from tests.estates import estate_of

FAULTY = Path(__file__).parent / "data" / "faulty"
EXAMPLES = Path(__file__).parents[2] / "examples"
CASES = sorted(path.stem for path in FAULTY.glob("*.yml"))


@pytest.fixture(scope="module")
def estate() -> Estate:
    return estate_of()


# Scenario → who conducts, sites and number of hosts that are struck, clusters that lose their leader, voters that are asked.
TOKYO = ("mitaka", "takaido")
KANSAI = ("kansai-etcd1", "sendai-etcd1", "fukuoka-etcd1")
BLASTS = {
    "etcd-loss": ("kansai-bastion1", (), 3, (), ("mitaka-etcd1", "takaido-etcd1")),
    "failback": ("kansai-bastion1", TOKYO, 18, ("records", "payments"), KANSAI),
    "kansai-loss": (
        "mitaka-bastion1",
        ("kansai",),
        14,
        (),
        ("mitaka-etcd1", "takaido-etcd1", "sendai-etcd1", "fukuoka-etcd1"),
    ),
    "leader-kill": (
        "kansai-bastion1",
        (),
        0,
        ("records",),
        ("mitaka-etcd1", "takaido-etcd1", *KANSAI),
    ),
    "mitaka-loss": (
        "kansai-bastion1",
        ("mitaka",),
        10,
        ("records",),
        ("takaido-etcd1", *KANSAI),
    ),
    **{
        name: (conductor, (), 0, (), ("mitaka-etcd1", "takaido-etcd1", *KANSAI))
        for name, conductor in (
            ("patch-services", "kansai-bastion1"),
            ("patch-reboot", "kansai-bastion1"),
            ("patch-bastion", "mitaka-bastion1"),
        )
    },
    "planned-switchover": (
        "kansai-bastion1",
        (),
        0,
        (),
        ("mitaka-etcd1", "takaido-etcd1", *KANSAI),
    ),
    "takaido-loss": (
        "kansai-bastion1",
        ("takaido",),
        8,
        ("payments",),
        ("mitaka-etcd1", *KANSAI),
    ),
    "tokyo-cut": ("kansai-bastion1", TOKYO, 18, ("records", "payments"), KANSAI),
    "tokyo-loss": ("kansai-bastion1", TOKYO, 18, ("records", "payments"), KANSAI),
    "tokyo-loss-one-copy": ("kansai-bastion1", TOKYO, 18, ("records", "payments"), KANSAI),
    "wrong-delete": (
        "kansai-bastion1",
        (),
        0,
        (),
        ("mitaka-etcd1", "takaido-etcd1", *KANSAI),
    ),
}


@pytest.mark.parametrize("name", list_scenarios(SHIPPED))
def test_shipped_scenarios_are_sound(estate: Estate, name: str) -> None:
    plan = make_plan(find_scenario(name, SHIPPED), estate)
    conductor, sites, hosts, clusters, voters = BLASTS[name]
    assert plan.scenario.name == name
    assert plan.conductor == conductor
    assert plan.conductor not in plan.blast.hosts
    assert plan.blast.sites == sites
    assert len(plan.blast.hosts) == hosts
    assert plan.blast.clusters == clusters
    assert len(plan.terminals) == 3
    assert set(plan.outside_voters) == set(voters)
    assert set(plan.areas.voters("witness")) == {"sendai-etcd1", "fukuoka-etcd1"}


def test_every_host_of_core_is_rebooted_by_one_of_them(estate: Estate) -> None:
    """Whoever adds a role to the estate adds it here; the twin shows the same in half an hour (tests/full)."""
    names = ("patch-reboot", "patch-bastion")
    steps = [step for name in names for step in find_scenario(name, SHIPPED).scenario.steps]
    roles = {role for step in steps if isinstance(step, Patch) for role in step.roles}
    booted = {estate.hosts[name].role for name in estate.slice_hosts("core")}
    assert roles >= booted - {"provider"}


def test_a_cut_takes_the_lines_to_both_networks_and_nothing_else(estate: Estate) -> None:
    plan = make_plan(find_scenario("tokyo-cut", SHIPPED), estate)
    assert len(plan.blast.lines) == 8
    assert all(name.split(":")[1] in ("carrier", "ministry") for name in plan.blast.lines)
    assert not plan.blast.is_deadly


def test_where_etcd_is_led_from_may_be_changed(estate: Estate) -> None:
    """`etcd_leader: tokyo` of the command line: an area by its own name."""
    read = find_scenario("tokyo-loss", SHIPPED).changed(etcd_leader="tokyo")
    plan = make_plan(read, estate)
    assert plan.areas.voters(plan.scenario.etcd_leader) == ("mitaka-etcd1", "takaido-etcd1")
    with pytest.raises(InvalidScenario, match="etcd_leader: 'okinawa' has nothing of this kind"):
        make_plan(read.changed(etcd_leader="okinawa"), estate)


def test_a_scenario_fits_a_smaller_slice(estate: Estate) -> None:
    plan = make_plan(find_scenario("tokyo-loss", SHIPPED).changed(slice="mini"), estate)
    assert plan.blast.sites == ("mitaka",)
    assert list(plan.clusters) == ["records"]
    assert list(plan.services) == ["records", "numbers"]


def test_the_other_estate_has_a_drill_that_fits_it() -> None:
    folder = EXAMPLES / "estate-small"
    [name] = list_scenarios(scenario_folder(folder))
    plan = make_plan(
        find_scenario(name, scenario_folder(folder)), load_estate(folder), estate_folder=folder
    )
    assert plan.blast.sites == ("hachinohe",)
    assert plan.conductor == "akita-bastion1"
    assert {t.office for t in plan.terminals} == {"miyako", "sakata"}
    assert plan.outside_voters == ("akita-etcd1", "otaru-etcd1")


def test_an_estate_of_its_own_has_scenarios_of_its_own(tmp_path: Path) -> None:
    assert scenario_folder(None) == SHIPPED
    assert scenario_folder(tmp_path) == tmp_path / "scenarios"
    with pytest.raises(UnknownScenario, match=r"no scenario 'tokyo-loss' in .*there are: none"):
        find_scenario("tokyo-loss", scenario_folder(tmp_path))


def refusal_of(path: Path, estate: Estate) -> str:
    try:
        make_plan(read_scenario(path), estate)
    except InvalidScenario as refused:
        return f"{refused}\n"
    return "accepted\n"


@pytest.mark.parametrize("name", CASES)
def test_faulty_scenarios_are_refused(estate: Estate, name: str) -> None:
    """`HIKAE_GOLDEN=write` writes the messages anew; review them by diff."""
    said = refusal_of(FAULTY / f"{name}.yml", estate)
    expected = FAULTY / f"{name}.txt"
    if os.environ.get("HIKAE_GOLDEN") == "write":
        expected.write_text(said, encoding="utf-8")
    assert said == expected.read_text(encoding="utf-8")
    assert said != "accepted\n"


def test_the_cases_are_there() -> None:
    assert len(CASES) >= 15


def test_the_load_is_that_of_the_policy() -> None:
    assert round(POSTINGS_PER_S, 1) == 9.1
    assert round(INQUIRIES_PER_S, 1) == 2.6
    assert pytest.approx(7 / 9) == WRITE_SHARE
    assert multiple_of_real(100) == pytest.approx(8.57, abs=0.01)


@pytest.mark.parametrize("word", ["main", "backup", "tokyo", "kinki", "tohoku", "kyushu"])
def test_an_area_never_holds_the_other_sides_centres(estate: Estate, word: str) -> None:
    areas = Areas(estate, estate.slice_hosts("core"))
    sites = areas.sites(word)
    assert all(estate.sites[site].kind == "centre" for site in sites)
    assert {estate.sites[site].area for site in sites} <= {areas.name(word)}

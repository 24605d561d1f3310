"""An estate that says only what is different from another: JSON Merge Patch over its sections, faults with their file."""

from __future__ import annotations

from pathlib import Path

import pytest

from inventory import Estate, InvalidEstate, load_estate
from inventory.check import check
from tests.estates import estate_of

SMALL = Path(__file__).parents[2] / "examples" / "estate-small"
VARIANTS = Path(__file__).parents[2] / "inventory" / "variants"


def write(folder: Path, text: str, base: object = SMALL) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "over.yml").write_text(f"based_on: {base}\n{text}", encoding="utf-8")
    return folder


def faults(folder: Path) -> list[str]:
    return [str(error) for error in check(folder).errors]


def test_nothing_said_is_the_same_estate(tmp_path: Path) -> None:
    assert load_estate(write(tmp_path / "a", "")) == estate_of(SMALL)


def test_a_key_a_list_and_a_null(tmp_path: Path) -> None:
    text = """
estate: {name: other, seats: 90}
sites:
  otaru: {seats: 6}
  miyako: {printers: 1}
lines: {kinds: {office: [{network: north}, {network: coop}]}}
slices: {mini: null}
"""
    estate, small = load_estate(write(tmp_path / "a", text)), estate_of(SMALL)
    assert (estate.name, estate.title) == ("other", small.title)
    assert estate.sites["otaru"].seats == 6
    assert estate.sites["otaru"].prefecture == "Hokkaido"
    assert estate.sites["miyako"].printers == 1
    assert [line.network for line in estate.lines if line.site == "miyako"] == ["north", "coop"]
    assert set(estate.slices) == {"core"}


def test_layers_lie_over_layers(tmp_path: Path) -> None:
    write(tmp_path / "one", "sites: {miyako: {printers: 1}}\n")
    two = write(
        tmp_path / "two", "sites: {miyako: {printers: 3}, sakata: {printers: 1}}\n", "../one"
    )
    estate = load_estate(two)
    assert estate.sites["miyako"].printers == 3
    assert estate.sites["sakata"].printers == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("sites: {narnia: null}", "over.yml:2: sites.narnia: takes away what the estate below does not have"),
        ("sites: {miyako: {seat: 4}}", "over.yml:2: sites.miyako.seat: is an unknown key; did you mean seats? "),
        ("sites: {miyako: {prefecture: null}}", "over.yml:2: sites.miyako.prefecture: is missing; add `prefecture:`"),
        ("sites: {miyako: {number: 32}}", f"{SMALL}/sites.yml:23: sites.sakata.number: 32 is the number of miyako already"),
        ("nonsense: 1", "over.yml:2: nonsense: is no section"),
    ],
)  # fmt: skip
def test_a_fault_names_the_file_that_it_stands_in(text: str, sentence: str, tmp_path: Path) -> None:
    assert any(found.startswith(sentence) for found in faults(write(tmp_path / "a", text + "\n")))


@pytest.mark.parametrize(
    ("base", "sentence"),
    [
        ("../nowhere", "over.yml:1: based_on: '../nowhere' holds no *.yml file; write a path from this folder"),
        ("../a", "over.yml:1: based_on: '../a' leads back to where it came from; end the chain at a whole estate"),
        ("../b", "../b/over.yml:1: based_on: '../a' leads back to where it came from"),
        ("[1]", "over.yml:1: based_on: is no folder; write a path from this folder"),
    ],
)  # fmt: skip
def test_a_base_that_is_none(base: str, sentence: str, tmp_path: Path) -> None:
    write(tmp_path / "b", "", "../a")
    (found,) = faults(write(tmp_path / "a", "", base))
    assert found.startswith(sentence)


def test_a_fault_of_the_base_is_told_with_its_folder(tmp_path: Path) -> None:
    write(tmp_path / "one", "sites: {miyako: {seats: x}}\n")
    found = faults(write(tmp_path / "two", "", "../one"))
    assert any(sentence.startswith("../one/over.yml:2: sites.miyako.seats") for sentence in found)


def test_load_refuses_it(tmp_path: Path) -> None:
    with pytest.raises(InvalidEstate):
        load_estate(write(tmp_path / "a", "", "../nowhere"))


# --- the shipped variants


@pytest.fixture(scope="module")
def day() -> Estate:
    """The network on the policy's day."""
    return estate_of(VARIANTS / "policy-day")


@pytest.fixture(scope="module")
def one_centre() -> Estate:
    """One centre in Tokyo."""
    return estate_of(VARIANTS / "one-tokyo-centre")


def test_the_policys_day_has_the_policys_figures(day: Estate) -> None:
    kinds = [site.kind for site in day.sites.values()]
    assert (kinds.count("bureau"), kinds.count("office")) == (47, 312)
    assert sum(site.seats for site in day.sites.values()) == 28_000
    tokyo = [s.name for s in day.sites.values() if s.kind == "centre" and s.prefecture == "Tokyo"]
    assert tokyo == ["mitaka", "takaido", "mita"]
    # Mita has Tokyo's records and nothing else.
    assert [s.name for s in day.services.values() if s.home_order[0] == "mita"] == ["records-tokyo"]


def test_every_branch_of_that_day_has_a_leased_line_and_isdn_behind_it(day: Estate) -> None:
    for site in day.sites.values():
        lines = [line for line in day.lines if line.site == site.name and line.router == 1]
        if site.shares or site.kind == "centre":
            continue
        assert lines[0].network in ("officenet", "bureaunet")
        assert lines[1].network == "isdn"
        assert lines[1].capacity_mbps < lines[0].capacity_mbps


def test_one_tokyo_centre_has_no_takaido_and_serves_all_from_mitaka(one_centre: Estate) -> None:
    assert "takaido" not in one_centre.sites
    assert {s.home_order[0] for s in one_centre.services.values()} == {"mitaka"}
    assert (
        sum(s.seats for s in one_centre.sites.values() if s.kind not in ("visiting", "partner"))
        == 28_000
    )

"""Two estates compared: the figures follow from the files, and a difference there is a difference here."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import jsonschema
import pytest

from cli.capacity_report import render_comparison
from cli.exits import Exit
from cli.main import main
from inventory import SHIPPED_ESTATE, Estate, load_estate
from inventory.capacity import Contract, Cover
from monitors.capacity.comparison import compare
from monitors.capacity.costs import PARTS, costs_of, quantity_of
from monitors.capacity.single_points import single_points
from tests.estates import estate_of

VARIANTS = SHIPPED_ESTATE.parent / "variants"
DATA = Path(__file__).parents[2] / "cli" / "data"
PAIRS = [
    (VARIANTS / "policy-day", SHIPPED_ESTATE),
    (SHIPPED_ESTATE, VARIANTS / "one-tokyo-centre"),
    (VARIANTS / "no-night-batch", SHIPPED_ESTATE),
]
PLAIN = Contract(
    "plain", "Plain", "契約", "lease", "somebody", date(2006, 4, 1), date(2008, 3, 31), Cover(),
    None, {"hardware": 70, "software": 30}, 1_000, 500, 0, "assumed",
)  # fmt: skip


@pytest.fixture(scope="module")
def today() -> Estate:
    return estate_of()


def _with(estate: Estate, *contracts: Contract) -> Estate:
    named = {contract.name: contract for contract in contracts}
    return replace(estate, capacity=replace(estate.capacity, contracts=named))


@pytest.mark.parametrize(
    ("since", "by_year"),
    [
        # Renewed on the same terms after its end; what is paid once is paid at the beginning.
        (date(2006, 4, 1), (1_500, 1_000, 1_000)),
        (date(2000, 4, 1), (1_500, 1_000, 1_000)),
        (date(2007, 10, 1), (0, 1_000, 1_000)),
        (date(2010, 4, 1), (0, 0, 0)),
    ],
)
def test_the_years_of_a_contract(today: Estate, since: date, by_year: tuple[int, ...]) -> None:
    found = costs_of(_with(today, replace(PLAIN, since=since)), 2006, 3)
    assert found.by_year == by_year


def test_parts_add_up_to_the_whole_whatever_is_rounded(today: Estate) -> None:
    odd = replace(PLAIN, yen_yearly=1_001, parts={"hardware": 33, "software": 33, "people": 34})
    found = costs_of(_with(today, odd), 2006, 3)
    for index, whole in enumerate(found.by_year):
        assert sum(found.by_part[part][index] for part in PARTS) == whole


@pytest.mark.parametrize(
    ("per", "covers", "count"),
    [
        ("host", Cover(roles=("database",)), 8),
        ("core", Cover(roles=("database",)), 8 * 32),
        ("host", Cover(roles=("database",), sites=("kansai",)), 4),
        ("site", Cover(kinds=("centre",)), 3),
        ("site", Cover(kinds=("centre",), sites=("sendai",)), 4),
        ("line", Cover(networks=("carrier",), sites=("kansai",)), 2),
        ("mbps", Cover(networks=("carrier", "ministry"), sites=("kansai",)), 4_000),
        (None, Cover(), 1),
    ],
)
def test_what_a_contract_counts(
    today: Estate, per: str | None, covers: Cover, count: float
) -> None:
    assert quantity_of(today, replace(PLAIN, per=per, covers=covers)) == count


def test_ending_a_contract_early_costs_its_fee_once(today: Estate) -> None:
    bound = replace(PLAIN, cancellation_yen=10_000, until=date(2010, 3, 31))
    free = replace(PLAIN, name="free", yen_yearly=100, yen_once=0)
    found = compare(_with(today, bound), _with(today, free), 2007, 3)
    assert found.fee_yen == 10_000
    assert found.saved_by_year == (1_500 - 100 - 10_000, 900, 900)
    assert found.pays_in_year is None
    longer = compare(_with(today, bound), _with(today, free), 2007, 15)
    assert longer.pays_in_year == 2017
    # Whoever waits for its end pays nothing, and nobody pays for what goes on.
    assert compare(_with(today, bound), _with(today, free), 2010, 3).fee_yen == 0
    assert compare(_with(today, bound), _with(today, bound), 2007, 3).fee_yen == 0


def test_the_policys_day_against_today(today: Estate) -> None:
    found = compare(estate_of(VARIANTS / "policy-day"), today, 2006, 5)
    # 110.8 billion yen a year (Board of Audit, fiscal 2004).
    assert found.a.costs.by_year[-1] == 110_800_000_000
    assert [fee.contract for fee in found.fees] == ["records-service"]
    # A saving of up to 52 billion a year was found possible in 2005 by others; ours has other assumptions.
    assert 45e9 < found.saved_by_year[-1] < 60e9
    assert any("records-tokyo: its data have no copy" in sentence for sentence in found.gained)
    assert {p.service: p.rto_s for p in found.promises}["records-tokyo"] == (60, None)


def test_one_centre_less_costs_less_rent_and_the_move(today: Estate) -> None:
    found = compare(today, estate_of(VARIANTS / "one-tokyo-centre"), 2006, 5)
    rent = [sum(side.costs.by_part["premises"]) for side in (found.a, found.b)]
    assert rent[1] < rent[0]
    assert found.saved_by_year[0] < 0 < found.saved_by_year[1]
    assert found.pays_in_year == 2007


def test_without_the_night_more_machines_are_needed(today: Estate) -> None:
    found = compare(estate_of(VARIANTS / "no-night-batch"), today, 2006, 5)
    assert found.a.resources.by_role["batch"].cores == 4 * found.b.resources.by_role["batch"].cores
    assert found.saved_total > 0


def test_a_service_with_one_home_is_a_single_point(today: Estate) -> None:
    assert not [one for one in single_points(today) if one.kind in ("site", "area")]
    alone = replace(today.services["records"], home_order=("mitaka",))
    found = single_points(replace(today, services={**today.services, "records": alone}))
    (point,) = [one for one in found if one.kind == "site"]
    assert (point.thing, point.loses) == ("mitaka", ("records",))
    # The area is not told again for what its site loses by itself.
    assert not [one for one in found if one.kind == "area"]


def test_copies_and_votes_in_one_area_are_single_points(today: Estate) -> None:
    records = today.clusters["records"]
    here = tuple(member for member in records.members if member.startswith("mitaka"))
    copied = {**today.clusters, "records": replace(records, members=here)}
    found = single_points(replace(today, clusters=copied))
    assert {(one.kind, one.thing) for one in found if "every copy" in one.sentence} == {
        ("site", "mitaka")
    }
    fewer = {n: h for n, h in today.hosts.items() if n not in ("sendai-etcd1", "fukuoka-etcd1")}
    voting = [one for one in single_points(replace(today, hosts=fewer)) if "votes" in one.sentence]
    assert [(one.kind, one.thing) for one in voting] == [("area", today.sites["mitaka"].area)]


@pytest.mark.parametrize(("a", "b"), PAIRS, ids=lambda path: path.name)
def test_the_verb_compares_and_writes_a_page_that_needs_nothing_else(
    a: Path, b: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "comparison.html"
    words = ["capacity", "compare", str(a), str(b), "--report", str(page), "--json"]
    assert main(words) == Exit.FINE
    found = json.loads(capsys.readouterr().out)
    jsonschema.validate(found, json.loads((DATA / "capacity-compare.schema.json").read_text()))
    assert json.loads(page.with_suffix(".json").read_text()) == found
    html = page.read_text(encoding="utf-8")
    assert html.count("<svg") == 3
    for outside in ("http://", "https://", "<script", "url("):
        assert outside not in html
    # Every figure of a contract says where it is from.
    for contract in load_estate(a).capacity.contracts.values():
        assert contract.source[:30].replace("'", "&#39;") in html


def test_words_from_the_files_are_escaped(today: Estate) -> None:
    sly = replace(PLAIN, title="<b>bold</b>", source="<script>")
    html = render_comparison(compare(_with(today, sly), _with(today, sly), 2006, 2))
    assert "<b>bold" not in html
    assert "<script>" not in html


def test_an_estate_without_contracts_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    small = Path(__file__).parents[3] / "examples" / "estate-small"
    assert main(["capacity", "compare", str(small), str(SHIPPED_ESTATE)]) == Exit.WRONG_CALL
    assert "write a section `contracts:`" in capsys.readouterr().err

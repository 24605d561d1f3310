"""Casts: who is on duty, and those that must not be: refused with everything that is wrong at once."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dr.cast import InvalidCast, ReadCast, read_cast
from dr.plan import Plan
from dr.preflight import make_plan
from dr.scenario_file import SHIPPED, InvalidScenario, find_scenario, scenario_folder
from inventory import Estate
from tests.estates import estate_of

CASTS = Path(__file__).parent / "data" / "casts"
EXAMPLE = Path(__file__).parents[2] / "examples" / "estate-small"
CASES = sorted(path.stem for path in CASTS.glob("*.yml"))


@pytest.fixture(scope="module")
def estate() -> Estate:
    return estate_of()


def plan_of(estate: Estate, cast: ReadCast | None = None, name: str = "tokyo-cut") -> Plan:
    return make_plan(find_scenario(name, SHIPPED), estate, cast=cast)


def refusal_of(path: Path, estate: Estate) -> str:
    try:
        plan_of(estate, read_cast(path))
    except (InvalidCast, InvalidScenario) as refused:
        return f"{refused}\n"
    return "accepted\n"


@pytest.mark.parametrize("name", CASES)
def test_faulty_casts_are_refused(estate: Estate, name: str) -> None:
    """`HIKAE_GOLDEN=write` writes the messages anew; review them by diff."""
    said = refusal_of(CASTS / f"{name}.yml", estate)
    expected = CASTS / f"{name}.txt"
    if os.environ.get("HIKAE_GOLDEN") == "write":
        expected.write_text(said, encoding="utf-8")
    assert said == expected.read_text(encoding="utf-8")
    assert said != "accepted\n"


def test_the_cases_are_there() -> None:
    assert len(CASES) >= 15


def test_without_a_cast_the_holders_are_on_duty(estate: Estate) -> None:
    plan = plan_of(estate)
    seats = {role: (seat.person, seat.is_deputy) for role, seat in plan.cast.seats.items()}
    assert seats == {
        "incident-commander": ("suzuki", False),
        "operations-director": ("sato", False),
        "network-chief": ("tanaka", False),
        "database-chief": ("watanabe", False),
    }
    assert plan.cast.person("machine") == ""


def test_the_first_deputy_at_hand_takes_over(estate: Estate) -> None:
    cast = plan_of(estate, ReadCast().without(["suzuki", "tanaka"])).cast
    assert cast.seats["incident-commander"].person == "nakamura"
    assert cast.seats["network-chief"].person == "yoshida"
    assert cast.seats["network-chief"].is_deputy
    assert cast.absent == ("suzuki", "tanaka")


def test_only_steps_in_which_a_person_acts_ask(estate: Estate) -> None:
    plan = plan_of(estate)
    assert {step: duty.asked for step, duty in plan.duties.items() if duty.asked} == {
        "lines-return": (
            ("decides", "incident-commander"),
            ("approves", "operations-director"),
        )
    }
    assert "Bring back one line of one centre" in plan.duties["lines-return"].text
    assert not any(duty.asked for duty in plan_of(estate, name="tokyo-loss").duties.values())


def test_one_deputy_in_two_roles_is_refused_until_one_is_given_away(
    estate: Estate, tmp_path: Path
) -> None:
    away = ["suzuki", "sato"]
    with pytest.raises(InvalidScenario) as refused:
        plan_of(estate, ReadCast().without(away))
    sentence = str(refused.value)
    for word in ("incident-commander", "operations-director", "nakamura", "kobayashi", "kato"):
        assert word in sentence
    file = tmp_path / "cast.yml"
    file.write_text("roles: {operations-director: kobayashi}\n")
    cast = plan_of(estate, read_cast(file).without(away)).cast
    assert cast.person("incident-commander") == "nakamura"
    assert cast.person("operations-director") == "kobayashi"


def test_on_the_other_estate_the_approver_may_not_be_the_actor() -> None:
    """Abe is the first deputy of the one who acts and of the one who decides."""
    scenario = find_scenario("hachinohe-loss", scenario_folder(EXAMPLE))
    small = estate_of(EXAMPLE)
    with pytest.raises(InvalidScenario) as refused:
        make_plan(
            scenario, small, estate_folder=EXAMPLE, cast=ReadCast().without(["kudo", "chiba"])
        )
    assert str(refused.value) == (
        "hachinohe-loss.yml:46: steps[3].who: 'it-lead' in step release acts and chairman "
        "decides, and abe is both: the approver would be the actor; give one of them to another "
        "person under `roles:` of a cast (it-lead: saito; chairman: nobody else is at hand)"
    )


@pytest.mark.parametrize("path", sorted((EXAMPLE / "casts").glob("*.yml")), ids=lambda p: p.stem)
def test_the_casts_of_the_example_are_sound(path: Path) -> None:
    cast = read_cast(path)
    scenario = find_scenario(str(cast.text.scenario), scenario_folder(EXAMPLE))
    plan = make_plan(scenario, estate_of(EXAMPLE), estate_folder=EXAMPLE, cast=cast)
    assert plan.cast.person("chairman") == "abe"
    assert plan.cast.script["release", "data-keeper"].after_s == 5


def test_the_cast_in_the_documentation_is_sound(estate: Estate, tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "people.md").read_text(encoding="utf-8")
    [text] = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    (tmp_path / "tonight.yml").write_text(text, encoding="utf-8")
    cast = plan_of(estate, read_cast(tmp_path / "tonight.yml")).cast
    assert cast.person("operations-director") == "kobayashi"
    assert cast.person("network-chief") == "yoshida"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidCast, match=r"cast\.yml:1: is no file: no such file"):
        read_cast(tmp_path / "cast.yml")


def test_absent_persons_of_the_command_line_are_checked_too(estate: Estate) -> None:
    with pytest.raises(InvalidScenario) as refused:
        plan_of(estate, ReadCast().without(["suzuki", "mori"]))
    assert str(refused.value).startswith("--absent:2: absent[1]: 'mori' is no person of the inve")


@settings(deadline=None)
@given(st.data())
def test_whoever_is_away_no_two_seats_of_a_step_are_one_person(
    estate: Estate, data: st.DataObject
) -> None:
    """Either a drill is refused, or actor, decider and approver are three persons at hand."""
    away = data.draw(st.lists(st.sampled_from(sorted(estate.persons)), unique=True, max_size=8))
    try:
        plan = plan_of(estate, ReadCast().without(away))
    except InvalidScenario:
        return
    for duty in plan.duties.values():
        people = [plan.cast.person(role) for _, role in duty.parts]
        assert all(people)
        assert not set(people) & set(away)
        if duty.asked:
            assert len(set(people)) == len(people)

"""Runbooks: well formed, and held to the drills that rehearse them."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dr import replacement
from dr.scenario import DISASTER, MACHINE, Scenario
from dr.scenario_file import find_scenario, list_scenarios, scenario_folder
from inventory import load_estate
from monitors.alerting.alert import read_alerts
from runbooks import SHIPPED, Heading, InvalidRunbook, Runbook, find_runbook, parse_runbook

EXAMPLES = Path(__file__).parents[2] / "examples"
SECTIONS = ("When", "Who decides", "What to check", "What to do", "How to undo")


@dataclass(frozen=True)
class Shelf:
    """The runbooks of one estate with the drills that rehearse them."""

    estate_folder: Path | None

    @property
    def folder(self) -> Path:
        return SHIPPED if self.estate_folder is None else self.estate_folder / "runbooks"

    def scenarios(self) -> list[Scenario]:
        folder = scenario_folder(self.estate_folder)
        return [find_scenario(name, folder).scenario for name in list_scenarios(folder)]

    def runbooks(self) -> list[Runbook]:
        names = sorted(path.stem for path in self.folder.glob("*.md"))
        found = [find_runbook(name, self.estate_folder) for name in names]
        return [runbook for runbook in found if runbook is not None]


SHELVES = [Shelf(None), Shelf(EXAMPLES / "estate-small")]
# Runbooks that a command walks through instead of a drill, with its steps.
WALKED = {replacement.RUNBOOK: replacement.STEPS}
# Runbooks that an alert opens at one of their headings; the shipped ones, whatever the estate.
OPENED = {tuple(alert.runbook.split("#")) for alert in read_alerts()}
RUNBOOKS = [pytest.param(s, r, id=r.name) for s in SHELVES for r in s.runbooks()]
SCENARIOS = [pytest.param(s, x, id=x.name) for s in SHELVES for x in s.scenarios()]


@pytest.mark.parametrize(("shelf", "runbook"), RUNBOOKS)
def test_every_runbook_has_the_five_parts_in_both_languages(shelf: Shelf, runbook: Runbook) -> None:
    parts = [heading.title for heading in runbook.headings if heading.level == 2]
    assert [part.split("（")[0] for part in parts] == list(SECTIONS)
    for heading in runbook.headings:
        assert re.search(r"（.+）", heading.title), f"{heading.title} has no Japanese"
        if heading.id:
            assert re.search(r"[ぁ-ん]", heading.text), f"{heading.id} says nothing in Japanese"


@pytest.mark.parametrize(("shelf", "runbook"), RUNBOOKS)
def test_every_heading_is_rehearsed_by_a_drill_walked_by_a_command_or_opened_by_an_alert(
    shelf: Shelf, runbook: Runbook
) -> None:
    if runbook.name in WALKED:
        assert runbook.ids == WALKED[runbook.name]
        return
    mine = [scenario for scenario in shelf.scenarios() if scenario.runbook == runbook.name]
    rehearsed = {step.runbook for scenario in mine for step in scenario.steps}
    shipped = shelf.estate_folder is None
    opened = {heading for name, heading in OPENED if shipped and name == runbook.name}
    assert set(runbook.ids) == rehearsed | opened


@pytest.mark.parametrize(("shelf", "scenario"), SCENARIOS)
def test_every_step_agrees_with_its_heading(shelf: Shelf, scenario: Scenario) -> None:
    runbook = find_runbook(scenario.runbook, shelf.estate_folder)
    assert runbook is not None
    for step in scenario.steps:
        heading = runbook.find(step.runbook)
        assert heading is not None, f"{scenario.name}: {step.id} refers to no heading"
        assert step.decides == heading.decides, step.id
        # A disaster may bring about what a heading tells people to watch.
        assert step.who in (heading.who, DISASTER), step.id
        assert heading.deadline_s is not None
        assert step.deadline_s <= heading.deadline_s, step.id


@pytest.mark.parametrize(("shelf", "runbook"), RUNBOOKS)
def test_every_role_of_a_runbook_is_held_by_somebody(shelf: Shelf, runbook: Runbook) -> None:
    roles = load_estate(shelf.estate_folder).roles
    for heading in runbook.headings:
        if heading.id:
            assert heading.who in {*roles, DISASTER, MACHINE, replacement.ON_SITE}
            assert heading.decides in roles
            assert set(heading.approves) <= set(roles)
    text = (shelf.folder / f"{runbook.name}.md").read_text(encoding="utf-8")
    endings = "chief|commander|director|officer|support|lead|keeper"
    named = set(re.findall(rf"`([a-z]+-(?:{endings})|chairman)`", text))
    assert named
    assert named <= set(roles)


def test_headings_and_their_duties() -> None:
    text = (
        "# Loss（喪失）\n\n## What to do\n\n### Look（確認） {#look}\n\n"
        "who: `chief` · decides: `commander` · deadline: 60 s\n\n- Look.\n\n"
        "```\n# no heading {#code}\n```\n"
    )
    runbook = parse_runbook("loss", text)
    assert runbook.title == "Loss（喪失）"
    assert runbook.ids == ("look",)
    heading = runbook.find("look")
    assert heading == Heading(
        id="look",
        title="Look（確認）",
        level=3,
        line=5,
        text=text.split("{#look}\n\n")[1].strip(),
        who="chief",
        decides="commander",
        deadline_s=60,
    )
    assert runbook.find("code") is None


def test_every_fault_of_a_runbook_is_named_at_once() -> None:
    text = "## A {#Über}\n\n## B {#b}\n\nwho: `x` · decides: `y` · deadline: 5 s\n\n## C {#b}\n"
    with pytest.raises(InvalidRunbook) as refused:
        parse_runbook("bad", text)
    assert str(refused.value).splitlines() == [
        "bad.md:1: id 'Über' is no name; use small letters, digits and hyphens, a letter first",
        (
            "bad.md:1: 'A' does not say who acts; write below it "
            "who: `role` · decides: `role` · deadline: 60 s"
        ),
        "bad.md:7: id 'b' stands twice; give each heading its own",
        (
            "bad.md:7: 'C' does not say who acts; write below it "
            "who: `role` · decides: `role` · deadline: 60 s"
        ),
        "bad.md:1: the runbook has no title; begin it with a line `# Title`",
    ]


@pytest.mark.parametrize(
    ("duty", "approves"),
    [
        ("who: `a` · decides: `b` · deadline: 60 s", ()),
        ("who: `a` · decides: `b` · approves: `c` · deadline: 60 s (in earnest, later)", ("c",)),
        ("who: `a` · decides: `b`\n· approves: `c`, `d` · deadline: 60 s", ("c", "d")),
    ],
)
def test_who_must_approve(duty: str, approves: tuple[str, ...]) -> None:
    heading = parse_runbook("loss", f"# Loss\n\n## Act {{#act}}\n\n{duty}\n").find("act")
    assert heading is not None
    assert (heading.who, heading.decides, heading.deadline_s) == ("a", "b", 60)
    assert heading.approves == approves


OUT_OF_PLACE = (
    "bad.md:3: 'Act' says `approves:` out of its place; write "
    "who: `role` · decides: `role` · approves: `role` · deadline: 60 s"
)


@pytest.mark.parametrize(
    ("duty", "fault"),
    [
        ("who: `a` · decides: `b` · approves: c · deadline: 60 s", OUT_OF_PLACE),
        ("who: `a` · decides: `b` · approves: · deadline: 60 s", OUT_OF_PLACE),
        ("who: `a` · decides: `b` · deadline: 60 s · approves: `c`", OUT_OF_PLACE),
        ("who: `a` · approves: `c` · decides: `b` · deadline: 60 s", OUT_OF_PLACE),
        (
            "who: `a` · decides: `b` · approves: `b` · deadline: 60 s",
            "bad.md:3: `b` decides and approves; name another role, the two are two persons",
        ),
        (
            "who: `a` · decides: `b` · approves: `a` · deadline: 60 s",
            "bad.md:3: `a` acts and approves; name another role, nobody approves their own act",
        ),
        (
            "who: `a` · decides: `b` · approves: `c`, `c` · deadline: 60 s",
            "bad.md:3: `c` approves twice; name each role once",
        ),
    ],
)
def test_an_approval_that_could_get_lost_is_refused(duty: str, fault: str) -> None:
    with pytest.raises(InvalidRunbook) as refused:
        parse_runbook("bad", f"# Bad\n\n## Act {{#act}}\n\n{duty}\n")
    assert str(refused.value) == fault


def test_every_shelf_rehearses_an_approval() -> None:
    """Without one, no drill would show that two persons are asked."""
    for shelf in SHELVES:
        asked = {
            heading.id for book in shelf.runbooks() for heading in book.headings if heading.approves
        }
        steps = [step for scenario in shelf.scenarios() for step in scenario.steps]
        assert asked & {step.runbook for step in steps if step.who not in (DISASTER, MACHINE)}


def test_a_runbook_that_nobody_wrote() -> None:
    assert find_runbook("osaka-loss") is None


@given(st.text(alphabet="# ab`{}\n第", max_size=80))
def test_any_text_is_a_runbook_or_refused(text: str) -> None:
    with contextlib.suppress(InvalidRunbook):
        runbook = parse_runbook("any", text)
        assert len(set(runbook.ids)) == len(runbook.ids)

"""People in a drill on the simulated estate: asked in turn, timed apart, and never passed over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from dr import scenario as s
from dr.approvals import Question, Reply, Scripted
from dr.cast import ReadCast, read_cast
from dr.evidence import PeopleStep
from dr.plan import Plan
from dr.preflight import make_plan
from dr.runner import Outcome, run_drill
from dr.scenario_file import SHIPPED, find_scenario
from inventory import Estate
from tests.dr_acting.world import World
from tests.estates import estate_of

RUN = "00000000-0000-0000-0000-000000000007"


@pytest.fixture(scope="module")
def estate() -> Estate:
    return estate_of()


@pytest.fixture
def planned(estate: Estate, tmp_path: Path) -> Callable[..., Plan]:
    def make(cast: str = "", name: str = "tokyo-cut", **changes: Any) -> Plan:
        file = tmp_path / "cast.yml"
        file.write_text(cast or "absent: []\n")
        read = find_scenario(name, SHIPPED).changed(**changes)
        return make_plan(read, estate, cast=read_cast(file))

    return make


def drill(world: World, **kit: Any) -> Outcome:
    kit.setdefault("approvals", Scripted(world.plan.cast.script))
    return run_drill(world.plan, world.kit(**kit), run_id=RUN)


def step_of(outcome: Outcome, name: str) -> PeopleStep:
    return next(step for step in outcome.evidence.people if step.id == name)


@dataclass
class Watching(Scripted):
    """A script that writes down what was asked, and how often it was looked at."""

    asked: list[Question] = field(default_factory=list)
    looks: int = 0
    closed: int = 0

    def ask(self, question: Question) -> None:
        self.asked.append(question)
        super().ask(question)

    def reply(self, now: float) -> Reply | None:
        self.looks += 1
        return super().reply(now)

    def close(self) -> None:
        self.closed += 1
        super().close()


def test_two_persons_are_asked_before_the_lines_come_back(planned: Callable[..., Plan]) -> None:
    world = World(
        planned(
            """
answers:
  - {step: lines-return, role: incident-commander, after_s: 3, words: all served}
  - {step: lines-return, role: operations-director, after_s: 4}
"""
        )
    )
    approvals = Watching(world.plan.cast.script)
    outcome = drill(world, approvals=approvals)
    assert outcome.verdict.reasons == ()
    step = step_of(outcome, "lines-return")
    assert [(a.part, a.role, a.person, a.said, a.source, a.words) for a in step.answers] == [
        ("decides", "incident-commander", "suzuki", "yes", "scripted", "all served"),
        ("approves", "operations-director", "sato", "yes", "scripted", ""),
    ]
    assert (step.actor, step.decider, step.approvers) == ("tanaka", "suzuki", ("sato",))
    assert step.started is not None
    assert step.asked_at == step.started
    assert step.decided_at is not None
    assert step.acted_at is not None
    assert step.done_at is not None
    [approved_at] = step.approved_at
    assert step.decided_at == pytest.approx(step.asked_at + 3, abs=0.3)
    assert approved_at == pytest.approx(step.decided_at + 4, abs=0.3)
    assert step.started <= step.decided_at <= approved_at <= step.acted_at <= step.done_at
    # The estate is struck, healed and served as ever, and the lines waited for both.
    assert world.healed_at == step.acted_at
    # Asking never waits: the drill looked many times, and took every question back.
    assert approvals.looks > 20
    assert approvals.closed == len(approvals.asked) == 2
    first = approvals.asked[0]
    assert first.actor == "tanaka"
    assert first.until == (world.fault_at or 0) + 120
    assert "承認の前に" in first.text
    # The estate was watched all the while.
    fault = outcome.evidence.moments.fault or 0
    seen = [o.at for o in outcome.evidence.etcd if step.asked_at < o.at < approved_at]
    assert len(seen) > 50
    assert any(
        "incident-commander (suzuki) decides: yes" in e.text for e in outcome.evidence.events
    )
    # After the outage nobody in it was waited for.
    assert outcome.verdict.rto_s == outcome.verdict.rto_without_people_s
    assert step.asked_at - fault > (outcome.verdict.rto_s or 0)
    assert "2 of 2 answers were scripted" in outcome.evidence.honesty[-1].what


def test_without_a_script_everybody_says_yes_at_once_and_it_is_written(
    planned: Callable[..., Plan],
) -> None:
    plan = planned()
    outcome = run_drill(plan, World(plan).kit())
    step = step_of(outcome, "lines-return")
    assert {answer.source for answer in step.answers} == {"scripted"}
    assert step.decided_at == step.asked_at
    assert outcome.verdict.decision == "passed"


def test_a_machine_asks_nobody(planned: Callable[..., Plan]) -> None:
    outcome = drill(World(planned(name="tokyo-loss")))
    assert all(step.answers == () for step in outcome.evidence.people)
    assert all(step.acted_at == step.started for step in outcome.evidence.people)
    assert [step.actor for step in outcome.evidence.people] == [""] * 5
    deciders = ["inoue", "suzuki", "sato", "suzuki", "inoue"]
    assert [step.decider for step in outcome.evidence.people] == deciders
    assert outcome.evidence.honesty == ()
    assert outcome.verdict.people_s == 0


def test_a_no_leaves_the_lines_down_and_fails_the_drill(planned: Callable[..., Plan]) -> None:
    world = World(
        planned(
            """
answers:
  - {step: lines-return, role: operations-director, answer: refuse, words: a third writer}
"""
        )
    )
    outcome = drill(world)
    assert outcome.verdict.decision == "failed"
    assert outcome.verdict.reasons[0] == (
        "step 'The lines come back' was not done: operations-director (sato) said no: "
        "a third writer"
    )
    assert all(why.endswith("the step before it failed") for why in outcome.verdict.reasons[1:])
    step = step_of(outcome, "lines-return")
    assert not step.done
    assert step.approved_at == ()
    assert step.decided_at is not None
    assert step.acted_at is None
    assert outcome.evidence.moments.heal is None
    assert step_of(outcome, "rejoin").note == "not taken: the step before it failed"
    # The way back is not asked for: the lines are restored when the drill is undone.
    assert world.cut_off == set()


def test_the_first_no_ends_the_asking(planned: Callable[..., Plan]) -> None:
    world = World(
        planned("answers: [{step: lines-return, role: incident-commander, answer: refuse}]")
    )
    [answer] = step_of(drill(world), "lines-return").answers
    assert (answer.part, answer.said) == ("decides", "no")


def test_no_answer_before_the_deadline(planned: Callable[..., Plan]) -> None:
    world = World(
        planned("answers: [{step: lines-return, role: operations-director, after_s: 900}]")
    )
    outcome = drill(world)
    step = step_of(outcome, "lines-return")
    fault = outcome.evidence.moments.fault or 0
    assert step.ended == pytest.approx(fault + 120, abs=0.5)
    assert [(answer.said, answer.at is None) for answer in step.answers] == [
        ("yes", False),
        ("nothing", True),
    ]
    assert step.note.startswith("operations-director (sato) gave no answer in ")
    assert outcome.verdict.decision == "failed"
    assert outcome.evidence.moments.heal is None


def asking_after(plan_of: Callable[..., Plan], cast: str, *, before_fault: bool = False) -> Plan:
    """`tokyo-cut` with a step that a person takes right after the disaster, or right before it."""
    steps = find_scenario("tokyo-cut", SHIPPED).scenario.steps
    step = s.WaitSeconds(
        id="warn",
        kind="wait_s",
        seconds=1,
        title="The offices are warned",
        title_ja="事務所への連絡",
        who="network-chief",
        decides="incident-commander",
        deadline_s=60,
        runbook="return",
    )
    at = 0 if before_fault else 1
    return plan_of(cast, steps=(*steps[:at], step, *steps[at:]))


def test_waiting_for_people_inside_the_outage_is_told_apart(planned: Callable[..., Plan]) -> None:
    cast = """
answers:
  - {step: warn, role: incident-commander, after_s: 6}
  - {step: warn, role: operations-director, after_s: 4}
"""
    outcome = drill(World(asking_after(planned, cast)))
    verdict = outcome.verdict
    assert verdict.decision == "passed"
    assert verdict.rto_s == pytest.approx(22, abs=1)
    assert verdict.people_s == pytest.approx(10, abs=0.7)
    assert verdict.rto_without_people_s == pytest.approx(12, abs=1.7)
    assert set(verdict.rto_without_people_s_by_office) == set(verdict.rto_s_by_office)


def test_a_no_before_the_fault_gives_the_drill_up(planned: Callable[..., Plan]) -> None:
    cast = "answers: [{step: warn, role: incident-commander, answer: refuse, words: not today}]"
    world = World(asking_after(planned, cast, before_fault=True))
    outcome = drill(world)
    assert outcome.verdict.decision == "aborted"
    assert outcome.verdict.reasons == (
        "step warn: incident-commander (suzuki) said no: not today: no verdict",
    )
    assert world.did("cut") == []
    # What was said is kept, though there is no verdict.
    assert [answer.said for answer in step_of(outcome, "warn").answers] == ["no"]


def test_an_interruption_while_people_are_asked_is_undone(planned: Callable[..., Plan]) -> None:
    world = World(planned("answers: [{step: lines-return, role: incident-commander, after_s: 60}]"))
    approvals = Watching(world.plan.cast.script)
    pending = [KeyboardInterrupt()]

    def interrupt(_: World) -> None:
        if pending and approvals.asked:
            raise pending.pop()

    world.on_sleep = interrupt
    outcome = drill(world, approvals=approvals)
    assert outcome.was_interrupted
    assert approvals.closed == 1
    assert world.cut_off == set()


def test_everybody_who_is_there_is_on_record(planned: Callable[..., Plan]) -> None:
    cast = """
absent: [tanaka]
participants: [kimura]
observers: [shimizu]
"""
    outcome = drill(World(planned(cast)))
    found = {player.person: player for player in outcome.evidence.cast}
    assert found["yoshida"].roles == found["yoshida"].deputises == ("network-chief",)
    assert found["suzuki"].roles == ("incident-commander",)
    assert found["suzuki"].deputises == ()
    assert {name: player.attendance for name, player in found.items()} == {
        "suzuki": "participant",
        "sato": "participant",
        "yoshida": "participant",
        "watanabe": "participant",
        "kimura": "participant",
        "shimizu": "observer",
        "tanaka": "absent",
    }
    assert found["shimizu"].title_ja == "清水 博"
    assert step_of(outcome, "lines-return").actor == "yoshida"


def test_the_cast_of_the_command_line_reaches_the_drill(estate: Estate) -> None:
    read = find_scenario("tokyo-cut", SHIPPED)
    plan = make_plan(read, estate, cast=ReadCast().without(["suzuki"]))
    step = step_of(drill(World(plan)), "lines-return")
    assert step.decider == "nakamura"

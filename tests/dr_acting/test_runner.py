"""The order of a drill on a simulated estate: what is done, what is undone, when it is given up.

The estate is simulated because hosts that die need a twin; the drills on the twin are the real test.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from dr.expectation import unmet
from dr.plan import Plan
from dr.preflight import make_plan
from dr.runner import Outcome, run_drill
from dr.scenario_file import SHIPPED, find_scenario
from inventory import Estate
from tests.dr_acting.watched import BEGIN
from tests.dr_acting.world import World
from tests.estates import estate_of

RUN = "00000000-0000-0000-0000-000000000007"


@pytest.fixture(scope="module")
def estate() -> Estate:
    return estate_of()


@pytest.fixture
def planned(estate: Estate) -> Callable[..., Plan]:
    def make(name: str, **changes: Any) -> Plan:
        return make_plan(find_scenario(name, SHIPPED).changed(**changes), estate)

    return make


def drill(world: World, **kit: Any) -> Outcome:
    return run_drill(world.plan, world.kit(**kit), run_id=RUN)


def as_expected(world: World, outcome: Outcome) -> tuple[str, ...]:
    return unmet(world.plan.scenario.expect, outcome.evidence, outcome.verdict)


def names(world: World) -> list[str]:
    return list(dict.fromkeys(act for act, _ in world.acts))


def test_a_drill_that_passes(planned: Callable[..., Plan]) -> None:
    world = World(planned("tokyo-loss"))
    outcome = drill(world)
    assert outcome.verdict.reasons == ()
    assert outcome.verdict.decision == "passed"
    assert outcome.undo_failures == ()
    assert as_expected(world, outcome) == ()
    evidence, plan = outcome.evidence, world.plan
    assert outcome.verdict.rto_s == pytest.approx(22, abs=1)
    assert world.did("crash") == [plan.blast.hosts]
    assert world.did("boot") == [plan.blast.hosts]
    assert evidence.moments.fault == world.fault_at
    assert evidence.leaders == {"records": "kansai-db1", "payments": "kansai-db3"}
    assert all(person.done for person in evidence.people)
    steps = ["pay-run", "loss", "takeover", "service", "pay-run"]
    assert [person.heading for person in evidence.people] == steps
    # Nobody's pensions are paid from real books.
    assert (evidence.pay_run, world.did("pay make")) == (None, [])
    assert {dead.host for dead in evidence.dead} == set(plan.blast.hosts)
    assert len(evidence.transactions) > 3000
    assert evidence.history_problems == ()
    assert {s.host for s in evidence.writer_samples} == set(plan.databases)
    assert {t.host for t in plan.terminals} == {
        host for host, _ in world.did("get") if "-t" in host
    }
    # The dead are read from their disks, the living in-band.
    assert {host for host, _ in world.did("read_disk")} == set(plan.blast.hosts) & set(
        plan.databases
    )
    assert evidence.hosts == 44
    assert evidence.memory_peak_mb == 3000
    assert evidence.load.multiple_of_real == pytest.approx(6.86, abs=0.01)
    assert evidence.versions["PostgreSQL"] == "15.20"
    assert evidence.settings["records: ttl"] == "20"
    assert evidence.settings["etcd led at the fault by"] == "sendai-etcd1"
    # The programs are removed from everybody, also from those that were booted again.
    batch = {"mitaka-batch1", "takaido-batch1", "kansai-batch1"}
    assert set(world.did("rm")) == {t.host for t in plan.terminals} | set(plan.databases) | batch
    assert "stop hikae-etcd-leader-home.timer" not in names(world)
    assert names(world)[-1] == "stop observing"


def test_everybody_is_asked_from_outside_the_disaster(planned: Callable[..., Plan]) -> None:
    world = World(planned("tokyo-loss"))
    drill(world)
    assert world.did("observe") == [("kansai-etcd1", "sendai-etcd1", "fukuoka-etcd1")]


def test_a_disposable_estate_is_not_booted_again(planned: Callable[..., Plan]) -> None:
    world = World(planned("tokyo-loss"))
    outcome = drill(world, is_disposable=True)
    assert outcome.verdict.decision == "passed"
    assert world.did("boot") == world.did("rm") == []
    run = outcome.evidence.pay_run
    assert run is not None
    assert (run.started_on, run.parts_before, run.parts) == ("mitaka-batch1", 3, 400)
    assert (run.finished_on, run.payments, run.tries) == ("kansai-batch1", 5_000, 1)
    assert run.files == {"20250613-manifest.json": "0a1b"}
    assert world.did("pay make") == ["mitaka-batch1"]
    assert world.did("pay run") == world.did("pay ledger") == ["kansai-batch1"]


@pytest.mark.parametrize(
    ("changed", "verdict", "sentence"),
    [
        ({"parts_done": 401}, "aborted", "the pay run was over (401 of 400 parts) before"),
        ({"parts_done": 0}, "aborted", "the pay run on mitaka-batch1 did not begin to pay"),
        ({"pay_differences": ("one is lost",)}, "failed", "the books differ: one is lost"),
    ],
)
def test_a_pay_run_that_proves_nothing_is_no_success(
    planned: Callable[..., Plan], changed: dict[str, Any], verdict: str, sentence: str
) -> None:
    outcome = drill(World(planned("tokyo-loss"), **changed), is_disposable=True)
    assert outcome.verdict.decision == verdict
    assert sentence in str(outcome.verdict.reasons)


def test_etcd_led_from_the_disaster_area(planned: Callable[..., Plan]) -> None:
    world = World(planned("tokyo-loss", etcd_leader="tokyo"))
    outcome = drill(world)
    assert outcome.verdict.decision == "passed"
    assert world.did("move-leader") == [("sendai-etcd1", "1")]
    assert outcome.evidence.settings["etcd led at the fault by"] == "mitaka-etcd1"
    order = names(world)
    stop, start = (f"{verb} hikae-etcd-leader-home.timer" for verb in ("stop", "start"))
    assert order.index(stop) < order.index("move-leader") < order.index("crash")
    assert order.index("crash") < order.index("boot") < order.index("rm")
    assert set(world.did(stop)) == set(world.plan.voters)
    assert set(world.did(start)) >= {"kansai-etcd1", "sendai-etcd1", "fukuoka-etcd1"}


def test_a_lead_that_goes_home_before_the_fault_gives_the_drill_up(
    planned: Callable[..., Plan],
) -> None:
    world = World(planned("tokyo-loss", etcd_leader="tokyo"))

    def go_home(world: World) -> None:
        if world.started_at is not None and world.now_s > world.started_at + 5:
            world.etcd_leader = "sendai-etcd1"

    world.on_sleep = go_home
    outcome = drill(world)
    assert outcome.verdict.decision == "aborted"
    assert outcome.verdict.reasons == (
        "etcd is led by sendai-etcd1 at the fault, the scenario wants tokyo",
    )
    assert world.did("crash") == []


def test_a_lead_away_from_home_is_sent_home(planned: Callable[..., Plan]) -> None:
    world = World(planned("tokyo-loss"), etcd_leader="mitaka-etcd1")
    assert drill(world).verdict.decision == "passed"
    assert world.did("start hikae-etcd-leader-home.service") == ["mitaka-etcd1"]


def test_a_lead_that_does_not_move_gives_the_drill_up(planned: Callable[..., Plan]) -> None:
    world = World(planned("tokyo-loss", etcd_leader="main"), goes_home_by_itself=True)
    assert drill(world).verdict.reasons == ("etcd's lead did not move to main in 60 s",)
    assert set(world.did("start hikae-etcd-leader-home.timer")) == set(world.plan.voters)


def test_no_steady_state_no_verdict(planned: Callable[..., Plan]) -> None:
    world = World(planned("tokyo-loss"), is_served=False)
    outcome = drill(world)
    assert outcome.verdict.decision == "aborted"
    assert outcome.verdict.reasons == (
        (
            "the steady state was not reached in 180 s: kushiro: 0 of 260 records writes "
            "acknowledged: no verdict"
        ),
    )
    assert world.did("crash") == []
    # A ledger that is read while clients still write lacks what they are told afterwards.
    done = [name for name, _ in world.acts]
    assert done.index("stop clients") < done.index("ledger")
    batch = set(world.plan.areas.hosts_with("batch"))
    assert set(world.did("rm")) - batch == {t.host for t in world.plan.terminals} | set(
        world.plan.databases
    )


def test_an_estate_that_is_led_from_elsewhere_is_not_struck(planned: Callable[..., Plan]) -> None:
    world = World(planned("tokyo-loss"), led_from="backup")
    outcome = drill(world)
    assert outcome.verdict.reasons == (
        (
            "cluster records is led by kansai-db1, not from the disaster area tokyo: "
            "bring its leader home before the drill"
        ),
    )
    assert world.did("crash") == []


def test_a_pause_is_no_time_for_a_drill(planned: Callable[..., Plan]) -> None:
    outcome = drill(World(planned("tokyo-loss"), paused=True))
    assert outcome.verdict.reasons == (
        "Patroni is paused in cluster records: end the pause before a drill",
    )


def test_a_host_that_takes_no_program(planned: Callable[..., Plan]) -> None:
    outcome = drill(World(planned("tokyo-loss"), can_write=False))
    assert outcome.verdict.decision == "aborted"
    assert "could not be written: disk full" in outcome.verdict.reasons[0]


def test_one_copy_is_refused(planned: Callable[..., Plan]) -> None:
    world = World(planned("tokyo-loss-one-copy"))
    outcome = drill(world)
    assert outcome.verdict.decision == "failed"
    sentence = (
        "no replica in Kansai is known to hold every acknowledged commit (/sync names none); "
        "promotion refused"
    )
    assert outcome.verdict.reasons[0] == sentence
    evidence = outcome.evidence
    assert as_expected(world, outcome) == ()
    assert as_expected(world, replace(outcome, evidence=replace(evidence, bytes_at_risk={}))) == (
        "no bytes are at risk on the dead leader's disk: the run shows nothing",
    )
    assert evidence.people[-1].note == sentence
    assert world.did("block") == [(("mitaka", "takaido"), ("kansai",), 5432)]
    assert evidence.bytes_at_risk == {"records": 0x10100, "payments": 0x10100}
    assert outcome.verdict.fates["acked_at_risk"] > 100
    assert evidence.leaders == {"records": None, "payments": None}
    # The refusal was watched for three loops, and everything that was dropped was let through.
    assert evidence.people[-1].ended is not None
    assert world.fault_at is not None
    assert evidence.people[-1].ended - world.fault_at > 18 + 15
    assert len(world.did("unblock")) == 1
    # Ten seconds of work on one copy.
    assert world.blocked_at is not None
    assert world.fault_at - world.blocked_at > 10


def test_a_cut_heals_as_a_step(planned: Callable[..., Plan]) -> None:
    world = World(planned("tokyo-cut"))
    outcome = drill(world)
    assert outcome.verdict.reasons == ()
    assert world.did("cut") == [world.plan.blast.lines]
    assert world.did("heal") == [world.plan.blast.lines]
    assert world.did("crash") == world.did("boot") == []
    assert outcome.evidence.moments.heal == world.healed_at
    assert outcome.evidence.dead == ()
    assert not outcome.evidence.hosts_died
    terms = outcome.verdict.terms["records"]
    assert terms.margin_s is not None
    assert terms.margin_s > 9
    assert as_expected(world, outcome) == ()
    assert all(person.done for person in outcome.evidence.people)


def test_nobody_takes_over(planned: Callable[..., Plan]) -> None:
    world = World(planned("tokyo-loss"), takes_over_after_s=None)
    outcome = drill(world)
    assert outcome.verdict.decision == "failed"
    assert as_expected(world, outcome) == (
        "the verdict is failed, expected passed",
        "the worst office took None s, expected at most 30 s",
    )
    *_, takeover, service, resume = outcome.evidence.people
    assert not service.done
    assert service.note == resume.note == "not taken: the step before it failed"
    assert takeover.note == (
        "records: nobody holds the leader key; payments: nobody holds the leader key"
    )
    assert world.did("boot") == [world.plan.blast.hosts]


@pytest.mark.parametrize("scenario", ["tokyo-loss", "tokyo-cut", "tokyo-loss-one-copy"])
@pytest.mark.parametrize("after_s", [2, 8, 20, 26, 40, 48])
def test_an_interruption_at_any_time_is_undone(
    planned: Callable[..., Plan], scenario: str, after_s: float
) -> None:
    world = World(planned(scenario))
    pending = [KeyboardInterrupt()]

    def interrupt(world: World) -> None:
        if pending and world.now_s > BEGIN + after_s:
            raise pending.pop()

    world.on_sleep = interrupt
    outcome = drill(world)
    assert not pending
    assert outcome.was_interrupted
    assert outcome.verdict.decision == "aborted"
    assert outcome.verdict.reasons == ("the drill was interrupted: no verdict",)
    assert world.dead == world.cut_off == set()
    if world.blocked_at is not None:
        assert world.did("unblock")
    assert world.acts[-1] == ("stop observing", None)


def test_a_defect_is_raised_after_the_undo(planned: Callable[..., Plan]) -> None:
    world = World(planned("tokyo-loss"))

    def break_down(world: World) -> None:
        if world.fault_at is not None:
            world.on_sleep = lambda _: None
            raise RuntimeError("a defect")

    world.on_sleep = break_down
    with pytest.raises(RuntimeError, match="a defect"):
        drill(world)
    assert world.did("boot") == [world.plan.blast.hosts]
    assert world.acts[-1] == ("stop observing", None)

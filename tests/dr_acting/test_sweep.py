"""The sweep against a simulated network: what it measures, what it waits for, and that all is undone."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from dr.failure import DrillAborted
from dr.layout import Layout
from dr.sweep.document import Swept, document_of
from dr.sweep.earlier import read_earlier
from dr.sweep.figures import figures_of
from dr.sweep.planned import Planned
from dr.sweep.run import Plan, sweep
from dr.sweep.streams import clean
from dr.sweep.subjects import Subject, offices_of
from dr.sweep.sweeper import CHECKED_S, NOTICED_S, STEADY_S
from dr.sweep.trial import Kind
from dr.sweep.ways import CLEAN, HEAL
from dr.sweep.ways import LINE as LEAD_TO_LINE
from inventory.transport import Completed
from proof import Heading, Journal, find_broken
from tests.dr_acting.ether import NEVER, Ether, subject
from tests.dr_acting.patched import Patched
from tests.estates import estate_of

ESTATE = estate_of()
CORE = ESTATE.slice_hosts("core")
HEADING = Heading("net sweep", "net sweep", "shaho", "twin", "tanaka", "operator", "CHG-1", 1000.0)
LINE = "takaoka-r1:carrier"
STREAM = "takaoka/records"
LOSES = subject(f"link {LINE}", LINE)
IDLE = subject("link takaoka-r1:ministry", "takaoka-r1:ministry")
ONLY = subject(
    "link kushiro:lan", "kushiro:lan", cut=("kushiro/records", "kushiro/payments"), is_single=True
)
ROUTER = subject("router mitaka-r1", "mitaka-r1:carrier", "mitaka-r1:lan")


@pytest.fixture
def ether() -> Ether:
    found = Ether(ESTATE, CORE, offices_of(ESTATE, CORE))
    found.hurts = {
        LINE: {STREAM: 0.12},
        "kushiro:lan": {"kushiro/records": NEVER, "kushiro/payments": NEVER},
    }
    return found


def plan(*subjects: Subject, kinds: tuple[Kind, ...] = ("down",), times: int = 1) -> Plan:
    return Plan("core", subjects, kinds, times, 5)


def test_a_gap_is_measured_and_given_back(ether: Ether) -> None:
    swept, left = sweep(plan(LOSES, kinds=("down", "silent")), ether.sweeper(), None)
    assert left == ()
    assert swept.reasons == []
    assert {trial.kind for trial in swept.trials} == {"down", "silent"}
    for trial in swept.trials:
        assert trial.gap_ms == pytest.approx(120, abs=10)
        assert trial.gaps == {STREAM: trial.gap_ms}
        assert trial.lost == trial.gap_ms / 10
        assert (trial.return_ms, trial.not_healed, trial.note) == (0, (), "")
        assert trial.healed_s == pytest.approx(0.12, abs=0.02)
    assert ether.did("cut") == [(LINE,)]
    assert ether.did("mute") == [(LINE,)]
    assert ether.is_clean()


def test_what_was_tried_is_not_tried_again(ether: Ether, tmp_path: Path) -> None:
    """A sweep that is killed leaves what it knew after its last whole round, and the next sitting goes on there."""
    whole = plan(LOSES, IDLE, kinds=("down", "silent"), times=3)
    kept: list[Swept] = []
    sweep(whole, ether.sweeper(), None, keep=kept.append)
    under_way = kept[2]
    assert under_way.verdict == "aborted"
    assert [trial.number for trial in under_way.trials] == [1] * 4 + [2] * 4

    document = json.loads(json.dumps(document_of(under_way, None)))
    going_on = replace(whole, earlier=read_earlier(document))
    assert going_on.count == 4
    swept, _ = sweep(going_on, ether.sweeper(), None)
    assert len(swept.sittings) == 2
    assert swept.verdict == "passed"
    tried = sorted((t.number, t.subject, t.kind) for t in swept.trials)
    assert tried == sorted((n, s.name, kind) for n, s, kind in whole.left())
    assert len(set(tried)) == 12


def test_a_failure_lasts_until_those_who_bear_it_can_be_seen(ether: Ether) -> None:
    for kind in ("down", "silent"):
        sweeper = ether.sweeper()
        sweeper.begin([IDLE])
        before = ether.now_s
        sweeper.strike(IDLE, kind, 1)
        healed = ether.returned
        assert NOTICED_S[kind] + STEADY_S <= healed - before < NOTICED_S[kind] + STEADY_S + 1


def test_one_that_balancers_must_notice_lasts_longer(ether: Ether) -> None:
    sweeper = ether.sweeper()
    checked = replace(IDLE, is_checked=True)
    sweeper.begin([checked])
    before = ether.now_s
    sweeper.strike(checked, "down", 1)
    assert CHECKED_S + STEADY_S <= ether.returned - before < CHECKED_S + STEADY_S + 1


def test_the_way_back_is_measured_apart(ether: Ether) -> None:
    ether.stings = {LINE: {STREAM: 0.4}}
    swept, _ = sweep(plan(LOSES), ether.sweeper(), None)
    (trial,) = swept.trials
    assert trial.gap_ms == pytest.approx(120, abs=10)
    assert trial.return_ms == pytest.approx(400, abs=20)
    assert trial.lost == pytest.approx(52, abs=3)


def test_the_next_waits_until_all_is_as_before(ether: Ether) -> None:
    ether.settles_s = 20.0
    swept, _ = sweep(plan(LOSES, IDLE), ether.sweeper(), None)
    assert len(swept.trials) == 2
    assert all(trial.seconds > 20 for trial in swept.trials)


def test_who_is_not_answered_again_is_named(ether: Ether) -> None:
    ether.hurts[LINE] = {STREAM: NEVER}
    swept, _ = sweep(plan(LOSES, times=2), ether.sweeper(), None)
    assert [trial.not_healed for trial in swept.trials] == [(STREAM,)] * 2
    assert [trial.healed_s for trial in swept.trials] == [None, None]
    assert figures_of(swept.trials).not_healed == 2
    assert f"{LOSES.name}, down: {STREAM} not answered again in 2 of 2" in swept.reasons
    assert swept.verdict == "failed"


def test_who_must_be_cut_off_is_not_waited_for_and_in_no_gap(ether: Ether) -> None:
    ether.stings = {"kushiro:lan": {"kushiro/records": 0.5}}
    swept, _ = sweep(plan(ONLY), ether.sweeper(), None)
    (trial,) = swept.trials
    assert (trial.gap_ms, trial.lost, trial.not_healed) == (0, 0, ())
    assert trial.return_ms == pytest.approx(500, abs=20)
    assert swept.verdict == "passed"
    assert swept.of("down", is_single=True) == (trial,)
    assert swept.of("down", is_single=False) == ()


def test_a_cut_that_nothing_declares_is_a_finding(ether: Ether) -> None:
    undeclared = subject(ONLY.name, *ONLY.wires, cut=ONLY.cut)
    swept, _ = sweep(plan(undeclared), ether.sweeper(), None)
    (reason,) = swept.reasons
    assert "which nothing declares (single)" in reason


def test_a_network_that_does_not_come_back_ends_the_sweep(ether: Ether) -> None:
    ether.is_broken = True
    swept, left = sweep(plan(LOSES, IDLE, times=3), ether.sweeper(), None)
    assert len(swept.trials) == 1
    assert swept.verdict == "aborted"
    assert "not as before within 90 s" in swept.reasons[0]
    assert left == ()
    assert ether.is_clean()


def test_what_does_not_stand_whole_before_is_given_up(ether: Ether) -> None:
    ether.outages.append((STREAM, 999.0, 10_000.0))
    swept, _ = sweep(plan(LOSES), ether.sweeper(), None)
    assert swept.trials == ()
    assert swept.stopped.startswith(f"before anything failed: {STREAM} not answered")
    assert ether.did("cut") == []
    assert ether.is_clean()


def test_an_interruption_undoes_and_tells_what_there_is(ether: Ether, tmp_path: Path) -> None:
    journal = Journal.begin(tmp_path, HEADING)
    ether.interrupt_at = ether.now_s + 10
    swept, left = sweep(plan(LOSES, times=50), ether.sweeper(journal), None)
    assert (swept.stopped, left) == ("it was interrupted", ())
    assert 0 < len(swept.trials) < 50
    assert not journal.is_in_force
    journal.close()
    assert ether.is_clean()


class Killed(BaseException):
    """The sweep is no more."""


def test_a_killed_one_leaves_every_way_back_in_its_journal(
    ether: Ether, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal.begin(tmp_path, HEADING)
    sweeper = ether.sweeper(journal)
    sweeper.begin([LOSES, IDLE])

    def die(seconds: float) -> None:
        raise Killed

    monkeypatch.setattr(ether, "sleep", die)
    with pytest.raises(Killed):
        sweeper.strike(LOSES, "silent", 1)
    journal.let_go()
    (broken,) = find_broken(tmp_path)
    assert [step.name for step in broken.in_force] == [HEAL, CLEAN]
    heal, clean = (step.way for step in broken.in_force)
    assert heal is not None
    assert clean is not None
    assert set(heal.args["wires"]) == {LINE, *IDLE.wires}
    assert set(clean.args["hosts"]) == {"kushiro-t1", "takaoka-t1", "hakata-t1"}
    assert broken.under_way is not None
    assert broken.under_way.name == f"{LOSES.name}, silent"


def test_losses_between_trials_are_counted_apart(ether: Ether) -> None:
    sweeper = ether.sweeper()
    sweeper.begin([LOSES])
    ether.outages.append((STREAM, ether.now_s + 1, ether.now_s + 1.1))
    ether.now_s += 5
    trial = sweeper.strike(LOSES, "down", 1)
    assert trial.lost == pytest.approx(12, abs=1)
    assert sweeper.stray == pytest.approx(10, abs=1)


@pytest.fixture
def planned(ether: Ether) -> Any:
    world = Patched(ESTATE, CORE)
    sweeper = ether.sweeper()
    crash = ether.crash

    def gone(hosts: Any) -> Any:
        for host in hosts:
            world.change(host)  # notes who goes without having been led around
        return crash(hosts)

    ether.crash = gone  # type: ignore[method-assign]
    return world, sweeper, Planned(sweeper, world.tools(), ether.push_line)


def test_a_router_goes_drained_and_comes_back_drained(ether: Ether, planned: Any) -> None:
    world, sweeper, remover = planned
    swept, left = sweep(plan(ROUTER, ONLY, kinds=("planned",)), sweeper, remover)
    (trial,) = swept.trials
    assert (trial.subject, trial.lost, trial.note) == (ROUTER.name, 0, "")
    assert trial.phases == {"drain": 0, "remove": 0, "return": 0, "undrain": 0}
    assert world.violations == []
    assert world.left_standing() == []
    assert ether.did("crash") == [("mitaka-r1",)]
    assert ether.did("boot") == [("mitaka-r1",)]
    assert (swept.verdict, left) == ("passed", ())


def test_a_packet_lost_meanwhile_is_told_with_what_was_done(ether: Ether, planned: Any) -> None:
    _, sweeper, remover = planned
    ether.hurts["mitaka-r1"] = {STREAM: 0.05}
    swept, _ = sweep(plan(ROUTER, kinds=("planned",)), sweeper, remover)
    (trial,) = swept.trials
    assert trial.phases == {"drain": 0, "remove": 5, "return": 0, "undrain": 0}
    assert swept.reasons == [f"{ROUTER.name}, planned: 5 packets lost in 1"]


def test_a_router_that_is_not_drained_is_not_taken_away(ether: Ether, planned: Any) -> None:
    world, sweeper, remover = planned
    world.broken.add("mitaka-r1")
    swept, _ = sweep(plan(ROUTER, kinds=("planned",)), sweeper, remover)
    assert ether.did("crash") == []
    assert swept.verdict == "aborted"
    assert "drain: no way in to mitaka-r1" in swept.stopped


def test_an_interruption_starts_a_router_before_it_is_led_back_to(
    ether: Ether, planned: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, sweeper, remover = planned
    crash = ether.crash

    def interrupted(hosts: Any) -> Any:
        stamp = crash(hosts)
        ether.interrupt_at = ether.now_s
        return stamp

    monkeypatch.setattr(ether, "crash", interrupted)
    swept, left = sweep(plan(ROUTER, kinds=("planned",)), sweeper, remover)
    assert (swept.stopped, left) == ("it was interrupted", ())
    assert ether.did("boot") == [("mitaka-r1",)]
    assert world.left_standing() == []
    assert ether.is_clean()


def test_a_line_is_led_around_before_it_is_cut(ether: Ether, planned: Any) -> None:
    _, sweeper, remover = planned
    ether.hurts = {}
    swept, left = sweep(plan(LOSES, kinds=("planned",)), sweeper, remover)
    (trial,) = swept.trials
    assert (trial.lost, trial.note, left) == (0, "", ())
    assert list(trial.phases) == ["drain", "remove", "return", "undrain"]
    assert ether.pushes == [("takaoka-r1", "carrier"), ("takaoka-r1", "")]
    acts = [act for act, what in ether.acts if what == (LINE,)]
    assert acts[:2] == ["cut", "heal"]
    assert ether.is_clean()


def test_a_line_over_which_something_goes_is_not_cut(
    ether: Ether, planned: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, sweeper, remover = planned
    monkeypatch.setattr(remover, "push_line", lambda *line: ether.pushes.append(line))
    swept, _ = sweep(plan(LOSES, kinds=("planned",)), sweeper, remover)
    assert ether.did("cut") == []
    assert ether.pushes == [("takaoka-r1", "carrier"), ("takaoka-r1", "")]
    assert f"takaoka-r1 still sends to 10.64.0.0/22 over {LINE}" in swept.stopped


def test_a_line_that_stays_drained_stays_in_the_journal(
    ether: Ether, planned: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, sweeper, remover = planned
    journal = Journal.begin(tmp_path, HEADING)
    again = ether.sweeper(journal)
    remover.sweeper = again
    ether.hurts = {}
    push = ether.push_line
    monkeypatch.setattr(
        remover, "push_line", lambda router, to: push(router, to) if to else "not reached"
    )
    swept, left = sweep(plan(LOSES, kinds=("planned",)), again, remover)
    assert swept.verdict == "aborted"
    assert f"{LINE} stays drained: not reached" in swept.stopped
    assert left == ()
    assert journal.is_in_force
    journal.let_go()
    (broken,) = find_broken(tmp_path)
    assert [step.way.kind for step in broken.in_force if step.way is not None] == [LEAD_TO_LINE]
    assert sweeper is not again


@dataclass
class Flaky:
    """A transport whose kept connections are dead: the first `failing` commands reach nobody."""

    failing: int
    ran: list[tuple[str, ...]] = field(default_factory=list)
    now_s: float = 0.0

    def now(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds

    def run(self, host: str, argv: list[str], **more: object) -> Completed:
        self.ran.append((host, argv[0]))
        self.failing -= 1
        return Completed(host, tuple(argv), 255 if self.failing >= 0 else 0, "", "", 0.0)


def test_a_dead_connection_leaves_no_program_behind() -> None:
    transport: Any = Flaky(failing=2)
    clean(transport, ["a-t1", "b-t1"], Layout(), transport)
    # Whoever could not be told to stop is told again before the folder goes.
    assert transport.ran == [
        ("a-t1", "systemctl"),
        ("b-t1", "systemctl"),
        ("a-t1", "systemctl"),
        ("a-t1", "rm"),
        ("b-t1", "systemctl"),
        ("b-t1", "rm"),
    ]


def test_a_program_that_stays_is_told() -> None:
    transport: Any = Flaky(failing=10_000)
    with pytest.raises(DrillAborted, match="is left on a-t1"):
        clean(transport, ["a-t1"], Layout(), transport)

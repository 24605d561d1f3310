"""What each settler does to what a killed run left: led back, gone on with, taken away, or kept where it harms nobody."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli.acting import Acting
from cli.interruption import killed_runs
from cli.net_drain import drain_by
from cli.record import recorded
from cli.settlers import backup_prove, net_drain, net_push, patch
from cli.settlers.ground import Ground, SettleFailed, Settlement
from dr.faults import Faults
from dr.rolling.batches import plan_roll
from dr.rolling.change import Change
from dr.rolling.journal import LEAD_BACK, Log, read_standing
from dr.rolling.roller import roll
from dr.rolling.ways import Way, ways_around
from netconfig.kit import Pushed
from netconfig.push import PushResult
from proof import Broken, Heading, Journal, find_broken
from proof import Way as Back
from tests.dr_acting.patched import Killed, Patched
from tests.estates import estate_of
from twin.places import Places

ESTATE = estate_of()
CORE = ESTATE.slice_hosts("core")
CONDUCTOR = "kansai-bastion1"
HEADING = Heading("patch", "patch", "shaho", "twin", "tanaka", "operator", "CHG-1", 1000.0)
AFTER_CALLS = 3
NEXT = Acting("sato", "CHG-4712")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Patched:
    found = Patched(ESTATE, CORE)
    monkeypatch.setattr(patch, "tools_of", lambda *_: found.tools())
    return found


def ground(world: Any, journal: Journal, verb: str) -> Ground:
    """The ground of a settler; what it never touches is left out."""
    nothing: Any = None
    faults: Faults = nothing
    return Ground(ESTATE, nothing, nothing, world, faults, journal, False, verb, {})


class Mortal(Log):
    """A log whose run is killed at its first act after something was led around."""

    def __init__(self, journal: Journal, world: Patched) -> None:
        super().__init__(journal)
        self.world = world

    def drain(self, way: Way) -> None:
        super().drain(way)
        self.world.kill_at = self.world.calls + AFTER_CALLS


def killed_at(world: Patched, folder: Path, host: str) -> Broken:
    """A rolling reboot that was killed soon after something was led around a host."""
    change, journal = Change("reboot"), Journal.begin(folder, HEADING)
    planned = plan_roll(
        ESTATE, CORE, change, conductor=CONDUCTOR, leaders=world.leaders, hosts=[host]
    )
    log = Mortal(journal, world)
    log.begin(change, CONDUCTOR, planned.batches)
    with pytest.raises(Killed):
        roll(world.tools(), change, planned.batches, log)
    world.kill_at = None
    journal.let_go()
    (broken,) = find_broken(folder)
    return broken


def settled(broken: Broken, world: Patched, verb: str) -> tuple[Settlement, Journal]:
    journal = Journal.take_up(broken)
    try:
        return patch.settle(broken, ground(world, journal, verb)), journal
    finally:
        journal.let_go()


@pytest.mark.parametrize("host", ["mitaka-lb1", "mitaka-app1", "kansai-r1", "sendai-etcd1"])
def test_work_is_led_back_to_whoever_was_drained(host: str, world: Patched, tmp_path: Path) -> None:
    broken = killed_at(world, tmp_path, host)
    settlement, _ = settled(broken, world, "net push")
    assert world.left_standing() == []
    assert settlement.left == ()
    assert settlement.undone
    assert all(name.startswith(LEAD_BACK) for name in settlement.undone)
    assert host in settlement.sentences[-1]
    (after,) = find_broken(tmp_path)
    standing = read_standing(after)
    assert standing is not None
    assert standing.drained == ()


def test_the_command_that_goes_on_leaves_everything_as_it_is(
    world: Patched, tmp_path: Path
) -> None:
    broken = killed_at(world, tmp_path, "mitaka-lb1")
    before = world.left_standing()
    settlement, _ = settled(broken, world, "patch finish")
    assert settlement.is_left_to_next
    assert world.left_standing() == before


@pytest.mark.parametrize(("verb", "is_standing"), [("provision", True), ("drill run", False)])
def test_a_host_that_cannot_be_led_back_to_may_be_mended_and_stops_the_rest(
    verb: str, is_standing: bool, world: Patched, tmp_path: Path
) -> None:
    broken = killed_at(world, tmp_path, "mitaka-lb1")
    world.broken.add("mitaka-lb1")
    settlement, _ = settled(broken, world, verb)
    assert settlement.is_standing is is_standing
    assert bool(settlement.left) is not is_standing
    assert any("mitaka-lb1 stays drained" in sentence for sentence in settlement.sentences)
    (after,) = find_broken(tmp_path)
    standing = read_standing(after)
    assert standing is not None
    assert {way.host for way in standing.drained} == {"mitaka-lb1"}


@pytest.mark.parametrize(("verb", "is_standing"), [("net push", True), ("drill run", False)])
@pytest.mark.parametrize("is_reached", [True, False])
def test_a_draining_that_was_killed_is_led_back(
    is_reached: bool, verb: str, is_standing: bool, world: Patched, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(net_drain, "tools_of", lambda *_: world.tools())
    journal = Journal.begin(tmp_path, replace(HEADING, verb="net drain"))
    tools = world.tools()
    world.kill_at = world.calls + AFTER_CALLS
    with pytest.raises(Killed):
        drain_by(tools, ways_around(tools, ["mitaka-r1"], ["mitaka-r1"]), Log(journal))
    world.kill_at = None
    journal.let_go()
    (broken,) = find_broken(tmp_path)
    assert world.left_standing()
    if not is_reached:
        world.broken.add("mitaka-r1")
    journal = Journal.take_up(broken)
    settlement = net_drain.settle(broken, ground(world, journal, verb))
    journal.let_go()
    if is_reached:
        assert world.left_standing() == []
        assert len(settlement.undone) == 2
        assert (settlement.left, settlement.is_standing) == ((), False)
    else:
        assert settlement.is_standing is is_standing
        assert bool(settlement.left) is not is_standing
        assert "mitaka-r1 stays drained" in settlement.sentences[0]


@pytest.mark.parametrize("error", [None, "not reached"])
def test_a_push_that_was_killed_is_pushed_again(
    error: str | None, world: Patched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []

    def again(*_: object, limit: tuple[str, ...], why: str) -> Pushed:
        asked.append(limit)
        assert why == "finish what tanaka began"
        return Pushed((PushResult("kushiro-r1", error is None, (), "", error, 1.0),))

    monkeypatch.setattr(net_push, "push_network", again)
    journal = Journal.begin(tmp_path, replace(HEADING, verb="net push"))
    journal.begun(net_push.FINISH, net_push.finish_way(("kushiro-r1",)))
    journal.let_go()
    (broken,) = find_broken(tmp_path)
    journal = Journal.take_up(broken)
    if error is None:
        settlement = net_push.settle(broken, ground(world, journal, "drill run"))
        assert settlement.sentences == ("It is finished: 1 devices changed.",)
    else:
        with pytest.raises(SettleFailed, match="Pushing again failed: kushiro-r1: not reached"):
            net_push.settle(broken, ground(world, journal, "drill run"))
    journal.let_go()
    assert asked == [("kushiro-r1",)]


class Obedient:
    """A transport on which every command is fine, or none."""

    def __init__(self, world: Patched) -> None:
        self.world, self.argv = world, list[list[str]]()

    def run(self, host: str, argv: list[str], **options: Any) -> Any:
        self.argv.append(list(argv))
        return self.world.run(host, ["true"], deadline_s=1.0)


def test_what_a_killed_proof_restored_is_taken_away(world: Patched, tmp_path: Path) -> None:
    journal = Journal.begin(tmp_path, replace(HEADING, verb="backup prove"))
    journal.begun(backup_prove.TAKE_AWAY, backup_prove.take_away_way("kansai-restore1", "records"))
    journal.let_go()
    (broken,) = find_broken(tmp_path)
    transport, journal = Obedient(world), Journal.take_up(broken)
    settlement = backup_prove.settle(broken, ground(transport, journal, "drill run"))
    assert settlement.undone == (f"{backup_prove.TAKE_AWAY} of records on kansai-restore1",)
    assert transport.argv[-1][:3] == ["rm", "-rf", "--"]
    journal.let_go()
    (after,) = find_broken(tmp_path)
    assert after.in_force == ()


def test_a_run_that_stopped_is_recorded_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cli import interruption
    from tests.cli.test_interruption import entries

    monkeypatch.setattr(interruption, "clear_leftovers", lambda _: False)
    places = Places(tmp_path, tmp_path / "run")
    with recorded(ESTATE, NEXT, "patch", "twin", places) as recording:
        recording.journal.begun("x", Back("x"))
    assert [entry["verb"] for entry in entries(places)] == ["patch"]
    with recorded(ESTATE, NEXT, "net push", "twin", places):
        pass
    assert [entry["verb"] for entry in entries(places)] == ["patch", "net push"]
    assert killed_runs(places, "twin", ESTATE.name) == ()


def test_what_is_left_to_the_next_is_put_aside_only_once_taken_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cli import interruption

    places = Places(tmp_path, tmp_path / "run")
    with recorded(ESTATE, NEXT, "provision", "twin", places) as recording:
        recording.journal.begun("finish", Back("finish"))
    own = Settlement(("It finishes it.",), is_left_to_next=True)
    monkeypatch.setattr(interruption, "_follow", lambda *_: own)
    with (
        pytest.raises(KeyboardInterrupt),
        recorded(ESTATE, NEXT, "provision", "twin", places) as recording,
    ):
        raise KeyboardInterrupt
    assert len(killed_runs(places, "twin", ESTATE.name)) == 1
    with recorded(ESTATE, NEXT, "provision", "twin", places) as recording:
        assert recording.is_finishing
        number = recording.journal.begun("finish", Back("finish"))
        recording.take_over()
        assert killed_runs(places, "twin", ESTATE.name) == ()
        recording.journal.undone(number)
    assert killed_runs(places, "twin", ESTATE.name) == ()

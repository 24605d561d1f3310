"""A drill that is killed at any moment: another process undoes what is in force, and judges its writes."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dr.aftermath import Aftermath, settle
from dr.faults import Stamp
from dr.preflight import make_plan
from dr.scenario_file import SHIPPED, find_scenario
from inventory import Estate
from proof import Broken, Journal, find_broken
from tests.dr_acting.world import World
from tests.estates import estate_of
from twin.places import CHECKOUT


@pytest.fixture(scope="module")
def estate() -> Estate:
    return estate_of()


@pytest.fixture(scope="module")
def killer() -> Iterator[subprocess.Popen[str]]:
    """What drills until it is killed, for all tests of this file: an estate takes a while to load."""
    argv = [sys.executable, "-m", "tests.dr_acting.killed"]
    with subprocess.Popen(
        argv, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(10) == 0


@pytest.fixture
def killed(
    estate: Estate, killer: subprocess.Popen[str], tmp_path: Path
) -> Callable[[str, str], tuple[World, Broken]]:
    """The estate as a killed drill left it, and the journal of that drill."""

    def kill(scenario: str, moment: str) -> tuple[World, Broken]:
        state = tmp_path / "state"
        assert killer.stdin is not None
        assert killer.stdout is not None
        killer.stdin.write(f"{scenario} {moment} {state} {tmp_path / 'journal'}\n")
        killer.stdin.flush()
        assert killer.stdout.readline() == "9\n"
        world = World(make_plan(find_scenario(scenario, SHIPPED), estate))
        for name, value in pickle.loads(state.read_bytes()).items():
            setattr(world, name, value)
        world.acts.clear()
        (broken,) = find_broken(tmp_path / "journal")
        return world, broken

    return kill


def after(world: World, broken: Broken, **kit: Any) -> Aftermath:
    journal = Journal.take_up(broken)
    done = settle(world.plan, world.kit(**kit), broken, journal, "the drill was killed: no verdict")
    journal.let_go()
    return done


@pytest.mark.parametrize("scenario", ["tokyo-loss", "tokyo-cut", "planned-switchover"])
@pytest.mark.parametrize("moment", ["0.5", "6", "14", "16", "19", "22"])
def test_whatever_is_in_force_is_undone_and_no_write_is_lost(
    killed: Callable[[str, str], tuple[World, Broken]], scenario: str, moment: str
) -> None:
    world, broken = killed(scenario, moment)
    found = after(world, broken)
    assert found.left == ()
    assert found.undone == tuple(step.name for step in broken.in_force)
    assert world.dead == world.cut_off == set()
    assert set(world.did("rm")) >= {t.host for t in world.plan.terminals}
    for name, cluster in world.plan.clusters.items():
        leader = world.leader(name, world.now_s)
        assert world.plan.estate.hosts[str(leader)].site == cluster.home
    assert found.outcome is not None
    assert found.outcome.verdict.decision == "aborted"
    assert found.outcome.verdict.reasons == ("the drill was killed: no verdict",)
    assert not found.is_bad, found.fates
    if world.started_at is not None and moment not in ("0.5", "6"):
        assert found.outcome.verdict.fates["acked_kept"] > 100
        assert found.fates.endswith("writes judged, no bad fate")
    again = find_broken(broken.path.parent)[0]
    assert again.in_force == ()


@pytest.mark.parametrize("moment", ["-crash", "+crash"])
def test_a_kill_beside_the_act_itself_is_undone_too(
    killed: Callable[[str, str], tuple[World, Broken]], moment: str
) -> None:
    world, broken = killed("tokyo-loss", moment)
    assert bool(world.dead) is (moment == "+crash")
    assert broken.under_way is not None
    assert broken.under_way.name == "The main area is lost with everything in it"
    assert [step.name for step in broken.in_force][:2] == [
        "start the dead hosts again",
        "bring the lead of every cluster back",
    ]
    found = after(world, broken)
    assert found.left == ()
    assert world.did("boot") == [world.plan.blast.hosts]


def test_a_write_that_was_lost_is_told(
    killed: Callable[[str, str], tuple[World, Broken]], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, broken = killed("planned-switchover", "22")
    whole = world.ledger("records")
    monkeypatch.setattr(world, "ledger", lambda _: whole[: len(whole) // 2].rpartition("\n")[0])
    found = after(world, broken)
    assert found.is_bad
    assert "acked_lost" in found.fates


def test_what_cannot_be_undone_is_told_and_stays_in_force(
    killed: Callable[[str, str], tuple[World, Broken]], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, broken = killed("tokyo-cut", "22")

    def fail(_: object) -> Stamp:
        raise OSError("no hand on the lines")

    monkeypatch.setattr(world, "heal", fail)
    found = after(world, broken)
    heal = "bring the lines back and let dropped ports through"
    assert f"{heal}: no hand on the lines" in found.left
    # The rest was undone all the same.
    assert "remove the drill's programs" in found.undone or world.cut_off
    (again,) = find_broken(broken.path.parent)
    assert heal in [step.name for step in again.in_force]


def test_an_estate_that_is_thrown_away_is_judged_only(
    killed: Callable[[str, str], tuple[World, Broken]],
) -> None:
    world, broken = killed("tokyo-loss", "22")
    found = after(world, broken, is_disposable=True)
    assert found.undone == found.left == ()
    assert world.did("boot") == world.did("rm") == []
    assert found.outcome is not None
    assert found.outcome.verdict.fates["acked_kept"] > 100


def test_where_nobody_can_lead_the_dead_are_started_to_judge(
    killed: Callable[[str, str], tuple[World, Broken]],
) -> None:
    world, broken = killed("tokyo-loss", "22")
    world.takes_over_after_s = None
    boot = world.boot

    def start(hosts: tuple[str, ...]) -> Stamp:
        world.takes_over_after_s = 1.0
        return boot(hosts)

    world.boot = start  # type: ignore[method-assign,assignment]
    found = after(world, broken, is_disposable=True)
    assert world.did("boot") == [world.plan.blast.hosts]
    assert not found.is_bad, found.fates
    assert found.undone == ()


def test_a_run_that_left_nothing_is_done_with(
    killed: Callable[[str, str], tuple[World, Broken]],
) -> None:
    world, broken = killed("tokyo-loss", "6")
    found = after(world, replace(broken, steps=()))
    assert (found.outcome, found.undone, found.left) == (None, (), ())
    assert found.fates == "no client had begun"

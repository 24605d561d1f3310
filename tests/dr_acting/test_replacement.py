"""A dead router is replaced: in order, resumed wherever it was killed, and never at the price of a living device."""

from __future__ import annotations

from pathlib import Path

import pytest

from dr.replacement import (
    ON_SITE,
    RUNBOOK,
    STEPS,
    RefusedReplacement,
    Replaced,
    find_router,
    read_standing,
    replace_router,
)
from dr.scenario import MACHINE
from proof import Heading, Journal, find_broken
from runbooks import find_runbook
from tests.dr_acting.patched import Killed
from tests.dr_acting.replaced import OLD, Branch
from tests.estates import estate_of

ESTATE = estate_of()
CORE = ESTATE.slice_hosts("core")
SITE = "kushiro"
HEADING = Heading("net replace", "net replace", "shaho", "twin", "tanaka", "none", "CHG-1", 1000.0)


def branch() -> Branch:
    return Branch(ESTATE, CORE, SITE)


def run(world: Branch, folder: Path) -> Replaced:
    """One run of the command: on where an earlier one stands, its journal as a killed process leaves it."""
    broken = find_broken(folder)
    stood = read_standing(broken[-1]) if broken else None
    journal = Journal.begin(folder, HEADING)
    try:
        case = world.case(journal, stood)
        for each in broken:
            Journal.take_up(each).put_aside()
        replaced = replace_router(case)
    except Killed:
        journal.let_go()
        raise
    journal.close()
    return replaced


def test_from_the_dead_device_to_the_proof(tmp_path: Path) -> None:
    world = branch()
    replaced = run(world, tmp_path)
    assert replaced.is_done, replaced.stopped
    assert [gone.step for gone in replaced.gone] == list(STEPS)
    assert world.believed == {"certificate 1"}
    assert (world.state, world.staged, world.provisions) == ("whole", 1, [False])
    notes = {gone.step: gone.note for gone in replaced.gone}
    assert notes["withdraw"] == f"nobody believes SHA256:{OLD} any more"
    assert notes["prove"] == (
        f"4 sessions are up, {len(world.rows)} routes are as computed, "
        "every service answers behind it (kushiro-t1)"
    )
    assert find_broken(tmp_path) == ()


def test_killed_at_any_call_the_same_command_goes_on(tmp_path: Path) -> None:
    """Whenever it is killed, and killed again: one device stands there in the end, and the dead one is not believed."""
    whole = branch()
    run(whole, tmp_path / "whole")
    for kill_at in range(1, whole.calls + 1):
        world, folder = branch(), tmp_path / str(kill_at)
        world.kill_at = kill_at
        with pytest.raises(Killed):
            run(world, folder)
        (broken,) = find_broken(folder)
        stood = read_standing(broken)
        assert stood is not None
        done_before = tuple(stood.done)
        assert done_before == STEPS[: len(done_before)]
        world.kill_at = None
        replaced = run(world, folder)
        assert replaced.is_done, (kill_at, replaced.stopped)
        assert tuple(gone.step for gone in replaced.gone if not gone.is_new) == done_before
        assert OLD not in world.believed
        assert world.key in world.believed
        assert find_broken(folder) == ()


def test_playbooks_that_were_cut_off_are_told_so(tmp_path: Path) -> None:
    world = branch()

    def dies(*_: object, **__: object) -> tuple[str, ...]:
        raise Killed

    world._provision = dies  # type: ignore[method-assign]
    with pytest.raises(Killed):
        run(world, tmp_path)
    del world._provision
    assert run(world, tmp_path).is_done
    assert world.provisions == [True]


def test_a_device_that_lives_keeps_its_identity(tmp_path: Path) -> None:
    world = branch()
    world.is_up = True
    replaced = run(world, tmp_path)
    assert replaced.stopped is not None
    assert replaced.stopped.step == "dead"
    assert world.believed == {OLD}
    assert world.staged == 0


def test_it_waits_for_somebody_and_goes_on_when_the_device_is_there(tmp_path: Path) -> None:
    world = branch()
    world.never_answers = True
    waiting = run(world, tmp_path)
    assert waiting.waits
    assert waiting.stopped is not None
    assert waiting.stopped.note.startswith("kushiro-r1 does not answer yet")
    world.never_answers = False
    replaced = run(world, tmp_path)
    assert replaced.is_done
    assert world.staged == 1


@pytest.mark.parametrize(
    ("step", "harm", "words"),
    [
        ("prove", {"lost_route": "0.0.0.0/0"}, ""),
        ("prove", {"is_silent": True}, "records is not ready for kushiro-t1"),
        ("prove", {"complaint": "test_listening: port 9"}, "test_listening: port 9"),
        ("configure", {"refuses": "kushiro-r1: it was taken back"}, "it was taken back"),
    ],
)
def test_what_does_not_hold_is_said_and_nothing_is_lost(
    step: str, harm: dict[str, object], words: str, tmp_path: Path
) -> None:
    world = branch()
    if "lost_route" in harm:
        harm = {"lost_route": world.rows[-1].prefix}
        words = f"kushiro-r1 {world.rows[-1].prefix}: model"
    before = {name: getattr(world, name) for name in harm}
    for name, value in harm.items():
        setattr(world, name, value)
    stopped = run(world, tmp_path).stopped
    assert stopped is not None
    assert stopped.step == step
    assert words in stopped.note
    for name, value in before.items():
        setattr(world, name, value)
    assert run(world, tmp_path).is_done


@pytest.mark.parametrize(
    ("site", "words"),
    [
        ("atlantis", "is no site"),
        ("mitaka", "is a centre"),
        ("aomori", "does not stand in this part"),
    ],
)
def test_sites_that_are_not_for_it(site: str, words: str) -> None:
    with pytest.raises(RefusedReplacement, match=words):
        find_router(ESTATE, site, CORE)


def test_a_site_that_uses_anothers_router_names_it() -> None:
    sharing = next(site for site in ESTATE.sites.values() if site.shares)
    with pytest.raises(RefusedReplacement, match=f"hikae net replace {sharing.shares}"):
        find_router(ESTATE, sharing.name, tuple(ESTATE.hosts))


def test_the_steps_are_the_runbooks_headings() -> None:
    runbook = find_runbook(RUNBOOK)
    assert runbook is not None
    assert runbook.ids == STEPS
    for heading in runbook.headings:
        if heading.id is not None:
            assert heading.who in {*ESTATE.roles, MACHINE, ON_SITE}
            assert heading.decides in ESTATE.roles
    deadlines = [heading.deadline_s for heading in runbook.headings if heading.deadline_s]
    assert deadlines == sorted(deadlines)

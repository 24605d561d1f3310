"""A rolling change on a simulated estate: nobody goes undrained, and whatever breaks leaves nothing drained or unsaid."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dr.rolling.batches import Roll, plan_roll
from dr.rolling.change import RESTARTS, Change
from dr.rolling.journal import Log, Standing, read_standing
from dr.rolling.roller import Rolled, lead_back, roll
from dr.rolling.ways import Way, WayFailed, take
from proof import Heading, Journal, find_broken
from tests.dr_acting.patched import Killed, Patched
from tests.estates import estate_of

ESTATE = estate_of()
CORE = ESTATE.slice_hosts("core")
HEADING = Heading("patch", "patch", "shaho", "twin", "tanaka", "operator", "CHG-1", 1000.0)
CONDUCTOR = "kansai-bastion1"
CHANGES = [*(Change("restart", p) for p in RESTARTS), Change("reboot"), Change("provision")]
NAMES = [change.name for change in CHANGES]


def plan(world: Patched, change: Change) -> Roll:
    return plan_roll(ESTATE, CORE, change, conductor=CONDUCTOR, leaders=world.leaders)


@contextmanager
def journal_in(folder: Path) -> Iterator[Journal]:
    """The journal of a run; a kill of the run only lets go of it, as the kernel would."""
    journal = Journal.begin(folder, HEADING)
    try:
        yield journal
        journal.close()
    finally:
        journal.let_go()


def rolled_over(world: Patched, change: Change, planned: Roll, folder: Path) -> Rolled:
    with journal_in(folder) as journal:
        log = Log(journal)
        log.begin(change, CONDUCTOR, planned.batches)
        return roll(world.tools(), change, planned.batches, log)


def run(world: Patched, change: Change, folder: Path) -> Rolled:
    return rolled_over(world, change, plan(world, change), folder)


def standing_in(folder: Path) -> Standing | None:
    found = [read_standing(broken) for broken in find_broken(folder)]
    return found[0] if found else None


@pytest.mark.parametrize("change", CHANGES, ids=NAMES)
def test_every_host_is_changed_once_and_none_undrained(change: Change, tmp_path: Path) -> None:
    world = Patched(ESTATE, CORE)
    rolled = run(world, change, tmp_path / "j")
    assert rolled.why is None
    assert world.violations == []
    assert world.left_standing() == []
    wanted = {h for h in CORE if ESTATE.hosts[h].role in change.roles} - {CONDUCTOR}
    assert world.changed == dict.fromkeys(wanted, 1)
    assert standing_in(tmp_path / "j") is None


def test_the_lead_stays_at_its_home_site(tmp_path: Path) -> None:
    world = Patched(ESTATE, CORE)
    run(world, Change("restart", "postgres"), tmp_path / "j")
    assert world.leaders == {"records": "mitaka-db2", "payments": "takaido-db2"}


def test_the_world_finds_who_goes_undrained() -> None:
    world = Patched(ESTATE, CORE)
    for host in ("mitaka-db1", "sendai-etcd1", "mitaka-lb1", "mitaka-app1", "mitaka-r1"):
        world.change(host)
    world.change("kushiro-r1")
    assert len(world.violations) == 5


@pytest.mark.parametrize("host", ["mitaka-db2", "kansai-lb1", "kansai-r2", "sendai-etcd1"])
def test_a_host_that_does_not_come_back_stops_it_there(host: str, tmp_path: Path) -> None:
    world = Patched(ESTATE, CORE, breaks_when_changed={host})
    rolled = run(world, Change("reboot"), tmp_path / "j")
    assert rolled.why is not None
    assert host in rolled.why
    assert world.order[-1] == host
    assert rolled.gone[-1].is_done is False
    assert rolled.left
    # Whatever can be led back is; what cannot be is said, and the journal knows it.
    standing = standing_in(tmp_path / "j")
    assert standing is not None
    assert all(host in sentence for sentence in rolled.not_undone)
    assert {way.host for way in standing.drained} <= {host}
    assert bool(standing.drained) is bool(rolled.not_undone)
    # Mended, it goes on where it stopped.
    world.broken.clear()
    world.breaks_when_changed.clear()
    finished = finish(world, tmp_path / "j")
    assert finished.why is None
    assert world.left_standing() == []
    assert world.violations == []


def finish(world: Patched, folder: Path) -> Rolled:
    standing = standing_in(folder)
    assert standing is not None
    (broken,) = find_broken(folder)
    with journal_in(folder) as journal:
        log = Log(journal)
        log.begin(standing.change, CONDUCTOR, standing.batches, standing)
        broken.path.unlink()
        return roll(
            world.tools(),
            standing.change,
            standing.left,
            log,
            half_done=standing.open_batch,
            is_changed=standing.is_changed,
        )


def test_an_estate_that_is_not_whole_is_not_touched(tmp_path: Path) -> None:
    world = Patched(ESTATE, CORE, broken={"takaido-db2"})
    rolled = run(world, Change("restart", "haproxy"), tmp_path / "j")
    assert rolled.why is not None
    assert "takaido-db2 does not stream" in rolled.why
    assert not world.changed


# One of each kind: whatever is led around for a host is led around for one of these.
SAMPLE = (
    "kansai-app1", "mitaka-lb1", "sendai-etcd1", "kansai-db1", "mitaka-db1",
    "kushiro-r1", "sendai-r1", "mitaka-r1",
)  # fmt: skip
MOMENTS = (10, pytest.param(30, marks=pytest.mark.long))


def run_sample(world: Patched, folder: Path) -> Rolled:
    change = Change("reboot")
    planned = plan_roll(
        ESTATE, CORE, change, conductor=CONDUCTOR, leaders=world.leaders, hosts=SAMPLE
    )
    return rolled_over(world, change, planned, folder)


@pytest.mark.parametrize("moments", MOMENTS)
@pytest.mark.parametrize("is_undone", [False, True], ids=["finish", "undo"])
def test_killed_at_any_moment_the_next_run_finishes_or_undoes(
    is_undone: bool, moments: int, tmp_path: Path
) -> None:
    whole = Patched(ESTATE, CORE)
    assert run_sample(whole, tmp_path / "whole").why is None
    for number in range(moments):
        path = tmp_path / f"j{number}"
        world = Patched(ESTATE, CORE, kill_at=1 + whole.calls * number // moments)
        with pytest.raises(Killed):
            run_sample(world, path)
        world.kill_at = None
        standing = standing_in(path)
        assert standing is not None
        if is_undone:
            log = Log()
            for way in standing.drained:
                log.drain(way)
            assert lead_back(world.tools(), log, is_waiting=True) == ()
            assert log.drained == ()
        else:
            assert finish(world, path).why is None
            assert set(world.changed) == set(SAMPLE)
            assert max(world.changed.values()) <= 2  # the batch that was cut off may go twice
        assert world.left_standing() == []
        assert world.violations == []


def test_without_another_synchronous_member_the_lead_stays(tmp_path: Path) -> None:
    world = Patched(ESTATE, CORE, nosync={"mitaka-db2", "kansai-db1", "kansai-db2"})
    with pytest.raises(WayFailed, match="no member of records but mitaka-db1 is synchronous"):
        take(world.tools(), Way("database", "mitaka-db1", "records"))
    assert world.leaders["records"] == "mitaka-db1"


def test_a_balancer_that_alone_announces_keeps_its_address() -> None:
    world = Patched(ESTATE, CORE, silent={"kansai-lb1", "takaido-lb1"})
    with pytest.raises(WayFailed, match="nobody but mitaka-lb1 announces records"):
        take(world.tools(), Way("announce", "mitaka-lb1"))
    assert "mitaka-lb1" not in world.silent


def test_an_application_that_alone_is_up_keeps_its_requests() -> None:
    others = {("mitaka-lb1", f"applications/{app}") for app in ("kansai-app1", "takaido-app1")}
    world = Patched(ESTATE, CORE, maint=set(others))
    with pytest.raises(WayFailed, match="nobody else to send to"):
        take(world.tools(), Way("server", "mitaka-lb1", "applications/mitaka-app1"))
    assert world.maint == others

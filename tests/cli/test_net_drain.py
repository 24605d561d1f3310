"""A router drained by hand on a simulated estate: in order, waited for, and led back where it does not come about."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.exits import Exit
from cli.interruption import killed_runs
from cli.main import main
from cli.net_drain import drain_by, undrain_by
from dr.rolling.journal import Log
from dr.rolling.passing import forwarded, wait_quiet
from dr.rolling.ways import Way, ways_around
from proof import Heading, Journal, find_broken
from tests.cli.acting_world import Fleetlike, stand_in
from tests.cli.test_interruption import entries
from tests.dr_acting.patched import Killed, Patched
from tests.estates import estate_of
from twin.places import Places

ESTATE = estate_of()
CORE = ESTATE.slice_hosts("core")
HOST = "mitaka-r1"
HEADING = Heading("net drain", "net drain", "shaho", "twin", "tanaka", "operator", "CHG-1", 1000.0)
SNMP = """Ip: Forwarding DefaultTTL InReceives ForwDatagrams InDelivers
Ip: 1 64 5000 1234 77
Icmp: InMsgs
Icmp: 4
"""


def ways(world: Patched) -> tuple[Way, ...]:
    return ways_around(world.tools(), [HOST], [HOST])


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fleetlike:
    world = Patched(ESTATE, CORE)
    found = Fleetlike(ESTATE, CORE, Places(tmp_path / "home", tmp_path / "run"), world)
    stand_in(found, "cli.net_drain", monkeypatch)
    monkeypatch.setattr("cli.net_drain.tools_of", lambda *_, **__: world.tools())
    heads: list[bytes] = []
    monkeypatch.setattr("cli.head_keeping.head_keeper", lambda _: heads.append)
    return found


def test_the_verbs_are_recorded_and_leave_nothing_to_be_undone(
    fleet: Fleetlike, capsys: pytest.CaptureFixture[str]
) -> None:
    who = ("--as", "tanaka", "--change", "CHG-4711")
    assert main(["net", "drain", HOST, *who, "--json"]) == Exit.FINE
    assert json.loads(capsys.readouterr().out)["is_drained"] is True
    assert fleet.world is not None
    assert fleet.world.drained == {HOST}
    assert killed_runs(fleet.places, "twin", ESTATE.name) == ()
    assert main(["net", "undrain", HOST, *who]) == Exit.FINE
    assert capsys.readouterr().out == f"{HOST} is led back to\n"
    acts = entries(fleet.places)
    assert [(act["verb"], act["result"]["state"]) for act in acts[-2:]] == [
        ("net drain", "fine"),
        ("net undrain", "fine"),
    ]


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("kushiro-r1", "is the only router of its site"),
        ("mitaka-db1", "only routers are drained by hand"),
        ("nowhere", "is no host of this slice"),
    ],
)
def test_what_cannot_be_drained_is_refused(
    host: str, words: str, fleet: Fleetlike, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["net", "drain", host]) == Exit.WRONG_CALL
    assert words in capsys.readouterr().err
    assert fleet.world is not None
    assert fleet.world.left_standing() == []


def test_a_router_that_carries_something_still_is_no_success(
    fleet: Fleetlike, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fleet.world is not None
    fleet.world.passing.add(HOST)
    assert main(["net", "drain", HOST]) == Exit.ABORTED
    assert "packets a second pass through" in capsys.readouterr().err
    assert entries(fleet.places)[-1]["result"]["state"] == "aborted"


def test_it_is_drained_quiet_and_stays_so(tmp_path: Path) -> None:
    world, journal = Patched(ESTATE, CORE), Journal.begin(tmp_path, HEADING)
    said, failed = drain_by(world.tools(), ways(world), Log(journal))
    assert failed == []
    assert said[-1] == f"{HOST} gave up the shared gateway, and nothing passes through it"
    assert world.drained == world.no_gateway == {HOST}
    # It is wished for: whoever comes next does not lead back.
    assert not journal.is_in_force
    world.change(HOST)
    assert world.violations == []
    said, failed = undrain_by(world.tools(), ways(world), Log(journal))
    assert (said, failed, world.left_standing()) == ([f"{HOST} is led back to"], [], [])
    journal.close()
    assert list(find_broken(tmp_path)) == []


def test_what_still_passes_is_told_and_it_is_led_back_to(tmp_path: Path) -> None:
    world, journal = Patched(ESTATE, CORE, passing={HOST}), Journal.begin(tmp_path, HEADING)
    began = world.now_s
    said, failed = drain_by(world.tools(), ways(world), Log(journal))
    assert said == [f"{HOST} is no longer preferred"]
    assert failed == [f"1000 packets a second pass through {HOST} still"]
    assert world.now_s - began >= 30
    assert world.left_standing() == []
    assert not journal.is_in_force
    journal.close()


def test_a_host_that_is_not_reached_is_not_called_drained(tmp_path: Path) -> None:
    world, journal = Patched(ESTATE, CORE, broken={HOST}), Journal.begin(tmp_path, HEADING)
    said, failed = drain_by(world.tools(), ways(world), Log(journal))
    assert said == []
    assert failed[0] == f"{HOST}: not reached"
    assert any("stays drained" in sentence for sentence in failed[1:])
    # What could not be led back is known to whoever comes next.
    assert journal.is_in_force
    journal.close()


def test_a_router_without_sessions_stays_drained(tmp_path: Path) -> None:
    world, journal = Patched(ESTATE, CORE), Journal.begin(tmp_path, HEADING)
    drain_by(world.tools(), ways(world), Log(journal))
    world.broken.add(HOST)
    said, failed = undrain_by(world.tools(), ways(world), Log(journal))
    assert said == []
    assert all(f"{HOST} stays drained" in sentence for sentence in failed)
    assert not journal.is_in_force
    journal.close()


@pytest.mark.parametrize("calls", [1, 2, 3, 4])
def test_a_draining_that_is_killed_is_in_the_journal(calls: int, tmp_path: Path) -> None:
    world, journal = Patched(ESTATE, CORE), Journal.begin(tmp_path, HEADING)
    around = ways(world)
    world.kill_at = world.calls + calls
    with pytest.raises(Killed):
        drain_by(world.tools(), around, Log(journal))
    journal.let_go()
    (broken,) = find_broken(tmp_path)
    hosts = {step.way.args["host"] for step in broken.in_force if step.way}
    assert hosts == {HOST}


def test_only_a_router_with_another_beside_it_can_be_led_around() -> None:
    tools = Patched(ESTATE, CORE).tools()
    assert ways_around(tools, ["kushiro-r1"], ["kushiro-r1"]) == ()
    assert [way.kind for way in ways_around(tools, [HOST], [HOST])] == ["routing", "gateway"]


def test_the_kernels_count_is_read() -> None:
    assert forwarded(SNMP) == 1234
    with pytest.raises(ValueError, match="no count of forwarded packets"):
        forwarded("nothing")


def test_strays_are_no_traffic_and_one_quiet_second_is_not_enough() -> None:
    world = Patched(ESTATE, CORE)
    counts = iter([0, 1000, 1000, 1002, 1002, 2000, 2000, 2001, 2001, 2003])

    def obey(host: str, argv: list[str]) -> str:
        return f"Ip: ForwDatagrams\nIp: {next(counts)}\n"

    world.obey = obey  # type: ignore[method-assign]
    assert wait_quiet(world.tools(), HOST) is None
    assert list(counts) == []

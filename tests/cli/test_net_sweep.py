"""`hikae net sweep`: what can be seen of it without a twin, and the undoing of one that was killed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli.exits import Exit, RefusedCall
from cli.main import main
from cli.net_sweep import begun
from cli.settlers import net_sweep
from cli.settlers.ground import Ground
from dr.sweep.subjects import offices_of
from dr.sweep.ways import CLEAN, HEAL, LINE, boot_way, line_way
from netconfig.kit import Pushed
from proof import Broken, Heading, Journal, find_broken
from tests.dr_acting.ether import Ether, subject
from tests.estates import estate_of

ESTATE = estate_of()
CORE = ESTATE.slice_hosts("core")
HEADING = Heading("net sweep", "net sweep", "shaho", "twin", "tanaka", "operator", "CHG-1", 1000.0)
Captured = pytest.CaptureFixture[str]


def test_the_plan_tells_what_would_fail_and_nothing_does(capsys: Captured) -> None:
    assert main(["net", "sweep", "--plan", "--slice", "core", "--json"]) == Exit.FINE
    found = json.loads(capsys.readouterr().out)
    assert found["streams"][0].endswith("/records")
    cut = {one["failure"] for one in found["failures"] if one["cut_off"]}
    assert "router kushiro-r1" in cut
    assert "network carrier" not in cut


def test_one_failure_can_be_chosen(capsys: Captured) -> None:
    words = ["--plan", "--slice", "core", "--only", "network carrier"]
    assert main(["net", "sweep", *words, "--json"]) == Exit.FINE
    (one,) = json.loads(capsys.readouterr().out)["failures"]
    assert one["failure"] == "network carrier"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--plan", "--slice", "core", "--only", "link kushiro-r1"], "is no failure of this slice"),
        (["--kind", "loud"], "is not one of"),
        (["--times", "0"], "0 is not in the range"),
        (["--on", "production"], "does not act on production"),
    ],
)
def test_wrong_words_are_refused(capsys: Captured, words: list[str], sentence: str) -> None:
    assert main(["net", "sweep", *words]) == Exit.WRONG_CALL
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "cannot be read: No such file"),
        ("{", "is no sweep.json"),
        ('{"format": "hikae.drill/1"}', "is no sweep.json"),
        ('{"format": "hikae.sweep/1", "slice": "core"}', "is no sweep.json"),
        (
            """{"format": "hikae.sweep/1", "slice": "mini", "kinds": {}, "times": 1, "seed": 5,
            "subjects": [], "failures": [], "sittings": [], "stray": 0, "late": 0}""",
            "is of slice mini, and the twin that is up of core",
        ),
    ],
)
def test_what_it_cannot_go_on_with_is_refused(
    tmp_path: Path, text: str | None, sentence: str
) -> None:
    path = tmp_path / "sweep.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(RefusedCall, match=sentence):
        begun(path, "core")


def killed(ether: Ether, folder: Path) -> Broken:
    """A sweep that was killed while a line was cut and a router away."""
    journal = Journal.begin(folder, HEADING)
    sweeper = ether.sweeper(journal)
    sweeper.begin([subject("link takaoka-r1:carrier", "takaoka-r1:carrier")])
    sweeper.register(boot_way(["mitaka-r1"]))
    ether.crash(["mitaka-r1"])
    ether.cut(["takaoka-r1:carrier"])
    journal.let_go()
    (broken,) = find_broken(folder)
    return broken


def ground(world: Any, journal: Journal, *, is_disposable: bool = False) -> Ground:
    nothing: Any = None
    return Ground(ESTATE, nothing, nothing, world, world, journal, is_disposable, "twin status", {})


def test_a_killed_one_is_undone_by_the_next_command(tmp_path: Path) -> None:
    ether = Ether(ESTATE, CORE, offices_of(ESTATE, CORE))
    broken = killed(ether, tmp_path)
    journal = Journal.take_up(broken)
    settlement = net_sweep.settle(broken, ground(ether, journal))
    assert settlement.left == ()
    assert settlement.undone[0] == HEAL
    assert settlement.undone[-1] == CLEAN
    assert ether.is_clean()
    journal.let_go()
    (after,) = find_broken(tmp_path)
    assert after.in_force == ()


def test_what_cannot_be_undone_stays_in_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ether = Ether(ESTATE, CORE, offices_of(ESTATE, CORE))
    broken = killed(ether, tmp_path)

    def stays(hosts: object) -> None:
        raise OSError("it does not start")

    monkeypatch.setattr(ether, "boot", stays)
    journal = Journal.take_up(broken)
    settlement = net_sweep.settle(broken, ground(ether, journal))
    (left,) = settlement.left
    assert left.endswith("it does not start")
    assert not ether.failed.keys() & {"takaoka-r1:carrier"}
    journal.let_go()
    (after,) = find_broken(tmp_path)
    assert len(after.in_force) == 1


def test_a_drained_line_is_led_back_to_by_a_push(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pushed: list[tuple[str, ...]] = []

    def push(fleet: object, conductor: object, *, limit: tuple[str, ...], why: str) -> Pushed:
        pushed.append(limit)
        return Pushed(())

    monkeypatch.setattr(net_sweep, "push_network", push)
    journal = Journal.begin(tmp_path, HEADING)
    journal.begun(LINE, line_way("takaoka-r1"))
    journal.let_go()
    (broken,) = find_broken(tmp_path)
    journal = Journal.take_up(broken)
    nobody: Any = None
    settlement = net_sweep.settle(broken, ground(nobody, journal))
    assert pushed == [("takaoka-r1",)]
    assert settlement.undone == (LINE,)
    journal.let_go()


def test_on_a_twin_that_goes_nothing_is_undone(tmp_path: Path) -> None:
    ether = Ether(ESTATE, CORE, offices_of(ESTATE, CORE))
    broken = killed(ether, tmp_path)
    journal = Journal.take_up(broken)
    settlement = net_sweep.settle(broken, ground(ether, journal, is_disposable=True))
    journal.let_go()
    assert settlement.undone == ()
    assert ether.failed

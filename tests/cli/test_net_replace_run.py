"""`hikae net replace` as it is called: it stops, waits or dies, is recorded each time, and the same call goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cli import interruption, net_replace
from cli.acting import Acting
from cli.exits import Exit
from cli.interruption import killed_runs
from cli.main import main
from cli.record import recorded
from cli.settlers.ground import Ground
from dr.replacement import STEPS
from tests.dr_acting.patched import Killed
from tests.dr_acting.replaced import OLD, Branch
from tests.estates import estate_of
from twin.places import Places

ESTATE = estate_of()
CORE = ESTATE.slice_hosts("core")
CALL = ("net", "replace", "kushiro", "--wait", "30", "--json")
Captured = pytest.CaptureFixture[str]


class Standing:
    """A fleet, its conductor at the bastion, and a branch with a dead router."""

    def __init__(self, places: Places) -> None:
        self.world = Branch(ESTATE, CORE, "kushiro")
        self.estate, self.names, self.slice_name, self.places = ESTATE, CORE, "core", places
        self.fleet = self.conductor = self

    def role(self, name: str) -> str:
        return "no store"

    @contextmanager
    def at_bastion(self) -> Iterator[Branch]:
        yield self.world


@pytest.fixture
def branch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Standing:
    """A twin that somebody keeps up; nothing of it is there but what a replacement touches."""
    places = Places(tmp_path / "home", tmp_path / "run")
    places.run.mkdir()
    places.state.write_text(json.dumps({"since": 7.0, "kept": "yes", "slice": "core"}))
    found = Standing(places)
    world = found.world

    def tools(*_: Any, is_unfinished: bool = False) -> Any:
        return SimpleNamespace(
            estate=ESTATE,
            hosts=CORE,
            transport=world,
            routing=world._routing,
            provision=lambda hosts: world._provision(hosts, is_unfinished=is_unfinished),
            clock=world,
            say=lambda _: None,
            layout=SimpleNamespace(identity="", trust="", python=""),
            root=lambda host, *argv, **_: world.run(host, argv),
        )

    @contextmanager
    def twin(broken: Any, by: Any, journal: Any, *, is_disposable: bool) -> Iterator[Ground]:
        nothing: Any = None
        yield Ground(
            ESTATE, nothing, nothing, nothing, nothing, journal, is_disposable, by.verb, by.context
        )

    monkeypatch.setattr(net_replace, "reach", lambda *_: found)
    monkeypatch.setattr(net_replace, "hold", lambda *_: nullcontext())
    monkeypatch.setattr(net_replace, "tools_of", tools)
    monkeypatch.setattr(net_replace, "depot_of", lambda *_, **__: world)
    monkeypatch.setattr(net_replace, "computed_routes", lambda *_: world.rows)
    monkeypatch.setattr(net_replace, "verify_one", lambda *_: "")
    monkeypatch.setattr(interruption, "_twin", twin)
    return found


def acts(places: Places) -> list[tuple[str, str]]:
    lines = (places.home / "records/shaho/records.jsonl").read_text().splitlines()
    bodies = [json.loads(line)["body"] for line in lines]
    return [(body["verb"], body["result"]["state"]) for body in bodies if "verb" in body]


def standing(branch: Standing) -> int:
    return len(killed_runs(branch.places, "twin", "shaho"))


def test_it_replaces_the_device_and_says_what_it_did(branch: Standing, capsys: Captured) -> None:
    assert main([*CALL]) == Exit.FINE
    said = json.loads(capsys.readouterr().out)
    assert [step["step"] for step in said["steps"]] == list(STEPS)
    assert said["left"] == []
    assert acts(branch.places) == [("net replace", "fine")]
    assert standing(branch) == 0


def test_a_device_that_lives_is_refused_before_anything_is_written(
    branch: Standing, capsys: Captured
) -> None:
    branch.world.is_up = True
    assert main([*CALL]) == Exit.WRONG_CALL
    assert "hikae twin crash kushiro-r1" in capsys.readouterr().err
    assert branch.world.believed == {OLD}
    assert not (branch.places.home / "records").exists()


def test_it_waits_with_3_and_the_same_call_goes_on(branch: Standing, capsys: Captured) -> None:
    branch.world.never_answers = True
    assert main([*CALL]) == Exit.UNREACHABLE
    first = json.loads(capsys.readouterr().out)
    assert (first["waits"], first["left"][0]) == (True, "answer")
    assert standing(branch) == 1
    # Somebody else acts meanwhile, and is told.
    with recorded(ESTATE, Acting("sato", "CHG-8"), "net push", "twin", branch.places) as recording:
        recording.end(Exit.FINE)
    assert "`hikae net replace kushiro` goes on" in capsys.readouterr().err
    assert standing(branch) == 1
    branch.world.never_answers = False
    assert main([*CALL]) == Exit.FINE
    second = json.loads(capsys.readouterr().out)
    assert [step["before"] for step in second["steps"]] == [True] * 4 + [False] * 5
    assert branch.world.staged == 1
    assert standing(branch) == 0
    assert acts(branch.places) == [
        ("net replace", "failed"),
        ("net push", "fine"),
        ("net replace", "fine"),
    ]


def test_killed_at_any_moment_the_same_call_goes_on(branch: Standing, capsys: Captured) -> None:
    branch.world.kill_at = 12
    assert main([*CALL]) == Exit.ABORTED
    assert Killed.__name__ in capsys.readouterr().err
    assert standing(branch) == 1
    branch.world.kill_at = None
    assert main([*CALL]) == Exit.FINE
    assert OLD not in branch.world.believed
    assert standing(branch) == 0


def test_it_is_given_up_and_the_next_one_begins_anew(branch: Standing, capsys: Captured) -> None:
    branch.world.never_answers = True
    assert main([*CALL]) == Exit.UNREACHABLE
    assert main([*CALL, "--abandon"]) == Exit.FINE
    assert standing(branch) == 0
    assert "stays withdrawn" in capsys.readouterr().err
    assert main([*CALL, "--abandon"]) == Exit.WRONG_CALL
    branch.world.is_up = branch.world.never_answers = False
    assert main([*CALL]) == Exit.FINE
    assert branch.world.staged == 2
    assert branch.world.believed == {"certificate 2"}

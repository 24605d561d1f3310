"""A killed command is found by the next one: told where it stood, recorded, and done with; what it was on may be gone."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cli import interruption
from cli.acting import Acting
from cli.exits import Exit
from cli.interruption import By, SettleFailed, killed_runs, settle_killed, standing_of
from cli.main import main
from cli.record import recorded
from cli.settlers.ground import Ground, Settlement
from inventory import Estate
from proof import Broken, Heading, Journal, Way
from tests.estates import estate_of
from twin.places import Places

DATA = Path(__file__).parent / "data"
NAMED = Acting("tanaka", "CHG-4711")
NEXT = Acting("sato", "CHG-4712")
BEGUN = time.mktime((2026, 11, 24, 16, 55, 0, 0, 0, -1))


@pytest.fixture(scope="module")
def estate() -> Estate:
    return estate_of()


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path, tmp_path / "run")


@pytest.fixture(autouse=True)
def cleared(monkeypatch: pytest.MonkeyPatch) -> list[Places]:
    """Whose leftovers were cleared: nothing of this machine's own twin is touched by these tests."""
    found: list[Places] = []

    def clear(places: Places) -> bool:
        found.append(places)
        return False

    monkeypatch.setattr(interruption, "clear_leftovers", clear)
    return found


def kill(places: Places, *, on: str = "twin", verb: str = "drill run", **context: Any) -> None:
    """The journal of a drill that was killed in its third step."""
    heading = Heading(
        verb=verb,
        words="drill tokyo-cut",
        estate="shaho",
        on=on,
        person="tanaka",
        role="network-chief",
        change="CHG-4711",
        started=BEGUN,
        context={"lab": None, **context},
    )
    journal = Journal.begin(places.journal, heading)
    journal.begun("remove the drill's programs", Way("clean"))
    journal.begun("cut lines of Tokyo")
    journal.begun("bring the lines back", Way("heal", {"lines": ["a"]}))
    journal.let_go()


def entries(places: Places) -> list[dict[str, Any]]:
    lines = (places.home / "records/shaho/records.jsonl").read_text().splitlines()
    return [json.loads(line)["body"] for line in lines][1:]


def settle(estate: Estate, places: Places, target: str = "twin") -> tuple[Settlement, ...]:
    by = By(estate, NEXT, "drill undo", target, places, {})
    return tuple(one.settlement for one in settle_killed(by))


def test_where_it_stood_is_one_sentence(places: Places) -> None:
    kill(places)
    (broken,) = killed_runs(places, "twin", "shaho")
    began = time.strftime("%H:%M:%S", time.localtime(broken.steps[1].begun))
    assert standing_of(broken) == (
        "drill tokyo-cut of 16:55:00 by tanaka, change CHG-4711, broke off in 'cut lines of Tokyo', "
        f"begun {began}; in force: bring the lines back; remove the drill's programs."
    )


def test_a_killed_run_is_recorded_by_the_command_that_comes_next(
    estate: Estate, places: Places, capsys: pytest.CaptureFixture[str]
) -> None:
    kill(places)
    with recorded(estate, NEXT, "net push", "twin", places) as recording:
        assert len(recording.settled) == 1
    killed, pushed = entries(places)
    assert (killed["verb"], killed["who"]["person"]) == ("drill run", "tanaka")
    assert killed["result"]["state"] == "interrupted"
    assert killed["result"]["sentences"][-1] == (
        "Its twin is gone, and everything in force with it."
    )
    assert list(killed["transcripts"]) == ["journal"]
    assert (pushed["verb"], pushed["who"]["person"]) == ("net push", "sato")
    assert "broke off in 'cut lines of Tokyo'" in capsys.readouterr().err
    assert killed_runs(places, "twin", "shaho") == ()
    # Its journal is kept: the record has its hash.
    assert len(list((places.journal / "kept").iterdir())) == 1
    folder = places.home / "records"
    words = ["audit", "verify", str(folder / "shaho"), "--trust", f"{folder}/shaho.trust.json"]
    assert main(words) == Exit.FINE


def test_what_was_being_booted_is_cleared(
    estate: Estate, places: Places, cleared: list[Places], monkeypatch: pytest.MonkeyPatch
) -> None:

    def clear(places: Places) -> bool:
        cleared.append(places)
        return True

    monkeypatch.setattr(interruption, "clear_leftovers", clear)
    kill(places, verb="twin up")
    (found,) = settle(estate, places)
    assert found.sentences == ("Its twin was not up yet, and what there was of it is cleared.",)
    assert cleared == [places]


def test_the_twin_of_a_killed_rehearsal_is_cleared_and_nothing_judged(
    estate: Estate, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interruption, "clear_leftovers", lambda _: True)
    kill(places, verb="net migrate")
    places.run.mkdir()
    places.state.write_text(json.dumps({"since": 7.0, "slice": "core", "estate": "a-to-b"}))
    (found,) = settle(estate, places)
    assert found.sentences == ("Its twin was its own, and what there was of it is cleared.",)
    assert found.left == ()


def test_a_twin_that_somebody_else_keeps_is_not_cleared(
    estate: Estate, places: Places, cleared: list[Places]
) -> None:
    kill(places)
    places.run.mkdir()
    places.state.write_text(json.dumps({"since": 7.0, "kept": "yes", "slice": "mini"}))
    (found,) = settle(estate, places)
    assert found.sentences == ("Its twin is gone, and everything in force with it.",)
    assert cleared == []


def test_production_is_not_settled_by_a_command_on_the_twin(estate: Estate, places: Places) -> None:
    kill(places, on="production")
    assert settle(estate, places) == ()
    assert len(killed_runs(places, "production", "shaho")) == 1
    assert killed_runs(places, "production", "another") == ()


def test_what_is_left_in_force_stops_every_act_until_it_is_put_right(
    estate: Estate, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill(places)
    left = Settlement(("Two of three.",), undone=("heal",), left=("boot: no hand on the switch",))
    monkeypatch.setattr(interruption, "_follow", lambda *_: left)
    with (
        pytest.raises(SettleFailed, match=r"boot: no hand on the switch\. Put it right"),
        recorded(estate, NEXT, "provision", "twin", places),
    ):
        raise AssertionError("nothing begins before")
    killed, undone = entries(places)
    assert killed["result"]["state"] == "interrupted"
    assert (undone["verb"], undone["result"]["state"]) == ("drill undo", "failed")
    assert undone["who"]["person"] == "sato"
    assert undone["result"]["sentences"] == ["undone: heal", "boot: no hand on the switch"]
    monkeypatch.undo()
    assert len(settle(estate, places)) == 1
    assert killed_runs(places, "twin", "shaho") == ()


def test_a_run_that_ends_with_something_in_force_is_taken_up_by_the_next(
    estate: Estate, places: Places
) -> None:
    with recorded(estate, NAMED, "provision", "twin", places, words="provision") as recording:
        recording.journal.begun("finish the provision", Way("finish"))
    (broken,) = killed_runs(places, "twin", "shaho")
    assert broken.heading.words == "provision"
    assert [step.name for step in broken.in_force] == ["finish the provision"]


def test_every_settler_is_there() -> None:
    for verb, name in interruption._SETTLERS.items():
        heading = Heading(verb, verb, "shaho", "twin", "p", "r", "c", BEGUN)
        broken = Broken(Path("x"), heading, (), {}, BEGUN)
        assert interruption._settler(broken).__module__ == name
    assert Ground.__dataclass_fields__.keys() >= {"transport", "faults", "journal"}


def test_status_says_what_stands_and_changes_nothing(
    places: Places, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HIKAE_HOME", str(places.home))
    assert main(["drill", "status"]) == Exit.FINE
    kill(places)
    assert main(["drill", "status"]) == Exit.FINDING
    assert "broke off in 'cut lines of Tokyo'" in capsys.readouterr().out
    assert main(["drill", "status", "--json"]) == Exit.FINDING
    said = json.loads(capsys.readouterr().out)
    jsonschema.validate(said, json.loads((DATA / "drill-status.schema.json").read_text()))
    (found,) = said["killed"]
    assert (found["words"], found["under_way"]) == ("drill tokyo-cut", "cut lines of Tokyo")
    assert found["in_force"] == ["bring the lines back", "remove the drill's programs"]
    assert len(killed_runs(places, "twin", "shaho")) == 1


@pytest.mark.skipif(
    os.geteuid() != 0, reason="the twin is held by root, and this run is not root's"
)
def test_undo_settles_and_says_so(
    places: Places, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HIKAE_HOME", str(places.home))
    monkeypatch.setattr(Places, "default", classmethod(lambda cls: places))
    kill(places)
    words = ["drill", "undo", "--as", "sato", "--change", "CHG-4712"]
    assert main([*words, "--json"]) == Exit.FINE
    said = json.loads(capsys.readouterr().out)
    jsonschema.validate(said, json.loads((DATA / "drill-undo.schema.json").read_text()))
    (settled,) = said["settled"]
    assert settled["sentences"] == ["Its twin is gone, and everything in force with it."]
    assert main(words) == Exit.FINE
    assert capsys.readouterr().out == "Nothing was killed under way.\n"

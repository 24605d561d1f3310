"""`hikae net migrate`: contract, exit codes, words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cli import net_migrate, net_rehearse
from cli.exits import Exit
from cli.main import main
from dr.migration.taken import Rehearsed
from inventory import Estate
from netconfig.migration.plan import Plan
from netconfig.migration.planner import make_plan
from tests.netconfig.migration.conftest import FIBRE
from twin.errors import TwinFailed
from twin.places import Places

ROOT = Path(__file__).resolve().parents[2]
SMALL = ROOT / "examples" / "estate-small"
DATA = Path(__file__).parent / "data"
Captured = pytest.CaptureFixture[str]
PLANS: dict[tuple[str, ...], Plan] = {}


@pytest.fixture(autouse=True)
def _planned_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each pair of estates of this file is planned once; what is said of a plan is what these tests are about."""

    def make(source: Estate, target: Estate, within: Any, says: Any) -> Plan:
        asked = (source.name, target.name, *(within or ()))
        if asked not in PLANS:
            PLANS[asked] = make_plan(source, target, within, says)
        return PLANS[asked]

    monkeypatch.setattr(net_migrate, "make_plan", make)


def laid(folder: Path, text: str) -> str:
    folder.mkdir()
    (folder / "over.yml").write_text(f"based_on: {SMALL}\n{text}", encoding="utf-8")
    return str(folder)


def printed(capsys: Captured, *args: str) -> tuple[int, dict[str, Any]]:
    code = main(["net", "migrate", *args, "--json"])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    jsonschema.validate(found, json.loads((DATA / "net-migrate.schema.json").read_text()))
    return code, found


def test_a_plan_that_reaches_its_target(capsys: Captured, tmp_path: Path) -> None:
    target = laid(tmp_path / "fibre", FIBRE)
    code, found = printed(capsys, str(SMALL), target)
    assert code == Exit.FINE
    assert found["possible"] is True
    assert found["silences"] == 0
    assert (found["from"], found["to"]) == ("kyosai", "kyosai-fibre")
    assert "lines" not in found["steps"][0]["devices"][0]
    code, shown = printed(capsys, str(SMALL), "--estate", target, "--show", "3")
    assert code == Exit.FINE
    assert [s["title"] for s in shown["steps"]] == [s["title"] for s in found["steps"]]
    assert all("lines" in device for device in shown["steps"][2]["devices"])
    for device in shown["steps"][2]["devices"]:
        assert len(device["lines"]["add"]) == device["add"]
        assert device["typed"]
        assert device["way_back"]


def test_a_plan_that_would_cut_an_office(capsys: Captured, tmp_path: Path) -> None:
    # Sakata is on one network, which nobody else is on.
    text = """
estate: {name: kyosai-cut}
networks:
  lost: {number: 9, asn: 65109, title: Nobody's, title_ja: 無, ours: true, mbps: 1}
  gone: {number: 10, asn: 65110, title: Nobody's, title_ja: 無, ours: true, mbps: 1}
lines: {sites: {sakata: [{network: lost}, {network: gone}]}}
"""
    code, found = printed(capsys, str(SMALL), laid(tmp_path / "cut", text))
    assert code == Exit.FINDING
    assert found["possible"] is False
    (refusal,) = found["refusals"]
    assert any(v["source"] == "sakata" for v in refusal["violations"])


def test_words_for_people(capsys: Captured, tmp_path: Path) -> None:
    target = laid(tmp_path / "fibre", FIBRE)
    assert main(["net", "migrate", str(SMALL), target]) == Exit.FINE
    out = capsys.readouterr().out
    assert out.startswith("From kyosai to kyosai-fibre: ")
    assert "Planned silences: 0" in out
    assert "prefer fibre at" in out
    assert main(["net", "migrate", str(SMALL), target, "--show", "2"]) == Exit.FINE
    assert "way back:" in capsys.readouterr().out


def test_a_step_that_is_not_there_and_estates_that_cannot_be_compared(
    capsys: Captured, tmp_path: Path
) -> None:
    target = laid(tmp_path / "fibre", FIBRE)
    assert main(["net", "migrate", str(SMALL), target, "--show", "999"]) == Exit.WRONG_CALL
    assert "there is no step 999" in capsys.readouterr().err
    other = laid(tmp_path / "pools", "addressing: {services: 172.26.1.0/26}\n")
    assert main(["net", "migrate", str(SMALL), other]) == Exit.WRONG_CALL
    assert "address pools differ" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "add `--slice core`"),
        (("--slice", "core", "--on", "production"), "leave out `--on production`"),
        (("--slice", "nowhere"), "'nowhere' is no slice of this estate"),
        (("--slice", "core", "--until", "0"), "0 is not in the range"),
    ],
)
def test_what_cannot_be_rehearsed_is_refused_before_it_is_planned(
    capsys: Captured,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    sentence: str,
) -> None:
    monkeypatch.setattr("twin.bringup.ensure_root", lambda: None)
    monkeypatch.setattr(net_migrate, "make_plan", lambda *_: pytest.fail("it was planned"))
    target = laid(tmp_path / "fibre", FIBRE)
    assert main(["net", "migrate", str(SMALL), target, "--rehearse", *words]) == Exit.WRONG_CALL
    assert sentence in capsys.readouterr().err


def test_options_of_a_rehearsal_are_not_ignored(capsys: Captured, tmp_path: Path) -> None:
    target = laid(tmp_path / "fibre", FIBRE)
    assert main(["net", "migrate", str(SMALL), target, "--until", "3"]) == Exit.WRONG_CALL
    assert "add `--rehearse`" in capsys.readouterr().err


@pytest.fixture
def held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Places, list[str]]:
    """A rehearsal without a machine: where it writes, and what is done in which order."""
    places, acts = Places(tmp_path / "home", tmp_path / "run"), list[str]()
    places.run.mkdir(parents=True)
    monkeypatch.setattr(Places, "default", lambda: places)
    monkeypatch.setattr("twin.bringup.ensure_root", lambda: None)
    monkeypatch.setattr("twin.lock.ensure_root", lambda: None)
    monkeypatch.setattr("twin.bringup.ensure_free", lambda _: acts.append("free"))
    monkeypatch.setattr(net_rehearse, "clear_leftovers", lambda _: acts.append("clear"))
    monkeypatch.setattr(net_rehearse, "twin_limits", lambda: ())
    return places, acts


def rehearsed(places: Places, capsys: Captured, target: str) -> tuple[int, str]:
    words = [str(SMALL), target, "--slice", "core", "--rehearse", "--json", "--estate", target]
    code = main(["net", "migrate", *words])
    return code, capsys.readouterr().out


def test_a_rehearsal_is_recorded_and_cleared_whatever_comes_of_it(
    capsys: Captured,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    held: tuple[Places, list[str]],
) -> None:
    places, acts = held

    def carry_out(plan: Plan, intended: net_rehearse.Intended, *_: object) -> Rehearsed:
        acts.append("carry out")
        return Rehearsed(
            plan.source,
            plan.target,
            intended.slice_name,
            len(intended.hosts),
            len(plan.steps),
            intended.offices,
            (),
            1.7e9,
            1.7e9 + 60,
            stopped="no way in to miyako-r1",
        )

    monkeypatch.setattr(net_rehearse, "_carry_out", carry_out)
    code, out = rehearsed(places, capsys, laid(tmp_path / "fibre", FIBRE))
    assert code == Exit.ABORTED
    assert acts == ["free", "carry out", "clear"]
    found = json.loads(out)
    jsonschema.validate(found, json.loads((DATA / "net-migrate-rehearse.schema.json").read_text()))
    assert Path(found["report"]).is_file()
    assert found["streams"] == [
        f"{office}/{service}"
        for office in ("miyako", "sakata")
        for service in ("policies", "harbour-board")
    ]
    lines = (places.home / "records/kyosai-fibre/records.jsonl").read_text().splitlines()
    (entry,) = [json.loads(line)["body"] for line in lines][1:]
    assert (entry["verb"], entry["on"]) == ("net migrate", "twin")
    assert entry["result"]["state"] == "aborted"
    assert set(entry["transcripts"]) == {"report.html", "rehearsal.json"}


def test_a_twin_that_cannot_be_booted_is_cleared_too(
    capsys: Captured,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    held: tuple[Places, list[str]],
) -> None:
    places, acts = held

    def boot(*_: object) -> None:
        raise TwinFailed("kushiro-r1 did not boot in 120 s")

    monkeypatch.setattr(net_rehearse, "boot", boot)
    code, _ = rehearsed(places, capsys, laid(tmp_path / "fibre", FIBRE))
    assert code == Exit.ABORTED
    assert acts == ["free", "clear"]

"""`hikae net migrate`: contract, exit codes, words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cli.exits import Exit
from cli.main import main
from tests.netconfig.migration.conftest import FIBRE

ROOT = Path(__file__).resolve().parents[2]
SMALL = ROOT / "examples" / "estate-small"
DATA = Path(__file__).parent / "data"
Captured = pytest.CaptureFixture[str]


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

"""`hikae drill note|finding|close|list --findings`: what people add, over all drills that are kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cli.exits import Exit
from cli.main import main
from dr.document import load_schema
from dr.judge import judge
from dr.report import write_report
from tests.dr.synthetic import tokyo_loss

DATA = Path(__file__).parent / "data"
Captured = pytest.CaptureFixture[str]


@pytest.fixture
def reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two drills that are kept."""
    monkeypatch.setenv("HIKAE_HOME", str(tmp_path))
    evidence = tokyo_loss(rate=3)
    for name in ("20261118-1-tokyo-loss", "20261118-2-tokyo-loss"):
        write_report(tmp_path / "reports" / name, evidence, judge(evidence))
    return tmp_path / "reports"


def run(capsys: Captured, *words: str) -> tuple[int, str, str]:
    code = main(["drill", *words])
    said = capsys.readouterr()
    return code, said.out, said.err


def printed(capsys: Captured, *words: str) -> Any:
    code, out, err = run(capsys, *words, "--json")
    assert code == Exit.FINE, err
    return json.loads(out)


def add(capsys: Captured, folder: Path, text: str, *words: str) -> tuple[int, str, str]:
    return run(capsys, "finding", str(folder), text, *words)


def test_a_finding_from_its_record_to_its_end(capsys: Captured, reports: Path) -> None:
    first, second = sorted(reports.iterdir())
    evidence = (first / "evidence.json").read_bytes()
    owner = ("--owner", "network-chief")
    code, out, _ = add(capsys, first, "The alarm rang late", *owner, "--due", "2027-01-31")
    assert code == Exit.FINE
    assert out.splitlines()[0] == "Finding F1: network-chief puts it right by 2027-01-31."
    add(capsys, second, "No key to the room", *owner, "--due", "2026-12-01", "--severity", "high")
    code, out, _ = run(capsys, "note", str(first), "--by", "kimura", "札幌北の電話が鳴った")
    assert (code, out.splitlines()[0]) == (Exit.FINE, "Noted by kimura.")

    found = printed(capsys, "list", "--findings")
    assert found["unread"] == []
    assert [(f["folder"], f["id"], f["due"], f["severity"]) for f in found["findings"]] == [
        (second.name, "F1", "2026-12-01", "high"),
        (first.name, "F1", "2027-01-31", "medium"),
    ]
    assert {f["scenario"] for f in found["findings"]} == {"tokyo-loss"}

    code, out, _ = run(capsys, "close", str(second), "F1", "--by", "ito", "key hangs there now")
    assert (code, out.splitlines()[0]) == (Exit.FINE, "Finding F1 is closed by ito.")
    assert [f["folder"] for f in printed(capsys, "list", "--findings")["findings"]] == [first.name]
    _, out, _ = run(capsys, "list", "--findings", "--closed")
    assert "key to the room" in out
    assert "closed" in out

    document = printed(capsys, "report", str(first))
    jsonschema.validate(document, load_schema())
    assert document["findings"][0]["text"] == "The alarm rang late"
    assert document["notes"][0]["by"] == "kimura"
    page = (first / "report.html").read_text(encoding="utf-8")
    assert "The alarm rang late" in page
    assert "札幌北の電話が鳴った" in page
    assert (first / "evidence.json").read_bytes() == evidence
    _, out, _ = run(capsys, "report", str(first))
    assert "Finding F1 (open, due 2027-01-31): The alarm rang late" in out


def test_what_programs_read_fits_its_schema(capsys: Captured, reports: Path) -> None:
    folder = str(min(reports.iterdir()))
    entry = json.loads((DATA / "drill-entry.schema.json").read_text())
    due = ("--owner", "network-chief", "--due", "2026-11-18")
    for words in (
        ("note", folder, "rang", "--by", "kimura"),
        ("finding", folder, "late", *due),
        ("finding", folder, "later", *due),
        ("close", folder, "F1", "done", "--by", "ito"),
    ):
        jsonschema.validate(printed(capsys, *words), entry)
    found = printed(capsys, "list", "--closed")
    jsonschema.validate(found, json.loads((DATA / "drill-findings.schema.json").read_text()))
    assert [(f["id"], f["is_open"]) for f in found["findings"]] == [("F2", True), ("F1", False)]


def test_everything_that_is_wrong_is_said_at_once(capsys: Captured, reports: Path) -> None:
    folder = min(reports.iterdir())
    code, _, err = add(
        capsys, folder, " ", "--owner", "tanaka", "--due", "2026-11-01", "--by", "mori"
    )
    assert code == Exit.WRONG_CALL
    said = err.splitlines()
    assert len(said) == 4
    assert "the text says nothing" in said[0]
    assert "'mori' is no person" in said[1]
    assert "owner 'tanaka' is no role" in said[2]
    assert said[3] == "hikae: due 2026-11-01 lies before the drill; choose 2026-11-18 or later"
    assert not (folder / "record.jsonl").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("close", "F1", "--by", "ito", "done"), "'F1' is no finding of this drill; known: none"),
        (("note", "--by", "mori", "rang"), "'mori' is no person of the inventory"),
    ],
)
def test_a_wrong_call_changes_nothing(
    capsys: Captured, reports: Path, words: tuple[str, ...], said: str
) -> None:
    folder = min(reports.iterdir())
    before = (folder / "report.html").read_bytes()
    code, _, err = run(capsys, words[0], str(folder), *words[1:])
    assert code == Exit.WRONG_CALL
    assert said in err
    assert (folder / "report.html").read_bytes() == before
    assert not (folder / "record.jsonl").exists()


def test_a_folder_without_a_drill(capsys: Captured, tmp_path: Path) -> None:
    code, _, err = run(capsys, "note", str(tmp_path), "--by", "kimura", "rang")
    assert code == Exit.WRONG_CALL
    assert "name the folder of a drill's report" in err


def test_a_record_that_was_changed_by_hand_is_a_finding_of_the_list(
    capsys: Captured, reports: Path
) -> None:
    first, second = sorted(reports.iterdir())
    add(capsys, second, "One", "--owner", "it", "--due", "2027-01-01")
    add(capsys, second, "Two", "--owner", "network-chief", "--due", "2027-01-01")
    (first / "record.jsonl").write_text("{}\n")
    code, out, err = run(capsys, "list", "--findings")
    assert code == Exit.FINDING, err
    assert "Two" in out
    assert f"{first}/record.jsonl:1" in err


def test_no_drill_no_finding(
    capsys: Captured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HIKAE_HOME", str(tmp_path))
    assert printed(capsys, "list", "--findings") == {"findings": [], "unread": []}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--absent", "suzuki", "--absent", "sato"), "nakamura is both: one person would say yes"),
        (("--absent", "mori"), "--absent:1: absent[0]: 'mori' is no person of the inventory"),
        (("--cast", "nowhere.yml"), "nowhere.yml:1: is no file: no such file or directory"),
    ],
)
def test_a_cast_is_refused_before_anything_is_booted(
    capsys: Captured, words: tuple[str, ...], said: str
) -> None:
    code, _, err = run(capsys, "run", "tokyo-cut", *words)
    assert code == Exit.WRONG_CALL
    assert said in err

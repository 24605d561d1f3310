"""The record of a drill: only appended to, refused where it was tampered with, checked before it grows."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dr.document import document_of, load_schema
from dr.entries import InvalidEntry, closing_of, day_of, finding_of, note_of
from dr.judge import judge
from dr.record import FILE, Closing, Finding, InvalidRecord, Note, Record, append, read_record
from dr.report import render_again, render_report, write_report
from inventory import Estate
from tests.dr.synthetic import tokyo_loss
from tests.estates import estate_of

EVIDENCE = tokyo_loss(rate=5)
DAY = "2026-11-18"
"""The day of the made-up drill, in UTC."""


@pytest.fixture(scope="module")
def estate() -> Estate:
    return estate_of()


def finding(number: int = 1, **changes: Any) -> Finding:
    values: dict[str, Any] = {"text": "x", "owner": "network-chief", "due": "2026-12-01"}
    return Finding(**{"id": f"F{number}", "at": 1.0, **values, **changes})


def test_what_is_appended_is_read(tmp_path: Path) -> None:
    assert read_record(tmp_path) == Record()
    note = Note(1.5, "kimura", "札幌北の電話が鳴り続けた")
    append(tmp_path, lambda _: [note])
    append(tmp_path, lambda record: [finding(len(record.findings) + 1)])
    append(tmp_path, lambda _: [Closing("F1", 3.0, "tanaka", "second line ordered")])
    record = read_record(tmp_path)
    assert record.notes == (note,)
    assert record.findings == (finding(),)
    assert record.closing("F1") == Closing("F1", 3.0, "tanaka", "second line ordered")
    assert record.next_id() == "F2"
    lines = (tmp_path / FILE).read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["kind"] for line in lines] == ["note", "finding", "closing"]


def test_nothing_that_was_said_is_unsaid(tmp_path: Path) -> None:
    append(tmp_path, lambda _: [Note(1.0, "kimura", "one")])
    before = (tmp_path / FILE).read_bytes()
    append(tmp_path, lambda _: [Note(2.0, "kimura", "two")])
    assert (tmp_path / FILE).read_bytes().startswith(before)


def test_two_commands_at_once_never_give_the_same_id(tmp_path: Path) -> None:
    def add(_: int) -> None:
        append(tmp_path, lambda record: [finding(int(record.next_id()[1:]))])

    with ThreadPoolExecutor(max_workers=8) as pool:
        list(pool.map(add, range(40)))
    found = [one.id for one in read_record(tmp_path).findings]
    assert sorted(found) == sorted(f"F{number}" for number in range(1, 41))


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 200))
def test_a_command_that_was_killed_while_writing_leaves_a_whole_record(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    folder = tmp_path_factory.mktemp("killed")
    append(folder, lambda _: [Note(1.0, "kimura", "電話"), finding()])
    whole = (folder / FILE).read_bytes()
    (folder / FILE).write_bytes(whole[: max(0, len(whole) - cut)])
    kept = read_record(folder).entries
    assert kept == read_record(folder).entries
    append(folder, lambda _: [Note(2.0, "kimura", "two")])
    assert read_record(folder).entries == (*kept, Note(2.0, "kimura", "two"))


GOOD = json.dumps({"kind": "finding", "id": "F1", "at": 1.0, "text": "x"}) + "\n"
WHOLE = (
    json.dumps(
        {
            "kind": "finding",
            "id": "F1",
            "at": 1.0,
            "text": "x",
            "owner": "a",
            "due": "2026-12-01",
            "severity": "low",
            "by": "",
        }
    )
    + "\n"
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no json\n", ":1: line: Invalid JSON"),
        ("{}\n", ":1: line: Unable to extract tag"),
        ('{"kind": "note", "at": "early", "by": "x", "text": "y"}\n', ":1: note.at: "),
        (GOOD, ":1: finding.owner: Field required"),
        (WHOLE + WHOLE, ":2: finding F1 stands twice"),
        (WHOLE.replace("low", "dire"), ":1: finding.severity: Input should be 'high'"),
        (
            '{"kind": "closing", "finding": "F9", "at": 1, "by": "x", "text": "y"}\n',
            ":1: closes F9, which is no finding",
        ),
    ],
)
def test_a_record_that_was_changed_by_hand_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(InvalidRecord) as refused:
        read_record(tmp_path)
    assert said in str(refused.value)
    with pytest.raises(InvalidRecord):
        append(tmp_path, lambda _: [Note(1.0, "kimura", "one")])
    assert (tmp_path / FILE).read_text() == text


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({}, []),
        ({"due": DAY}, []),
        ({"owner": "tanaka"}, ["owner 'tanaka' is no role: a finding belongs to a role; known: "]),
        ({"due": "2026-11-17"}, [f"due 2026-11-17 lies before the drill; choose {DAY} or later"]),
        ({"due": "20261201"}, ["due '20261201' is no date; write YYYY-MM-DD"]),
        ({"due": "1 December"}, ["due '1 December' is no date; write YYYY-MM-DD"]),
        ({"due": "2026-02-30"}, ["due '2026-02-30' is no date; write YYYY-MM-DD"]),
        ({"text": "  "}, ["the text says nothing; write at least a word"]),
        ({"text": "a\nb"}, ["the text holds a control character or a new line; "]),
        ({"text": "x" * 2001}, ["the text has 2001 characters; write at most 2000"]),
        ({"by": "mori"}, ["'mori' is no person of the inventory; known: sato, "]),
        (
            {"owner": "nobody", "due": "soon", "text": "", "by": "mori"},
            ["the text says nothing", "'mori' is no person", "owner 'nobody'", "due 'soon' is no"],
        ),
    ],
)
def test_findings_have_an_owner_and_a_date(
    estate: Estate, changes: dict[str, str], faults: list[str]
) -> None:
    values = {"owner": "network-chief", "due": "2026-12-01", "text": "x", **changes}
    found: tuple[str, ...] = ()
    try:
        [made] = finding_of(estate, EVIDENCE, now=1.0, **values)(Record())  # type: ignore[arg-type]
        assert isinstance(made, Finding)
        assert made.id == "F1"
    except InvalidEntry as refused:
        found = refused.faults
    assert len(found) == len(faults)
    assert all(one.startswith(start) for one, start in zip(found, faults, strict=True))


@pytest.mark.parametrize(
    ("entries", "changes", "sentence"),
    [
        (2, {}, "F1 was closed by ito on 1970-01-01; record a new finding"),
        (1, {"finding": "F2"}, "'F2' is no finding of this drill; known: F1"),
        (0, {}, "'F1' is no finding of this drill; known: none"),
        (1, {"by": "mori"}, "'mori' is no person of the inventory"),
        (1, {"text": ""}, "the text says nothing"),
    ],
)
def test_a_finding_is_closed_once_by_a_person_who_says_how(
    estate: Estate, entries: int, changes: dict[str, str], sentence: str
) -> None:
    values = {"finding": "F1", "by": "ito", "text": "done", **changes}
    closing = Closing("F1", 9.0, "ito", "done")
    record = Record((finding(), closing)[:entries])
    with pytest.raises(InvalidEntry) as said:
        closing_of(estate, **values, now=9.0)(record)
    assert str(said.value).startswith(sentence)


def test_an_open_finding_is_closed(estate: Estate) -> None:
    make = closing_of(estate, finding="F1", by="ito", text="done", now=9.0)
    assert make(Record((finding(),))) == [Closing("F1", 9.0, "ito", "done")]


def test_a_note_is_a_persons(estate: Estate) -> None:
    assert note_of(estate, by="kimura", text=" rang ", now=1.0)(Record()) == [
        Note(1.0, "kimura", "rang")
    ]
    with pytest.raises(InvalidEntry, match="'nobody' is no person"):
        note_of(estate, by="nobody", text="rang", now=1.0)


def test_the_day_of_a_drill() -> None:
    assert str(day_of(EVIDENCE)) == DAY


def test_the_report_is_written_anew_and_the_evidence_left_alone(tmp_path: Path) -> None:
    verdict = judge(EVIDENCE)
    write_report(tmp_path, EVIDENCE, verdict)
    evidence, page = (tmp_path / "evidence.json").read_bytes(), tmp_path / "report.html"
    kept = (tmp_path / "evidence.json").stat().st_mtime_ns
    append(tmp_path, lambda _: [Note(1.0, "kimura", "<script>alert(1)</script>"), finding(1)])
    append(tmp_path, lambda _: [finding(2, severity="high"), Closing("F1", 2.0, "ito", "二回線目")])
    document = render_again(tmp_path, EVIDENCE, verdict)
    assert (tmp_path / "evidence.json").read_bytes() == evidence
    assert (tmp_path / "evidence.json").stat().st_mtime_ns == kept
    assert json.loads((tmp_path / "drill.json").read_text(encoding="utf-8")) == document
    jsonschema.validate(document, load_schema())
    assert [note["by"] for note in document["notes"]] == ["kimura"]
    assert [(f["id"], f["is_open"], f["closed_by"]) for f in document["findings"]] == [
        ("F1", False, "ito"),
        ("F2", True, None),
    ]
    text = page.read_text(encoding="utf-8")
    assert "<script" not in text
    assert "二回線目" in text
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "drill.json",
        "evidence.json",
        "record.jsonl",
        "report.html",
    ]


def test_a_drill_without_a_record_says_so() -> None:
    verdict = judge(EVIDENCE)
    assert document_of(EVIDENCE, verdict, report=None)["findings"] == []
    assert "None yet; add one by" in render_report(EVIDENCE, verdict)

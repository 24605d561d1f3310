"""The report stands alone, escapes what hosts say, and its JSON keeps its contract."""

from __future__ import annotations

import copy
import dataclasses
import html.parser
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from dr.archive import InvalidEvidence, read_evidence, write_evidence
from dr.document import document_of, load_schema
from dr.evidence import Answer, Event, Evidence, Limit, Office, PeopleStep, Player
from dr.judge import judge
from dr.report import render_report, write_report
from tests.dr.cases import CASES, evidence_of, load_case
from tests.dr.synthetic import one_copy, tokyo_loss

CONTRACT = {
    "scenario",
    "verdict",
    "reasons",
    "fates",
    "violations",
    "rto_s",
    "rto_s_by_office",
    "rto_without_people_s",
    "rto_without_people_s_by_office",
    "people",
    "cast",
    "notes",
    "findings",
    "two_writers_s",
    "no_writer_s",
    "phases_s",
    "memory_peak_mb",
    "hosts",
    "report",
}
VALIDATOR = jsonschema.Draft202012Validator(load_schema())


def as_json(evidence: Evidence) -> dict[str, Any]:
    document = document_of(evidence, judge(evidence), report=Path("/tmp/report.html"))
    text = json.dumps(document, allow_nan=False)
    loaded: dict[str, Any] = json.loads(text)
    return loaded


class Page(html.parser.HTMLParser):
    """Collects what a page would load, run or leave open."""

    VOID = frozenset({"meta", "br", "line", "rect", "circle"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.links: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [v or "" for k, v in attrs if k in ("src", "href", "xlink:href")]
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_case_has_a_page_and_a_valid_document(path: Path) -> None:
    evidence = evidence_of(load_case(path))
    VALIDATOR.validate(as_json(evidence))
    page = Page(render_report(evidence, judge(evidence)))
    assert not page.open


@pytest.mark.parametrize("make", [tokyo_loss, one_copy])
def test_page_needs_nothing_else(make: Any) -> None:
    evidence = make()
    text = render_report(evidence, judge(evidence))
    page = Page(text)
    assert not page.open
    assert not {"script", "link", "img", "iframe", "object"} & set(page.tags)
    assert all(link.startswith("#") for link in page.links)
    assert "@import" not in text
    assert not re.search(r"url\(|https?://", text)
    assert "default-src 'none'" in text


def test_page_tells_what_it_must() -> None:
    evidence = tokyo_loss()
    text = render_report(evidence, judge(evidence))
    for word in ("Passed", "合格", "22 s", "sendai-etcd1", "the lines fell with the hosts"):
        assert word in text
    for limit in evidence.honesty:
        assert limit.what in text
    assert text.index("What this drill cannot show") < text.index("<h2>Timeline")


def test_page_lists_every_violation() -> None:
    evidence = one_copy()
    verdict = judge(evidence)
    text = render_report(evidence, verdict)
    assert "不合格" in text
    assert all(f">{violation.id}<" in text for violation in verdict.violations)
    assert all(f"<li>{reason}</li>" in text for reason in verdict.reasons)


def test_everything_that_hosts_say_is_escaped() -> None:
    evil = '"><script>alert(1)</script>&'
    evidence = one_copy(rate=5)
    evidence = dataclasses.replace(
        evidence,
        title=evil,
        title_ja=evil,
        run_id=evil,
        settings={evil: evil},
        versions={evil: evil},
        honesty=(Limit(evil, evil, evil),),
        events=(Event(evidence.moments.fault or 0, "note", evil, evil),),
        people=(
            PeopleStep(evil, evil, evil, evil, note=evil, started=1.0, ended=2.0, actor=evil),
            PeopleStep(
                evil,
                answers=(Answer("decides", evil, evil, 1.0, None, "nothing", evil),),
                started=1.0,
                ended=2.0,
            ),
        ),
        cast=(Player(evil, evil, evil, evil, "observer", (evil,), (evil,)),),
        offices=(*evidence.offices[:2], Office("hakata", evil, evil)),
        transactions=tuple(
            dataclasses.replace(t, content=evil) if t.kind == "write" else t
            for t in evidence.transactions
        ),
    )
    text = render_report(evidence, judge(evidence))
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert not Page(text).open


def test_document_has_the_contract() -> None:
    document = as_json(tokyo_loss())
    assert set(document) >= CONTRACT
    assert set(load_schema()["required"]) >= CONTRACT
    assert document["rto_s"] == max(document["rto_s_by_office"].values()) == 22
    assert document["two_writers_s"] == {"records": 0, "payments": 0}
    assert document["hosts"] == 43


def test_document_tells_people_from_machines() -> None:
    document = as_json(tokyo_loss(rate=5))
    assert document["rto_s"] == 22
    assert document["people_s"] == 7
    assert document["rto_without_people_s"] == 15
    assert set(document["rto_without_people_s_by_office"]) == set(document["rto_s_by_office"])
    asked = document["people"][1]
    assert (asked["actor"], asked["decider"], asked["approvers"]) == (
        "kimura",
        "suzuki",
        ["nakamura"],
    )
    fault = document["moments"]["fault"]
    times = [asked[key] - fault for key in ("asked_at", "decided_at", "acted_at", "done_at")]
    assert times == [1, 4, 8, 9.5]
    assert asked["approved_at"] == [fault + 8]
    assert (asked["waited_s"], asked["machines_s"]) == (7, 1.5)
    assert [answer["source"] for answer in asked["answers"]] == ["terminal", "scripted"]
    assert [(p["person"], p["attendance"]) for p in document["cast"]][-2:] == [
        ("shimizu", "observer"),
        ("sato", "absent"),
    ]


def test_page_tells_people_from_machines() -> None:
    evidence = tokyo_loss(rate=5)
    text = render_report(evidence, judge(evidence))
    for words in (
        "RTO with people 22.0 s, without 15.0 s",
        "人の判断待ちを含む 22.0 s、除く 15.0 s",
        "1 of 2 answers were scripted",
        "(scripted",
        "nakamura (operations-director) approves: yes after 4.0 s, scripted",
        "“回線断ではない”",
        "立会",
        "代行",
        "Findings",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("changes", "machines_s"),
    [
        ({"started": 10.0, "acted_at": 14.0, "ended": 20.0, "answers": (1,)}, 6.0),
        ({"started": 10.0, "ended": 20.0}, 10.0),
        ({"started": 10.0, "ended": 20.0, "answers": (1,)}, None),
        ({"started": 10.0}, None),
        ({}, None),
    ],
)
def test_machines_work_only_after_the_yes(
    changes: dict[str, Any], machines_s: float | None
) -> None:
    assert PeopleStep("step", **changes).machines_s == machines_s


def test_document_names_what_is_at_risk() -> None:
    document = as_json(one_copy())
    assert document["bytes_at_risk"]["records"] == 50_240
    assert len(document["acked_at_risk"]) == document["fates"]["acked_at_risk"] > 0
    assert document["rto_s"] is None


@pytest.mark.parametrize("key", sorted(CONTRACT))
def test_schema_misses_every_key(key: str) -> None:
    document = as_json(tokyo_loss(rate=5))
    del document[key]
    assert not VALIDATOR.is_valid(document)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("verdict", "good"),
        ("reasons", ["passed with a reason"]),
        ("rto_s", None),
        ("hosts", -1),
        ("extra", 1),
        ("fates", {"acked_kept": 1}),
    ],
)
def test_schema_refuses_a_wrong_document(key: str, value: object) -> None:
    document = copy.deepcopy(as_json(tokyo_loss(rate=5)))
    assert VALIDATOR.is_valid(document)
    document[key] = value
    assert not VALIDATOR.is_valid(document)


def test_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(load_schema())


def test_evidence_can_be_judged_again_from_its_file(tmp_path: Path) -> None:
    evidence = tokyo_loss(rate=5)
    document = write_report(tmp_path, evidence, judge(evidence))
    again = read_evidence(tmp_path / "evidence.json")
    assert again == evidence
    assert judge(again) == judge(evidence)
    assert json.loads((tmp_path / "drill.json").read_text(encoding="utf-8")) == document
    assert document["report"] == str(tmp_path / "report.html")


def test_file_without_evidence_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "evidence.json"
    with pytest.raises(InvalidEvidence, match="name the folder of a drill"):
        read_evidence(path)
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(InvalidEvidence, match=r"evidence\.json: scenario: Field required"):
        read_evidence(path)
    write_evidence(path, tokyo_loss(rate=5))
    assert read_evidence(path).scenario == "tokyo-loss"

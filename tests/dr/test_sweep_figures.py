"""Figures and reasons of a sweep, and its report."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from dr.evidence import Limit
from dr.sweep.document import Swept
from dr.sweep.figures import Spread, figures_of
from dr.sweep.report import render_report, write_report
from dr.sweep.subjects import Subject, offices_of
from dr.sweep.trial import Kind, Trial
from tests.estates import estate_of

ESTATE = estate_of()
SCHEMA = Path(__file__).parents[1] / "cli" / "data" / "net-sweep.schema.json"
LINE = Subject("link a-r1:carrier", "link", ("a-r1:carrier",), frozenset(), False)
IDLE = Subject("link a-r1:ministry", "link", ("a-r1:ministry",), frozenset(), False)
SWITCH = Subject("link a:lan", "link", ("a:lan",), frozenset({"a/records"}), True)


def trial(
    subject: Subject, kind: Kind = "down", gap_ms: int = 0, number: int = 1, **more: object
) -> Trial:
    found = Trial(subject.name, kind, number, 1.7e9, gap_ms, 0, gap_ms // 10, 5.0, 0.1)
    return replace(found, **more)  # type: ignore[arg-type]


def swept(*trials: Trial, stopped: str = "") -> Swept:
    return Swept(
        slice_name="core",
        kinds=("down", "silent"),
        times=20,
        seed=5,
        offices=offices_of(ESTATE, ESTATE.slice_hosts("core")),
        subjects=(LINE, IDLE, SWITCH),
        trials=trials,
        sittings=((1.7e9, 1.7e9 + 600),),
        stopped=stopped,
        honesty=(Limit("no <delay>", "the lines"),),
    )


def test_percentiles_are_over_what_lost_anything() -> None:
    found = figures_of([trial(LINE, gap_ms=120), trial(LINE, gap_ms=80), trial(IDLE), trial(IDLE)])
    assert (found.count, found.hit, found.packets_lost) == (4, 2, 20)
    assert found.gap_ms == Spread(80, 120, 120)
    assert found.return_ms == Spread(None, None, None)


def test_all_within_the_limits_is_passed() -> None:
    found = swept(trial(LINE, gap_ms=300), trial(LINE, "silent", gap_ms=1000))
    assert (found.verdict, found.reasons) == ("passed", [])


@pytest.mark.parametrize(("kind", "gap_ms"), [("down", 310), ("silent", 1010)])
def test_a_percentile_above_its_limit_is_a_reason(kind: Kind, gap_ms: int) -> None:
    found = swept(trial(LINE, kind, gap_ms=gap_ms))
    assert found.reasons == [
        f"{kind}: the 99th percentile is {gap_ms} ms, above {300 if kind == 'down' else 1000} ms"
    ]


def test_what_there_is_one_of_is_in_no_percentile() -> None:
    found = swept(trial(SWITCH, gap_ms=5000))
    assert found.verdict == "passed"


def test_one_that_stopped_has_no_verdict() -> None:
    found = swept(trial(LINE, note="not as before"), stopped="link a-r1:carrier, down: why")
    assert found.verdict == "aborted"
    assert found.reasons[0] == "the sweep stopped: link a-r1:carrier, down: why"


def test_the_document_keeps_its_contract(tmp_path: Path) -> None:
    found = swept(
        trial(LINE, gap_ms=120, gaps={"takaoka/records": 120}),
        trial(IDLE, "silent", not_healed=("takaoka/records",), healed_s=None),
        trial(SWITCH, gap_ms=50, phases={"drain": 1}),
    )
    document = write_report(tmp_path, found)
    jsonschema.validate(document, json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert json.loads((tmp_path / "sweep.json").read_text(encoding="utf-8")) == document
    down = document["kinds"]["down"]
    assert (down["count"], down["packets_lost"], down["not_healed"]) == (1, 12, 0)
    assert down["gap_ms"] == {"p50": 120, "p99": 120, "max": 120}
    assert document["kinds"]["silent"]["not_healed"] == 1
    assert document["singles"]["down"]["count"] == 1
    assert {row["failure"] for row in document["failures"]} == {LINE.name, IDLE.name, SWITCH.name}
    assert document["report"] == str(tmp_path / "report.html")


def test_the_page_needs_nothing_else_and_shows_each_gap() -> None:
    page = render_report(swept(trial(LINE, gap_ms=120), trial(LINE, "silent", gap_ms=870)))
    assert not re.search(r"(src|href)=\"(?!#)|url\(|@import", page)
    assert "link a-r1:carrier, down, round 1: 120 ms, 12 packets" in page
    assert "link a-r1:carrier, silent, round 1: 870 ms, 87 packets" in page
    assert "870 ms" in page
    assert "no &lt;delay&gt;" in page
    assert page.count("<svg") == 1  # nothing was lost on the way back


def test_a_page_without_a_loss_has_no_picture() -> None:
    page = render_report(swept(trial(IDLE)))
    assert "<svg" not in page
    assert "Passed" in page

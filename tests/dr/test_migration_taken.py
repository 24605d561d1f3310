"""What a rehearsal lost told as figures and sentences, and its report."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from dr.evidence import Limit
from dr.migration.document import document_of
from dr.migration.report import render_report, write_report
from dr.migration.taken import (
    Rehearsed,
    Silence,
    Taken,
    deviation_of,
    foreseen_in,
    silences_of,
)
from dr.sweep.gaps import Loss
from dr.sweep.subjects import offices_of
from netconfig.migration.plan import DeviceChange, Step
from netconfig.model.findings import Violation
from netconfig.push import PushResult
from tests.estates import estate_of

ESTATE = estate_of()
SCHEMA = Path(__file__).parents[1] / "cli" / "data" / "net-migrate-rehearse.schema.json"
STREAM = "kushiro/records"


def step(number: int, *silent: str) -> Step:
    asked = [name.partition("/") for name in silent]
    silences = tuple(Violation("step itself", a, b, (), f"{a} to {b}") for a, _, b in asked)
    device = DeviceChange("kushiro-r1", True, "hostname kushiro-r1\n", "hostname kushiro-r1\n")
    return Step(
        number=number,
        move="prefer",
        kind="prefer-line",
        title=f"prefer <carrier> at kushiro-r{number}",
        wave=(1, 2),
        colour="carrier",
        sites=("kushiro",),
        devices=(device,),
        requires=(),
        silences=silences,
    )


def result(error: str | None = None) -> PushResult:
    return PushResult("kushiro-r1", True, ("router bgp 1",), "", error, 2.5)


def taken(number: int, *silences: Silence, deviation: str | None = None, **more: object) -> Taken:
    begun = 10.0 * number
    one = Taken(step(number), begun, begun + 8, 4.0, silences, (result(),), deviation)
    return replace(one, **more)  # type: ignore[arg-type]


def rehearsed(*found: Taken, planned: int | None = None, stopped: str = "") -> Rehearsed:
    return Rehearsed(
        source="shaho-policy-day",
        target="shaho",
        slice_name="core",
        hosts=27,
        planned=len(found) if planned is None else planned,
        offices=offices_of(ESTATE, ESTATE.slice_hosts("core")),
        taken=found,
        started=1.7e9,
        ended=1.7e9 + 900,
        stopped=stopped,
        late=2,
        memory_mb=912.5,
        honesty=(Limit("no <delay>", "the lines"),),
    )


def losses(stream: str, *numbers: int) -> list[Loss]:
    office, service = stream.split("/")
    return [Loss(office, service, number, 100 + number / 100) for number in numbers]


def test_what_is_lost_is_told_by_stream() -> None:
    lost = [
        *losses(STREAM, 1, 2, 3, 9),
        *losses("hakata/records", 50),
        *losses("hakata/gone", *range(500)),
    ]
    found = silences_of(lost, {STREAM, "hakata/records"}, 90.0)
    assert found == (
        Silence("hakata/records", 1, 10, 10.5),
        Silence(STREAM, 4, 30, 10.01),
    )


def test_what_the_plan_does_not_foresee_is_a_deviation() -> None:
    lost = silences_of(losses(STREAM, 1, 2, 3), {STREAM}, 0.0)
    assert deviation_of((), ()) is None
    assert deviation_of(lost, foreseen_in(step(1, STREAM))) is None
    assert deviation_of(lost, (), borne_ms=30) is None
    said = "kushiro/records lost 3 packets, 30 ms on end; the plan foresees no silence there"
    assert deviation_of(lost, foreseen_in(step(1, "kushiro/payments"))) == said
    assert deviation_of(lost, (), borne_ms=20) == said


def test_all_steps_that_held_are_passed() -> None:
    found = rehearsed(taken(1), taken(2))
    assert (found.verdict, found.reasons, found.packets_lost) == ("passed", [], 0)


def test_a_deviation_is_told_with_what_became_of_it() -> None:
    bad = taken(
        2,
        Silence(STREAM, 37, 210, 21.0),
        deviation="a gap",
        settled_s=None,
        taken_back=(result("not reached: no way in"),),
        back="kushiro-r1 10.0.0.0/8: other",
    )
    found = rehearsed(taken(1), bad, planned=5)
    assert found.verdict == "failed"
    name = "step 2 (prefer <carrier> at kushiro-r2)"
    assert found.reasons == [
        f"{name}: a gap",
        f"{name} was not taken back on kushiro-r1: not reached: no way in",
        f"{name} was taken back, and not all is as before: kushiro-r1 10.0.0.0/8: other",
    ]
    assert (found.packets_lost, found.longest_ms) == (37, 210)


@pytest.mark.parametrize("planned", [1, 5])
def test_one_that_did_not_come_to_its_end_has_no_verdict(planned: int) -> None:
    found = rehearsed(taken(1), planned=planned, stopped="it was interrupted")
    assert found.verdict == "aborted"
    assert found.reasons == ["the rehearsal stopped: it was interrupted"]


FOUND = [
    rehearsed(taken(1), taken(2, Silence(STREAM, 3, 30, 21.0))),
    rehearsed(
        taken(1),
        taken(2, Silence(STREAM, 37, 210, 21.0), deviation="a <gap>", taken_back=(result(),)),
        planned=90,
    ),
    rehearsed(planned=90, stopped="kushiro-r1: bgp 10.0.0.1 is not up"),
]


@pytest.mark.parametrize("found", FOUND)
def test_the_document_holds_the_contract(found: Rehearsed, tmp_path: Path) -> None:
    document = write_report(tmp_path / "report", found)
    written = json.loads((tmp_path / "report" / "rehearsal.json").read_text())
    jsonschema.validate(written, json.loads(SCHEMA.read_text()))
    assert written == json.loads(json.dumps(document))
    assert written["report"] == str(tmp_path / "report" / "report.html")
    assert written["taken"] == len([one for one in found.taken if one.deviation is None])


def test_a_foreseen_silence_is_marked() -> None:
    one = replace(taken(1, Silence(STREAM, 3, 30, 11.0)), step=step(1, STREAM))
    (told,) = document_of(rehearsed(one), None)["steps"]
    assert told["foreseen"] == [STREAM]
    assert told["silences"][0]["is_foreseen"] is True


@pytest.mark.parametrize("found", FOUND)
def test_the_page_needs_nothing_else_and_shows_what_counts(found: Rehearsed) -> None:
    page = render_report(found)
    assert not re.search(r"https?://|<script|<link|@import", page)
    assert "<gap>" not in page
    assert "no &lt;delay&gt;" in page
    assert found.verdict.capitalize() in page
    for reason in found.reasons:
        assert reason.replace("<", "&lt;").replace(">", "&gt;") in page
    assert page.count("<svg") == (1 if found.taken else 0)
    for one in found.taken:
        for silence in one.silences:
            assert f"{silence.packets} packets, {silence.longest_ms} ms on end" in page

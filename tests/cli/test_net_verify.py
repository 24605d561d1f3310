"""`hikae net verify` and `hikae net routes`: contracts, exit codes, words."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cli.exits import Exit
from cli.main import main

SMALL = Path(__file__).resolve().parents[2] / "examples" / "estate-small"
DATA = Path(__file__).parent / "data"
Captured = pytest.CaptureFixture[str]


def printed(capsys: Captured, schema: str, *args: str) -> tuple[int, dict[str, Any]]:
    code = main(["net", *args, "--json"])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    jsonschema.validate(found, json.loads((DATA / f"{schema}.schema.json").read_text()))
    return code, found


def test_the_shipped_estate_bears_every_single_failure(capsys: Captured) -> None:
    code, found = printed(capsys, "net-verify", "verify")
    assert found["violations"] == []
    assert found["overloads"] == []
    assert found["losses"] == []
    assert code == Exit.FINE
    assert found["devices"] > 360
    assert found["failures_tried"] > 2000
    assert found["questions"] > 7000
    # Only branches with their one router, one switch or one line.
    assert found["cut_off"]["network carrier"] == [
        *(f"visit-{area}" for area in ("hokkaido", "tohoku", "chugoku", "okinawa")),
        *("hall-sapporo", "hall-nagoya", "hall-fukuoka", "hellowork-osaka", "hellowork-sendai"),
    ]
    assert "link kushiro-r1:carrier" not in found["cut_off"]


def test_pairs_tell_who_loses_what(capsys: Captured) -> None:
    code, found = printed(capsys, "net-verify", "verify", "--slice", "core", "--pairs")
    assert code == Exit.FINE
    assert found["pairs_tried"] > 1500
    # Without its LAN and the cable beside it a router goes on announcing the LAN.
    lost = {loss["failure"] for loss in found["losses"]}
    assert "link mitaka-r1:lan and link mitaka-r1:mitaka-r2" in lost
    # Without a gateway the balancer could not answer: it leaves its services to the next centre.
    assert "link mitaka-r1:lan and link mitaka-r2:lan" not in lost
    assert set(found["cut_off"]["router mitaka-r1 and router mitaka-r2"]) == {"mitaka"}


def test_the_small_estate_shows_what_one_router_costs(capsys: Captured) -> None:
    # Akita has one router. Without one of its lines its service is served from Hachinohe: a branch prefers its first line to
    # the home order.
    code, found = printed(capsys, "net-verify", "verify", "--estate", str(SMALL))
    assert code == Exit.FINDING
    assert {violation["failure"] for violation in found["violations"]} == {
        "link akita-r1:north",
        "link akita-r1:coop",
        "session akita-r1 - north-pe1",
        "session akita-r1 - coop-pe1",
    }
    assert {violation["destination"] for violation in found["violations"]} == {"harbour-board"}


def test_an_overload_is_a_finding(capsys: Captured, tmp_path: Path) -> None:
    folder = tmp_path / "estate"
    shutil.copytree(SMALL, folder)
    demand = folder / "demand.yml"
    text = demand.read_text(encoding="utf-8")
    assert "kbps: 8000" in text
    demand.write_text(text.replace("kbps: 8000", "kbps: 150000"), encoding="utf-8")
    code, found = printed(capsys, "net-verify", "verify", "--estate", str(folder))
    assert code == Exit.FINDING
    # 150 of 200 Mbit/s by the first network is under 80 %; by the second, with 100, it is not.
    assert {one["failure"] for one in found["overloads"]} >= {"network north"}
    assert "none" not in {one["failure"] for one in found["overloads"]}
    worst = next(one for one in found["overloads"] if one["failure"] == "network north")
    assert worst["percent"] >= 150
    assert worst["line"].endswith(":coop")


def test_findings_are_also_words(capsys: Captured) -> None:
    assert main(["net", "verify", "--estate", str(SMALL)]) == Exit.FINDING
    out = capsys.readouterr().out
    assert "Violations (" in out
    assert "harbour-board" in out


def test_routes_of_one_device_after_a_failure(capsys: Captured) -> None:
    words = ("routes", "kushiro-r1", "--slice", "core")
    code, calm = printed(capsys, "net-routes", *words)
    assert code == Exit.FINE
    _, failed = printed(capsys, "net-routes", *words, "--after", "link kushiro-r1:carrier")
    ways = {row["prefix"]: row["ways"] for row in calm["routes"]}
    assert ways["10.9.0.1/32"][0][0] == "wan-carrier"
    ways = {row["prefix"]: row["ways"] for row in failed["routes"]}
    assert ways["10.9.0.1/32"][0][0] == "wan-ministry"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("routes", "mitaka-db1"), "has no routing"),
        (("routes", "kushiro-r1", "--after", "link nowhere"), "is no failure"),
        (("verify", "--slice", "nowhere"), "is no slice"),
    ],
)
def test_wrong_words_are_refused(capsys: Captured, words: tuple[str, ...], sentence: str) -> None:
    assert main(["net", *words]) == Exit.WRONG_CALL
    assert sentence in capsys.readouterr().err

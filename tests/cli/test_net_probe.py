"""`hikae net probe`: its contract and its words, with a lab that answers as told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest

from cli import net_probe
from cli.exits import Exit
from cli.main import main
from netconfig.model.knocks import Knock
from tests.estates import estate_of

SCHEMA = Path(__file__).parent / "data" / "net-probe.schema.json"
ESTATE = estate_of()
Captured = pytest.CaptureFixture[str]
Wrong = set[tuple[str, str]]


@pytest.fixture
def wrong(monkeypatch: pytest.MonkeyPatch) -> Wrong:
    """Pairs of hosts between which all is the other way round; everything else is as the flows say."""
    found: Wrong = set()
    lab = SimpleNamespace(names=ESTATE.slice_hosts("mini"), slice_name="mini")

    def knock_all(knocks: Sequence[Knock]) -> dict[Knock, str]:
        answers = {}
        for knock in knocks:
            is_in = knock.is_due != ((knock.source, knock.target) in found)
            answers[knock] = "connected" if is_in else "silent"
        return answers

    monkeypatch.setattr(net_probe, "running_lab", lambda *_: lab)
    monkeypatch.setattr(net_probe, "hold", lambda *_: nullcontext())
    monkeypatch.setattr(net_probe, "knock_all", knock_all)
    return found


def printed(capsys: Captured, *words: str) -> tuple[int, dict[str, Any]]:
    code = main(["net", "probe", *words, "--json"])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    jsonschema.validate(found, json.loads(SCHEMA.read_text(encoding="utf-8")))
    return code, found


def test_all_as_the_flows_say_is_fine(wrong: Wrong, capsys: Captured) -> None:
    code, found = printed(capsys, "--forbidden", "30")
    assert (code, found["differences"]) == (Exit.FINE, [])
    assert found["forbidden"] == 30
    assert found["answers"] == {
        "due": {"connected": found["due"]},
        "forbidden": {"silent": 30},
    }


def test_a_flow_without_an_answer_is_named(wrong: Wrong, capsys: Captured) -> None:
    wrong.add(("takaoka-t1", "records"))
    code, found = printed(capsys, "--forbidden", "0")
    assert code == Exit.FINDING
    (one,) = found["differences"]
    assert (one["source"], one["destination"], one["port"]) == ("takaoka-t1", "records", 8080)
    assert one["flow"]
    assert "allows it" in one["sentence"]


def test_an_answer_without_a_flow_is_named(wrong: Wrong, capsys: Captured) -> None:
    _, before = printed(capsys, "--forbidden", "5000")
    assert before["differences"] == []
    wrong.add(("takaoka-t1", "mitaka-db1"))
    code, found = printed(capsys, "--forbidden", "5000")
    wrong_ones = [one for one in found["differences"] if one["destination"] == "mitaka-db1"]
    assert code == (Exit.FINDING if wrong_ones else Exit.FINE)
    assert wrong_ones
    assert all(one["flow"] is None for one in wrong_ones)


def test_it_is_also_said_in_words(wrong: Wrong, capsys: Captured) -> None:
    wrong.add(("takaoka-t1", "records"))
    assert main(["net", "probe", "--forbidden", "10"]) == Exit.FINDING
    out = capsys.readouterr().out
    assert "Not as the flows say (1)" in out
    assert "10 that none does: 10 silent" in out


def test_production_is_not_probed(capsys: Captured) -> None:
    assert main(["net", "probe", "--on", "production"]) == Exit.WRONG_CALL
    assert "does not act on production" in capsys.readouterr().err

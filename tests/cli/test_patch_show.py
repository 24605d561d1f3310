"""The plan of `hikae patch`: what each batch is expected to cost, by what was measured and by nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cli.exits import Exit
from cli.options import Call
from cli.patch_show import show_plan
from dr.rolling.batches import plan_roll
from dr.rolling.change import RESTARTS, Change
from dr.rolling.silences import MEASURED_S, expected_silence_s
from tests.dr_acting.patched import Patched
from tests.estates import estate_of

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(__file__).parent / "data"
ESTATE = estate_of()
CORE = ESTATE.slice_hosts("core")
Captured = pytest.CaptureFixture[str]


def shown(capsys: Captured, change: Change, *, as_json: bool) -> str:
    world = Patched(ESTATE, CORE)
    planned = plan_roll(ESTATE, CORE, change, conductor="kansai-bastion1", leaders=world.leaders)
    call = Call(as_json=as_json, estate_path=None, target="twin", confirmed=None)
    assert show_plan(call, world.tools(), planned) == Exit.FINE
    return capsys.readouterr().out


@pytest.mark.parametrize("change", [Change("restart", "postgres"), Change("restart", "frr")])
def test_the_plan_fits_its_schema(capsys: Captured, change: Change) -> None:
    found: dict[str, Any] = json.loads(shown(capsys, change, as_json=True))
    jsonschema.validate(found, json.loads((DATA / "patch-plan.schema.json").read_text()))
    said = {batch["stage"]: batch["expected_silence_s"] for batch in found["batches"]}
    assert said == {stage: expected_silence_s(change, stage) for stage in said}


def test_what_was_not_measured_is_said_to_be_so(capsys: Captured) -> None:
    table = shown(capsys, Change("restart", "postgres"), as_json=False)
    assert "expected silence" in table
    assert "2.9 s" in table
    assert "not measured" not in table
    assert "not measured" in shown(capsys, Change("restart", "frr"), as_json=False)


def test_every_figure_stands_in_the_measurements() -> None:
    measured = (ROOT / "docs/performance.md").read_text()
    changes = {f"restart {program}" for program in RESTARTS} | {"reboot", "provision"}
    for (change, _), seconds in MEASURED_S.items():
        assert change in changes
        assert str(seconds) in measured

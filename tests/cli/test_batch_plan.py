"""`hikae batch plan`, `batch declared` and `show batch`: contracts, exit codes, words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cli.exits import Exit
from cli.main import main
from inventory.clock import spell_minute
from monitors.night.plan_file import read_plan

ROOT = Path(__file__).resolve().parents[2]
SMALL = ["--estate", str(ROOT / "examples" / "estate-small")]
DATA = Path(__file__).parent / "data"
DAY = ["--day", "2026-12-16"]  # two business days before the pay date: transfers are made
QUICK = ["--cpu-seconds", "0.5", "--nights", "500"]
Captured = pytest.CaptureFixture[str]


def printed(capsys: Captured, schema: str, *args: str) -> tuple[int, dict[str, Any]]:
    code = main([*args, "--json"])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    jsonschema.validate(found, json.loads((DATA / f"{schema}.schema.json").read_text()))
    return code, found


def test_a_small_night_is_planned_stored_and_pictured(
    capsys: Captured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HIKAE_HOME", str(tmp_path))
    page = tmp_path / "plan.html"
    told = ["batch", "plan", *SMALL, *DAY, *QUICK, "--store", "--report", str(page)]
    code, found = printed(capsys, "batch-plan", *told)
    assert code == Exit.FINE
    assert found["plan"]["finish"] <= found["opening"]
    # So few jobs are planned to the proven best.
    assert found["plan"]["finish"] == found["plan"]["bound"]
    # The whole night's, by simulation: not what each job was planned with.
    assert found["odds"]["is_reached"]
    assert found["odds"]["nights"] == 500
    assert found["odds"]["p_met"] >= found["confidence"] == found["plan"]["wanted"] == 0.9
    assert found["plan"]["probability"] == found["odds"]["p_met"]
    assert {one["quantile"] for one in found["tried"]} >= {found["plan"]["confidence"]}
    plan = read_plan(tmp_path / "plans" / "2026-12-16.json")
    assert found["stored"] == str(tmp_path / "plans" / "2026-12-16.json")
    assert [job.name for job in plan.jobs] == [job["name"] for job in found["plan"]["jobs"]]
    assert page.read_text(encoding="utf-8").count("<svg") > 5


def test_least_hardware_and_moves(capsys: Captured) -> None:
    told = ["batch", "plan", *SMALL, *DAY, *QUICK, "--least-hardware", "--movable"]
    code, found = printed(capsys, "batch-plan", *told)
    assert code == Exit.FINE
    least = found["least_hardware"]
    assert least["bound_yen"] <= least["yen"] <= least["earliest_yen"]
    assert least["yen"] <= least["today_yen"]
    confirmed = least["confirmed"]
    assert confirmed["odds"]["p_met"] >= 0.9
    assert confirmed["price_yen"] == confirmed["yen"] - least["yen"]
    assert confirmed["pools"].keys() == {pool["name"] for pool in least["pools"]}
    assert [move["name"] for move in found["moves"]["jobs"] if move["moves"]] == ["scans"]


def test_a_night_that_does_not_fit_says_why(capsys: Captured, tmp_path: Path) -> None:
    (tmp_path / "over.yml").write_text(
        f"based_on: {SMALL[1]}\nbatch: {{cut_offs: {{bank: {{at: '18:10', reason: the bank closes early}}}}}}\n",
        encoding="utf-8",
    )
    told = ["batch", "plan", "--estate", str(tmp_path), *DAY, *QUICK]
    code, found = printed(capsys, "batch-plan", *told)
    assert code == Exit.FINDING
    assert found["plan"] is None
    clash = "\n".join(found["clash"])
    assert "must have ended by 18:10: the bank closes early" in clash
    assert "batch.yml:" in clash
    assert found["reliefs"]
    assert main(told) == Exit.FINDING
    out = capsys.readouterr().out
    assert "These together cannot be kept" in out


def test_a_night_that_is_not_safe_has_a_plan_and_ways_out(capsys: Captured, tmp_path: Path) -> None:
    _, found = printed(capsys, "batch-plan", "batch", "plan", *SMALL, *DAY, *QUICK)
    end = next(job["end"] for job in found["plan"]["jobs"] if job["name"] == "transfers-send")
    # The bank closes when the transfers are there as planned: about every second night they are late.
    (tmp_path / "over.yml").write_text(
        f"based_on: {SMALL[1]}\nbatch: {{cut_offs: {{bank: {{at: '{spell_minute(end)}', reason: it closes}}}}}}\n",
        encoding="utf-8",
    )
    told = ["batch", "plan", "--estate", str(tmp_path), *DAY, *QUICK]
    code, found = printed(capsys, "batch-plan", *told)
    assert code == Exit.FINDING
    assert found["plan"] is not None
    assert found["clash"] == []
    assert 0.2 < found["odds"]["p_met"] < 0.9
    ways = {relief["way"]: relief["probability"] for relief in found["reliefs"]}
    assert all(probability > found["odds"]["p_met"] for probability in ways.values())
    assert main(told) == Exit.FINDING
    assert "NOT SAFE" in capsys.readouterr().out


def test_kinds_of_the_small_estate(capsys: Captured) -> None:
    code, found = printed(
        capsys, "batch-plan-kinds", "batch", "plan", "--kinds", *SMALL, *DAY, *QUICK
    )
    assert code == Exit.FINE
    assert sum(kind["days"] for kind in found["kinds"]) == 366
    assert not any(kind["unsafe_days"] for kind in found["kinds"])
    assert {kind["kind"] for kind in found["kinds"]} == {"payout", "closed", "weekday"}


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["--kinds", "--store"], "--kinds plans many nights"),
        (["--movable", "--without", "akita"], "leave out --without"),
        (["--without", "narnia"], "'narnia' is no site"),
        (["--confidence", "2"], "2.0 is not in the range"),
        (["--day", "tomorrow"], "does not match the format"),
    ],
)
def test_a_wrong_call(capsys: Captured, args: list[str], sentence: str) -> None:
    assert main(["batch", "plan", *SMALL, *args]) == Exit.WRONG_CALL
    assert sentence in capsys.readouterr().err


def test_what_is_declared(capsys: Captured, tmp_path: Path) -> None:
    code, found = printed(capsys, "batch-declared", "batch", "declared")
    assert (code, found["is_same"], found["is_written"]) == (Exit.FINE, True, False)
    (tmp_path / "over.yml").write_text(
        f"based_on: {SMALL[1]}\ndeclared: null\nnets: null\n", encoding="utf-8"
    )
    there = ["--estate", str(tmp_path)]
    code, found = printed(capsys, "batch-declared", "batch", "declared", *there)
    assert (code, found["is_written"]) == (Exit.FINDING, False)
    assert not (tmp_path / "declared.yml").exists()
    code, found = printed(capsys, "batch-declared", "batch", "declared", "--write", *there)
    assert (code, found["is_written"]) == (Exit.FINE, True)
    assert printed(capsys, "batch-declared", "batch", "declared", *there)[1]["is_same"]


def test_show_batch(capsys: Captured) -> None:
    code, found = printed(capsys, "show-batch", "show", "batch", "--day", "2026-12-09")
    assert code == Exit.FINE
    assert found["calendar"]["kind"] == "pay-file"
    assert found["calendar"]["ends"] == "31:00"
    assert 150 <= len(found["jobs"]) <= 300
    assert "audit-sample" in found["daytime"]
    assert main(["show", "batch", "--day", "2026-12-09"]) == Exit.FINE
    assert "night from 18:00 to 31:00" in capsys.readouterr().out

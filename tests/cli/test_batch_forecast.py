"""`hikae batch watch` and `hikae batch replay`: contracts, exit codes, words."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from cli.batch_night import clock, kept_path, minute_of, past_nights, percent, tonight, watched_of
from cli.exits import Exit, RefusedCall
from cli.main import main
from monitors.forecast.history import write_history
from monitors.forecast.made_up import serial_plan
from monitors.forecast.odds import draw_futures
from monitors.night.plan import Plan, PlannedJob
from monitors.night.plan_file import plan_path, write_plan
from monitors.night.resolve import resolve
from tests.estates import estate_of

DAY = date(2026, 6, 10)
DATA = Path(__file__).parent / "data"
CASE = Path(__file__).parents[2] / "monitors" / "forecast" / "cases" / "mizuho-2011.json"
Captured = pytest.CaptureFixture[str]


def printed(capsys: Captured, verb: str, *args: str) -> tuple[int, dict[str, Any]]:
    code = main(["batch", verb, *args, "--json"])
    found: dict[str, Any] = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    schema = json.loads((DATA / f"batch-{verb}.schema.json").read_text())
    jsonschema.validate(found, schema)
    return code, found


def test_watch_tells_the_risk_and_what_can_be_decided(capsys: Captured) -> None:
    code, found = printed(capsys, "watch", "--night", str(CASE), "--at", "22:10")
    assert code == Exit.FINDING
    assert found["is_alarm"]
    assert found["failed"] == ["entries-a"]
    assert found["options"][0]["saves_probability"] > 0.9
    code, found = printed(capsys, "watch", "--night", str(CASE), "--at", "21:30")
    assert code == Exit.FINE
    assert not found["is_alarm"]


def test_replay_tells_the_alarm_and_the_decision(capsys: Captured) -> None:
    code, found = printed(capsys, "replay", "--case", "mizuho-2011")
    assert code == Exit.FINE
    assert clock(found["alarm_at"]) == "22:07"
    assert found["saving"]["name"] == "set-aside entries-a"
    assert main(["batch", "replay", str(CASE)]) == Exit.FINE
    told = capsys.readouterr().out
    assert "Alarm at 22:07" in told
    assert "Saves the morning: set entries-a aside" in told


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["replay"], "Name one night"),
        (["replay", "--case", "x"], "take one of mizuho-2011"),
        (["replay", "--case", "mizuho-2011", "--fault", "tempo=2"], "needs --made-up"),
        (["replay", "--made-up", "1", "--fault", "quake"], "write tempo=FACTOR"),
        (["watch", "--night", str(CASE), "--at", "soon"], "is no time"),
    ],
)
def test_a_wrong_call_is_told_the_way_out(capsys: Captured, args: list[str], said: str) -> None:
    assert main(["batch", *args]) == Exit.WRONG_CALL
    assert said in capsys.readouterr().err


def test_times_past_midnight() -> None:
    assert minute_of("02:07", 1200) == minute_of("26:07", 1200) == 1567
    assert minute_of("20:00", 1200) == 1200
    assert clock(1567.4) == "26:07"
    assert [percent(p) for p in (0.0, 0.001, 0.5, 0.999, 1.0)] == [
        "0 %",
        "< 1 %",
        "50 %",
        "> 99 %",
        "100 %",
    ]
    with pytest.raises(RefusedCall):
        minute_of("49:00", 1200)


def store_plan(home: Path, day: date) -> Plan:
    """Keep a simple plan of the estate's own night where the verbs look for it."""
    night = resolve(estate_of(), day)
    minutes = [job.duration.median_min * 1.2 for job in night.jobs]
    starts = serial_plan(night, minutes)
    jobs = tuple(
        PlannedJob(
            job.name, int(starts[job.name]), int(starts[job.name]) + max(1, round(m)), 2000, 2000
        )
        for job, m in zip(night.jobs, minutes, strict=True)
    )
    finish = max(job.end for job in jobs)
    plan = Plan(day, night.kind, night.begins, night.opening, finish, 0.7, jobs, {})
    write_plan(plan, plan_path(home / "plans", day))
    return plan


def events_file(path: Path, plan: Plan, longer: float) -> Path:
    """What happened: every job at its planned start, and `longer` times its planned minutes."""
    lines = []
    for job in plan.jobs:
        end = job.start + longer * (job.end - job.start)
        lines.append({"minute": job.start, "job": job.name, "event": "started"})
        lines.append({"minute": end, "job": job.name, "event": "done"})
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return path


def test_a_night_that_is_over_is_kept_once_and_the_next_one_is_watched_and_planned_by_it(
    capsys: Captured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HIKAE_HOME", str(tmp_path))
    plan, after = store_plan(tmp_path, DAY), DAY + timedelta(days=1)
    store_plan(tmp_path, after)
    estate = estate_of()
    before = believed(after)
    events = events_file(tmp_path / "events.jsonl", plan, 1.6)
    args = ("--day", DAY.isoformat(), "--events", str(events))
    for _ in range(2):
        code, kept = printed(capsys, "learn", *args)
        assert (code, kept["nights"], kept["jobs"]) == (Exit.FINE, 1, len(plan.jobs))
    assert len(kept["looks"]) > 5, "how the forecast held is kept too"
    # One slow night is a slow tempo; a month of them is how long these jobs take.
    (past,) = past_nights(estate, None)
    assert believed(after) == pytest.approx(before, abs=0.05)
    month = [replace(past, day=(DAY - timedelta(days=k)).isoformat(), looks=()) for k in range(20)]
    write_history(kept_path(estate), month)
    assert believed(after) > before + np.log(1.25)
    night = resolve(estate, after)
    usual, learned = (draw_futures(night, 300, history=nights) for nights in ((), month))
    assert learned.minutes.mean() > 1.2 * usual.minutes.mean()


def believed(day: date) -> float:
    """The mean of all jobs' log-minutes, as `hikae batch watch` believes them of that night."""
    estate = estate_of()
    watched = watched_of(tonight(estate, day, None), past_nights(estate, None))
    return float(watched.belief.mean.mean())


def test_a_night_that_is_not_over_is_not_learned_from(
    capsys: Captured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HIKAE_HOME", str(tmp_path))
    plan = store_plan(tmp_path, DAY)
    events = events_file(tmp_path / "events.jsonl", plan, 1.0)
    events.write_text("".join(events.read_text().splitlines(keepends=True)[:-1]))
    args = ["batch", "learn", "--day", DAY.isoformat(), "--events", str(events)]
    assert main(args) == Exit.WRONG_CALL
    assert "has not ended" in capsys.readouterr().err
    assert not (tmp_path / "nights").exists()


def test_the_estates_own_night_is_watched_by_its_stored_plan(
    capsys: Captured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HIKAE_HOME", str(tmp_path))
    assert main(["batch", "watch", "--day", "2026-06-10"]) == Exit.WRONG_CALL
    assert "hikae batch plan --day 2026-06-10 --store" in capsys.readouterr().err
    store_plan(tmp_path, DAY)
    code, found = printed(capsys, "watch", "--day", "2026-06-10")
    assert code in (Exit.FINE, Exit.FINDING)
    assert found["prediction"]["left"] > 200
    assert found["prediction"]["median"] is not None
    assert found["prediction"]["deadlines"]

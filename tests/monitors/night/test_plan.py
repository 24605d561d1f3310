"""From a night to a project and from a schedule to a plan: durations, pools, slack, and the file."""

from __future__ import annotations

import json
import math
import random
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory import Estate
from monitors.night.conversion import EXCLUSIVE, as_project, dropped, planned_minutes
from monitors.night.earliest import earliest_schedule
from monitors.night.night import Duration, Night
from monitors.night.plan_file import InvalidPlan, read_plan, write_plan
from monitors.night.planning import plan_night
from monitors.night.resolve import resolve
from monitors.night.slack import hand_overs, latest_starts
from monitors.planning.checking import faults_of
from monitors.planning.project import Project, Resource, Task
from tests.monitors.night.nights import DAY, first_come, job, night


@pytest.mark.parametrize(
    ("median", "cv", "confidence", "minutes"),
    [
        (60, 0.3, 0.5, 60),
        (60, 0.3, 0.8, 77),
        (60, 0.3, 0.95, 98),
        (0.2, 0.3, 0.8, 1),
        (60, 1e-6, 0.999, 61),
    ],
)
def test_planned_minutes_are_a_quantile(
    median: float, cv: float, confidence: float, minutes: int
) -> None:
    assert planned_minutes(Duration(median, cv), confidence) == minutes


def test_the_quantile_holds_as_often_as_it_says() -> None:
    planned = planned_minutes(Duration(1000, 0.4), 0.9)
    draw = random.Random(7)
    spread = math.sqrt(math.log(1 + 0.4**2))
    held = sum(1000 * math.exp(draw.gauss(0, spread)) <= planned for _ in range(20_000))
    assert held / 20_000 == pytest.approx(0.9, abs=0.01)


def test_a_night_becomes_a_project() -> None:
    tape = ((0, 0), (1200, 2), (1800, 0))
    first = job("first", 10, demands={"cores": 2, "tape": 1}, exclusive=("ledger",))
    second = job(
        "second", 20, after=("first",), not_before=1140, deadline=1500, exclusive=("ledger",)
    )
    project = as_project(night(first, second, tape=tape), 0.5)
    assert [r.name for r in project.resources] == ["cores", "tape", EXCLUSIVE + "ledger"]
    assert project.resources[1].capacity == ((0, 0), (120, 2), (720, 0))
    assert project.tasks[0].demands == (2, 1, 1)
    assert project.tasks[1] == Task("second", 20, (1, 0, 1), (0,), 60, 420)
    # What has no deadline of its own ends before the opening.
    assert project.tasks[0].latest_end == 780


def test_plenty_is_what_all_ask_for() -> None:
    project = as_project(night(job("a"), job("b"), job("c")), 0.8, plenty=["cores"])
    assert project.resources[0].capacity == ((0, 3),)
    assert project.resources[0].unit_cost == 1000


def test_a_plan_has_times_slack_and_what_is_critical() -> None:
    chain = night(job("a", 60), job("b", 60, after=("a",), deadline=1200), job("c", 30))
    plan = plan_night(chain, 0.5, first_come)
    assert [(one.name, one.start, one.end) for one in plan.jobs] == [
        ("a", 1080, 1140), ("c", 1080, 1110), ("b", 1140, 1200),
    ]  # fmt: skip
    assert [plan.job(name).slack for name in "abc"] == [0, 0, 1860 - 30 - 1080]
    assert plan.job("a").is_critical
    assert plan.finish == 1200
    assert plan.hardware == {"cores": 2}


def test_slack_counts_who_gets_the_units_next() -> None:
    # One core: whoever comes first keeps the other waiting, though neither waits for the other.
    one_core = night(job("a", 60), job("b", 60, deadline=1080 + 150), cores=1)
    plan = plan_night(one_core, 0.5, first_come)
    assert plan.job("a").latest_start == 1080 + 150 - 60 - 60


def test_slack_ends_where_a_window_closes() -> None:
    plan = plan_night(
        night(job("a", 60, demands={"tape": 1}), tape=((0, 1), (1200, 0))), 0.5, first_come
    )
    assert plan.job("a").latest_start == 1140


@st.composite
def projects(draw: st.DrawFn) -> Project:
    """Small projects with waits, two resources that change over time, and room enough."""
    count = draw(st.integers(1, 9))
    capacity = draw(st.sampled_from([((0, 3),), ((0, 1), (10, 3)), ((0, 3), (20, 1), (35, 3))]))
    resources = (Resource("r", capacity), Resource("s", ((0, 2),)))
    tasks = tuple(
        Task(
            f"t{index}",
            draw(st.integers(1, 9)),
            (draw(st.integers(0, 3)), draw(st.integers(0, 2))),
            tuple(draw(st.sets(st.integers(0, index - 1), max_size=2))) if index else (),
            draw(st.integers(0, 12)),
            400,
        )
        for index in range(count)
    )
    return Project("p", tasks, resources)


@given(projects(), st.integers(0, 1 << 30))
@settings(max_examples=150, deadline=None)
def test_whoever_starts_as_late_as_allowed_breaks_nothing(project: Project, seed: int) -> None:
    """One task begins at its latest start, all who wait for it or its units follow: nothing is broken."""
    schedule = earliest_schedule(project)
    assert faults_of(project, schedule.starts, schedule.end) == []
    latest = latest_starts(project, schedule.starts)
    assert all(late >= start for late, start in zip(latest, schedule.starts, strict=True))
    chosen = seed % len(project.tasks)
    late = list(schedule.starts)
    late[chosen] = latest[chosen]
    followers, _ = hand_overs(project, schedule.starts)
    for index in sorted(range(len(late)), key=lambda one: (schedule.starts[one], one)):
        for follower in followers[index]:
            late[follower] = max(late[follower], late[index] + project.tasks[index].duration)
    end = max(start + task.duration for start, task in zip(late, project.tasks, strict=True))
    assert faults_of(project, tuple(late), end) == []


@pytest.mark.parametrize("day", [date(2026, 12, 9), date(2026, 12, 12), date(2026, 12, 2)])
def test_a_plan_of_the_shipped_night_keeps_its_project(shipped: Estate, day: date) -> None:
    found = resolve(shipped, day)
    plan = plan_night(found, 0.5, first_come, estate=shipped.name)
    project = as_project(found, 0.5)
    starts = tuple(plan.job(one.name).start - found.begins for one in found.jobs)
    assert faults_of(project, starts, plan.finish - found.begins) == []
    assert all(one.latest_start >= one.start for one in plan.jobs)
    assert [one.start for one in plan.jobs] == sorted(one.start for one in plan.jobs)


def test_who_waits_for_a_dropped_job_waits_for_its_predecessors() -> None:
    whole = night(
        job("a"), job("b", after=("a",)), job("c", after=("b",)), job("d", after=("c", "a"))
    )
    rest = dropped(whole, {"b", "c"})
    assert {one.name: one.after for one in rest.jobs} == {"a": (), "d": ("a",)}


def test_a_plan_survives_its_file(shipped: Estate, tmp_path: Path) -> None:
    plan = plan_night(resolve(shipped, DAY), 0.8, first_come, estate="shaho", without=("takaido",))
    path = tmp_path / "plans" / "2026-12-09.json"
    write_plan(plan, path)
    assert read_plan(path) == plan
    assert [one.name for one in path.parent.iterdir()] == ["2026-12-09.json"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is no plan of a night"),
        ("[]", "is no plan of a night"),
        ('{"format": 99}', "is of format 99, this version reads 1"),
        ('{"format": 1, "day": "2026-12-09"}', "is no plan of a night"),
    ],
)
def test_a_file_that_is_no_plan(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidPlan, match=f"{sentence}.*hikae batch plan"):
        read_plan(path)


def test_a_plan_that_is_not_there_and_one_cut_short(tmp_path: Path) -> None:
    with pytest.raises(InvalidPlan, match="cannot be read"):
        read_plan(tmp_path / "none.json")
    simple: Night = night(job("a"))
    path = tmp_path / "plan.json"
    write_plan(plan_night(simple, 0.8, first_come), path)
    document = json.loads(path.read_text(encoding="utf-8"))
    del document["jobs"][0]["start"]
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(InvalidPlan, match="is no plan of a night"):
        read_plan(path)

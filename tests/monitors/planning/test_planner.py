"""The planner finds the best end of small projects, proves it, and says when there is no plan."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from monitors.planning.bounds import simple_bound
from monitors.planning.checking import faults_of
from monitors.planning.nights import made_night
from monitors.planning.planner import NoPlan, PlanFailed, plan
from monitors.planning.project import Project, Resource, Schedule, Task
from monitors.planning.soundness import InvalidProject
from tests.monitors.planning.projects import best_end, chain, projects


def planned(project: Project, seconds: float = 2.0) -> Schedule:
    return plan(project, cpu_seconds=seconds, repeatable=True)


@settings(max_examples=30, deadline=None)
@given(projects(most=5))
def test_small_projects_are_planned_and_proven_best(project: Project) -> None:
    best = best_end(project)
    assert simple_bound(project) <= best
    schedule = planned(project, 0.2)
    assert schedule.end == schedule.bound == best
    assert faults_of(project, schedule.starts, schedule.end) == []


def test_a_plan_is_the_same_for_the_same_seed() -> None:
    night = made_night(60, seed=2)
    assert planned(night, 0.3) == planned(night, 0.3)


def test_without_tasks_there_is_nothing_to_do() -> None:
    assert planned(Project("empty", (), (Resource("r", ((0, 1),)),))) == Schedule((), 0, 0)


def test_a_deadline_is_met_that_the_shortest_plan_would_miss() -> None:
    # By any rule of the longest first, "long" goes first; "urgent" has to end by 3.
    tasks = (Task("long", 9, (1,)), Task("tail", 9, (0,), (0,)), Task("urgent", 3, (1,), (), 0, 3))
    schedule = planned(Project("deadline", tasks, (Resource("one", ((0, 1),)),)))
    assert schedule.starts[2] == 0
    assert (schedule.end, schedule.bound) == (21, 21)


def test_no_plan_names_the_clash() -> None:
    with pytest.raises(NoPlan) as none:
        planned(chain(4, 5, latest_end=8))
    assert none.value.clash == ("deadline of t1", "t1 after t0")
    assert "cannot all hold; relax one" in str(none.value)
    assert isinstance(none.value, PlanFailed)


@pytest.mark.parametrize(
    ("task", "resource", "sentence"),
    [
        (Task("a", -1, (1,)), ((0, 1),), "task a has duration -1 and earliest 0; write 0 or more"),
        (Task("a", 1, (1, 1)), ((0, 1),), "task a demands (1, 1); give 0 or more for each of 1"),
        (Task("a", 1, (1,), (7,)), ((0, 1),), "task a waits for (7,); name positions of other"),
        (Task("a", 1, (1,), (0,)), ((0, 1),), "task a waits for (0,)"),
        (Task("a", 1, (1,)), ((5, 1),), "resource r has steps at minutes [5]; begin at 0"),
        (Task("a", 1, (1,)), ((0, 1), (3, -1)), "resource r has less than no units"),
    ],
)
def test_what_nobody_can_plan_is_refused(
    task: Task, resource: tuple[tuple[int, int], ...], sentence: str
) -> None:
    with pytest.raises(InvalidProject) as refused:
        planned(Project("p", (task,), (Resource("r", resource),)))
    assert sentence in str(refused.value)


def test_a_circle_is_named() -> None:
    tasks = (
        Task("a", 1, (), (2,)),
        Task("b", 1, (), (0,)),
        Task("c", 1, (), (1,)),
        Task("d", 1, ()),
    )
    with pytest.raises(
        InvalidProject,
        match=r"(a → b → c|b → c → a|c → a → b|c → b → a|b → a → c|a → c → b) wait for each other",
    ):
        planned(Project("circle", tasks, ()))

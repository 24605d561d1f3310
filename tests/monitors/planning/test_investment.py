"""Least hardware: peaks are what the schedule uses, never under the bound, and never over the ceilings."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitors.planning.bounds import peak_bounds, windows_of
from monitors.planning.checking import faults_of
from monitors.planning.investment import Investment, cost_of, least_hardware, peaks_of
from monitors.planning.planner import NoPlan
from monitors.planning.project import Project, Resource, Task
from tests.monitors.planning.projects import chain, projects


def least(project: Project, deadline: int, seconds: float = 1.0) -> Investment:
    return least_hardware(project, deadline, cpu_seconds=seconds, repeatable=True)


def test_four_tasks_one_after_another_need_a_quarter() -> None:
    tasks = tuple(Task(f"t{j}", 5, (3,)) for j in range(4))
    project = Project("row", tasks, (Resource("cores", ((0, 99),), 2.5),))
    found = [least(project, deadline) for deadline in (5, 10, 20)]
    assert [one.capacities for one in found] == [(12,), (6,), (3,)]
    assert [one.cost for one in found] == [30.0, 15.0, 7.5]
    assert [one.bound for one in found] == [30.0, 15.0, 7.5]
    assert {one.earliest_cost for one in found} == {30.0}


def test_the_dearer_resource_is_saved() -> None:
    # Both cannot be low: "a" and "b" share the dear one, "a" and "c" the cheap one, and there is time for one split.
    tasks = (Task("a", 4, (1, 1)), Task("b", 4, (1, 0)), Task("c", 8, (0, 1)))
    dear = Project("dear", tasks, (Resource("x", ((0, 9),), 10.0), Resource("y", ((0, 9),), 1.0)))
    assert least(dear, 8).capacities == (1, 2)


@settings(max_examples=25, deadline=None)
@given(projects(most=8), st.integers(0, 10))
def test_what_is_found_holds(project: Project, slack: int) -> None:
    deadline = 30 + sum(task.duration for task in project.tasks) + slack
    found = least(project, deadline, 0.3)
    starts = found.schedule.starts
    assert faults_of(project, starts, found.schedule.end) == []
    assert found.schedule.end <= deadline
    assert found.capacities == peaks_of(project, starts)
    assert found.bound - 1e-6 <= found.cost == cost_of(project, found.capacities)


@settings(max_examples=25, deadline=None)
@given(projects(most=8, is_steady=True), st.integers(0, 10))
def test_no_schedule_is_under_the_bound(project: Project, slack: int) -> None:
    windows = windows_of(project)
    deadline = max(h + t.duration for h, t in zip(windows.head, project.tasks, strict=True)) + slack
    for starts in (windows.head, windows.latest_starts(project, deadline)):
        pairs = zip(peak_bounds(project, deadline), peaks_of(project, starts), strict=True)
        assert all(bound <= peak for bound, peak in pairs)


def test_a_ceiling_is_kept() -> None:
    tasks = (Task("a", 3, (1, 1)), Task("b", 3, (0, 1)))
    window = Resource("tape", ((0, 0), (4, 1), (20, 0)))
    found = least(Project("window", tasks, (window, Resource("cores", ((0, 2),)))), 20)
    assert found.schedule.starts[0] >= 4
    assert found.capacities == (1, 1)


def test_a_deadline_that_nothing_meets_has_no_plan() -> None:
    with pytest.raises(NoPlan) as none:
        least(chain(4, 4), 7)
    assert "t1 after t0" in none.value.clash

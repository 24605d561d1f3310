"""The judge of schedules finds each breach, and none where there is none."""

from __future__ import annotations

import pytest

from monitors.planning.checking import faults_of
from monitors.planning.project import Project, Resource, Task

PROJECT = Project(
    "two and a window",
    (
        Task("load", 4, (2, 0)),
        Task("sum", 3, (1, 1), (0,), 5, 20),
        Task("print", 2, (1, 0), (), 0, 12),
    ),
    (Resource("cores", ((0, 2), (10, 3))), Resource("tape", ((0, 0), (6, 1), (30, 0)))),
)


def test_a_schedule_that_holds_has_no_fault() -> None:
    assert faults_of(PROJECT, (0, 6, 4), 9) == []


@pytest.mark.parametrize(
    ("starts", "end", "word"),
    [
        ((0, 6), 9, "2 starts for 3 tasks"),
        ((0, 4, 9), 11, "sum starts at 4, before 5"),
        ((3, 6, 9), 11, "sum starts at 6, before load ends at 7"),
        ((0, 18, 4), 21, "sum ends at 21, after 20"),
        ((0, 6, 4), 10, "ends at 9, not at 10"),
        ((0, 6, 3), 9, "3 units of cores are used from 3 to 4, of 2"),
        ((0, 5, 8), 10, "1 units of tape are used from 5 to 6, of 0"),
    ],
)
def test_each_breach_is_found(starts: tuple[int, ...], end: int, word: str) -> None:
    assert any(word in fault for fault in faults_of(PROJECT, starts, end))


def test_more_is_allowed_from_the_minute_in_which_there_is_more() -> None:
    tasks = (Task("a", 2, (2,)), Task("b", 2, (1,)))
    project = Project("step", tasks, (Resource("cores", ((0, 2), (10, 3))),))
    assert faults_of(project, (10, 10)) == []
    assert faults_of(project, (9, 9)) == ["3 units of cores are used from 9 to 10, of 2."]

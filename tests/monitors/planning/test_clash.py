"""What clashes is named, and each part of it is needed: without it there is a plan."""

from __future__ import annotations

from monitors.planning.clash import clash_of
from monitors.planning.project import Project, Resource, Task
from tests.monitors.planning.projects import chain


def named(project: Project) -> list[str]:
    return sorted(map(str, clash_of(project, seconds=5.0, repeatable=True)))


def test_the_chain_of_fewest_tasks_is_told() -> None:
    tasks = (
        Task("a", 5, ()), Task("b", 5, (), (0,)), Task("c", 5, (), (1,)),
        Task("end", 5, (), (2,), 0, 14),
        Task("late", 5, (), (), 10), Task("d", 5, (), (4,), 0, 18),
    )  # fmt: skip
    assert named(Project("two chains", tasks, ())) == [
        "d after late",
        "deadline of d",
        "earliest of late",
    ]
    assert named(chain(3, 3, 3, latest_end=8)) == ["deadline of t2", "t1 after t0", "t2 after t1"]


def test_deadlines_that_share_a_resource_clash_with_it_alone() -> None:
    tasks = (
        *(Task(f"t{j}", 4, (1, 0), (), 0, 8) for j in range(3)),
        Task("free", 4, (1, 0)),
        Task("behind", 4, (1, 0), (3,)),
    )
    project = Project("share", tasks, (Resource("drive", ((0, 1),)), Resource("idle", ((0, 1),))))
    assert named(project) == [
        "capacity of drive",
        "deadline of t0",
        "deadline of t1",
        "deadline of t2",
    ]


def test_a_window_too_short_for_a_task_clashes_alone() -> None:
    tasks = (Task("dump", 5, (1,)), Task("other", 2, (0,)))
    project = Project("window", tasks, (Resource("tape", ((0, 0), (10, 1), (14, 0))),))
    assert named(project) == ["capacity of tape"]


def test_what_waits_counts_where_it_is_needed() -> None:
    tasks = (Task("a", 4, (2,)), Task("b", 4, (1,), (0,), 0, 9), Task("c", 4, (2,), (), 0, 7))
    project = Project("waits", tasks, (Resource("cores", ((0, 2),)),))
    assert named(project) == ["b after a", "capacity of cores", "deadline of b", "deadline of c"]

"""The compiled search: its schedules hold, justification never lengthens, rules and dispatching too."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings

from monitors.planning import kernel
from monitors.planning.budget import Budget
from monitors.planning.checking import faults_of
from monitors.planning.crossing import order_by
from monitors.planning.dispatching import dispatch
from monitors.planning.nights import made_night
from monitors.planning.project import Project, Resource, Task
from monitors.planning.rules import by_rules, first_come
from monitors.planning.search import populations, search
from monitors.planning.tables import tables_of
from tests.monitors.planning.projects import projects

RELAXED = settings(max_examples=60, deadline=None)


@RELAXED
@given(projects())
def test_every_member_of_a_population_is_a_schedule(project: Project) -> None:
    (population,) = populations(project, 1, 1, 0.0)
    population.begin()
    population.breed(60, 0)
    for starts, worth, order in zip(
        population.starts, population.worths, population.orders, strict=True
    ):
        assert faults_of(project, tuple(starts.tolist()), int(worth)) == []
        place = {j: at for at, j in enumerate(order.tolist())}
        assert all(place[i] < place[j] for j, t in enumerate(project.tasks) for i in t.after)


@RELAXED
@given(projects())
def test_justification_never_lengthens_and_leaves_its_room_clean(project: Project) -> None:
    tables = tables_of(project)
    profile, key, other, count = kernel.room(tables.free, len(project.tasks))
    order, start = tables.order.copy(), np.zeros(len(project.tasks), dtype=np.int64)
    end = kernel.place_all(order, start, profile, *tables.arrays)
    for _ in range(3):
        after = kernel.justify(order, start, profile, key, other, count, end, *tables.arrays)
        assert after <= end
        assert faults_of(project, tuple(start.tolist()), after) == []
        assert (profile == tables.free).all()
        end = after


@RELAXED
@given(projects())
def test_a_dispatched_run_is_a_schedule(project: Project) -> None:
    tables = tables_of(project)
    start = np.zeros(len(project.tasks), dtype=np.int64)
    end = dispatch(start.copy(), start, *tables.arrays)
    assert faults_of(project, tuple(start.tolist()), end) == []


def test_an_order_by_key_respects_what_is_waited_for() -> None:
    tasks = (Task("a", 1, (0,)), Task("b", 1, (0,), (2,)), Task("c", 1, (0,)), Task("d", 1, (0,)))
    tables = tables_of(Project("keys", tasks, (Resource("r", ((0, 1),)),)))
    order = np.zeros(4, dtype=np.int64)
    order_by(np.array([3, 0, 9, 1]), order, tables.before_at, tables.before)
    assert order.tolist() == [2, 1, 3, 0]


def test_a_late_task_is_worth_less_than_any_end() -> None:
    start, duration = np.array([0, 5]), np.array([5, 5])
    assert kernel.worth(start, duration, np.array([1 << 40, 10]), 10) == 10
    assert kernel.worth(start, duration, np.array([4, 9]), 10) == 10 + 2 * kernel.LATENESS


def test_the_search_is_repeatable_and_beats_the_rules() -> None:
    night = made_night(100, seed=3)
    found = [
        search(populations(night, 5, 2, 0.3), Budget(0.3, is_counted=True), share=0.3, goal=0)
        for _ in range(2)
    ]
    assert found[0] == found[1]
    assert faults_of(night, found[0].starts, found[0].worth) == []
    assert found[0].worth <= min(by_rules(night).values())
    assert found[0].worth < first_come(night)


def test_a_task_after_which_there_is_no_room_is_done_before_or_late() -> None:
    tasks = (Task("other", 6, (1, 0)), Task("tape", 3, (1, 1)))
    window = Resource("tape", ((0, 1), (8, 0)))
    project = Project("window", tasks, (Resource("cores", ((0, 1),)), window))
    (population,) = populations(project, 1, 1, 0.0)
    population.begin()
    assert population.best.starts == (3, 0)
    closed = Project(
        "closed", tasks, (Resource("cores", ((0, 1),)), Resource("tape", ((0, 1), (2, 0))))
    )
    (population,) = populations(closed, 1, 1, 0.0)
    population.begin()
    assert population.best.is_late

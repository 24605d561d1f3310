"""The fast heuristic: populations of schedules that are bred on several threads, each by its own seed."""

from __future__ import annotations

import functools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator

from monitors.planning import crossing, kernel
from monitors.planning.bounds import windows_of
from monitors.planning.budget import Budget, compiling
from monitors.planning.project import Project, Resource, Task
from monitors.planning.rules import keys_of
from monitors.planning.tables import Ints, Tables, tables_of

__all__ = ["Found", "Population", "search", "warm"]

# By trial on every eighth instance of J120 and RG300 (docs/monitors/planning.md).
_CHILDREN_A_MEMBER = 300
_FEWEST, _MOST = 40, 2000
_WINDOWED = 0.8  # share of children by the crossing in a window of time
_RATE = 0.02  # of neighbours swapped in a child
_NOISE = 60  # per cent of a rule's range, in the first members
_SLICE_S = 0.1  # between two looks at the budget
_PLACINGS_A_SECOND = 15_000_000  # tasks placed in a second of counted work


@dataclass(frozen=True, slots=True)
class Found:
    """The best schedule of a search: starts, its worth (end and lateness), and how many schedules were made."""

    starts: tuple[int, ...]
    worth: int
    schedules: int

    @property
    def is_late(self) -> bool:
        """Whether a deadline is missed."""
        return self.worth >= kernel.LATENESS


@dataclass(slots=True)
class Population:
    """Schedules that one thread breeds."""

    tables: Tables
    keys: Ints
    seed: int
    members: int = _FEWEST
    schedules: int = 0
    rng: Generator = field(init=False)
    orders: Ints = field(init=False)
    starts: Ints = field(init=False)
    worths: Ints = field(init=False)
    room: kernel.Room = field(init=False)

    def __post_init__(self) -> None:
        tasks = len(self.tables.duration)
        self.rng = np.random.default_rng(self.seed)
        self.orders = np.zeros((self.members, tasks), dtype=np.int64)
        self.starts = np.zeros((self.members, tasks), dtype=np.int64)
        self.worths = np.zeros(self.members, dtype=np.int64)
        self.room = kernel.room(self.tables.free, tasks)

    def begin(self) -> None:
        """Make the first members, by priority rules and noise."""
        crossing.found(
            self.orders, self.starts, self.worths, self.keys, _NOISE, self.rng, self.room,
            self.tables.arrays,
        )  # fmt: skip
        self.schedules += 3 * self.members

    def breed(self, children: int, goal: int) -> int:
        """Breed up to so many children, fewer where one reaches `goal`; give how many."""
        born = crossing.breed(
            self.orders, self.starts, self.worths, self.rng, children, goal, _WINDOWED, _RATE,
            self.room, self.tables.arrays,
        )  # fmt: skip
        self.schedules += 3 * int(born)
        return int(born)

    def welcome(self, starts: tuple[int, ...]) -> None:
        """Take a schedule in, found elsewhere, in place of the worst member."""
        end = max(s + int(d) for s, d in zip(starts, self.tables.duration, strict=True))
        if not self.schedules or end >= int(self.worths.min()):
            return
        at = int(self.worths.argmax())
        self.starts[at] = starts
        # Stable, from an order that respects `after`: tasks without duration stay behind what they wait for.
        self.orders[at] = sorted(self.tables.order.tolist(), key=lambda j: starts[j])
        self.worths[at] = end

    @property
    def best(self) -> Found:
        """The best member, the first of equals."""
        at = int(self.worths.argmin())
        return Found(tuple(self.starts[at].tolist()), int(self.worths[at]), self.schedules)


def populations(project: Project, seed: int, threads: int, seconds: float) -> list[Population]:
    """Prepare a population for each thread, as large as `seconds` of breeding are worth; raises InvalidProject."""
    tables = tables_of(project)
    keys = keys_of(project, windows_of(project))
    children = seconds * _PLACINGS_A_SECOND / (3 * max(1, len(project.tasks)))
    members = int(min(_MOST, max(_FEWEST, children / _CHILDREN_A_MEMBER)))
    return [Population(tables, keys, seed * 1000 + t, members) for t in range(threads)]


def search(people: list[Population], budget: Budget, *, share: float, goal: int) -> Found:
    """Breed on every population until one reaches `goal` or `share` seconds of the budget are used."""
    tasks = max(1, len(people[0].tables.duration))
    slice_ = max(1, int(_PLACINGS_A_SECOND * _SLICE_S) // (3 * tasks))
    until = min(budget.used + share, budget.cpu_seconds)

    def live(population: Population) -> None:
        if not population.schedules:
            population.begin()
            budget.spend(population.members * 3 * tasks / _PLACINGS_A_SECOND)
        children = 8
        while budget.used < until and min(int(p.worths.min()) for p in begun) > goal:
            born = population.breed(children, goal)
            budget.spend(born * 3 * tasks / _PLACINGS_A_SECOND)
            children = min(slice_, children * 2)

    begun = people[:1] if budget.is_counted else people
    if len(begun) == 1:
        live(begun[0])
    else:
        for population in begun:
            population.worths[:] = np.where(
                population.worths == 0, np.iinfo(np.int64).max, population.worths
            )
        with ThreadPoolExecutor(len(begun)) as pool:
            list(pool.map(live, begun))
    best = min((p.best for p in begun), key=lambda found: found.worth)
    return Found(best.starts, best.worth, sum(p.schedules for p in begun))


@functools.cache
def warm() -> None:
    """Load or compile the compiled loops, so that no budget pays for it."""
    with compiling():
        tasks = tuple(Task(str(j), 1 + j, (1,), (j - 1,) if j else ()) for j in range(3))
        tiny = Project("warming", tasks, (Resource("one", ((0, 2),)),))
        for population in populations(tiny, 1, 1, 0.0):
            population.begin()
            population.breed(3, 0)

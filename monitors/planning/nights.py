"""Made-up nights to measure the planner on: job nets of any size, by seed, with windows and changing capacities."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from monitors.planning.bounds import simple_bound
from monitors.planning.project import Project, Resource, Task

__all__ = ["made_night"]

_NET = 15  # jobs in a net, on average
_DURATION = (8.0, 0.9)  # minutes: median, and sigma of the logarithm
_LONGEST = 120
_LENGTH = 480  # minutes in which the scarcest resource can do its work, or the longest chain where that is longer
_TIGHTNESS = (1.0, 0.97, 0.9, 0.8, 0.7, 0.6)  # work of each resource, of what it can do by then
_DEMANDS = (
    (1, 4),
    (0, 3),
    (1, 6),
    (1, 16),
    (0, 1),
    (0, 2),
)  # cores, I/O, connections, GB, tape drives, transfers
_NAMES = ("cores", "io", "connections", "memory", "tape", "transfer")
_STEP = (
    60,
    420,
)  # until and from when resource 1 and 3 have less: evening work, and the early online


def made_night(jobs: int, *, seed: int = 1, resources: int = 5) -> Project:
    """Make a night of so many jobs in nets, 4 to 6 resources of which two change, some releases, no deadlines.

    Jobs of a net wait for one or two of the net's last jobs, one net in three for another net's end.
    """
    rng = np.random.default_rng(seed * 1_000_003 + jobs)
    durations = np.clip(
        np.round(rng.lognormal(np.log(_DURATION[0]), _DURATION[1], jobs)), 1, _LONGEST
    ).astype(int)
    after = _nets(rng, jobs)
    demands = np.stack(
        [rng.integers(low, high + 1, jobs) for low, high in _DEMANDS[:resources]], axis=1
    )
    release = np.where(rng.random(jobs) < 0.03, rng.integers(0, 180, jobs), 0)
    tasks = tuple(
        Task(
            f"job-{j:04d}",
            int(durations[j]),
            tuple(map(int, demands[j])),
            after[j],
            int(release[j]),
        )
        for j in range(jobs)
    )
    length = max(_LENGTH, simple_bound(Project("chains", tasks, ())))
    return Project(
        f"night-{jobs}-{seed}",
        tasks,
        tuple(
            _resource(k, int((durations * demands[:, k]).sum()), int(demands[:, k].max()), length)
            for k in range(resources)
        ),
    )


def _nets(rng: Generator, jobs: int) -> list[tuple[int, ...]]:
    after: list[tuple[int, ...]] = []
    ends: list[int] = []
    begin = 0
    while begin < jobs:
        size = int(min(jobs - begin, 1 + rng.poisson(_NET - 1)))
        for j in range(begin, begin + size):
            if j == begin:
                waits = {int(rng.choice(ends))} if ends and rng.random() < 1 / 3 else set()
            else:
                back = max(begin, j - 5)
                waits = {int(x) for x in rng.integers(back, j, 1 + int(rng.random() < 0.4))}
            after.append(tuple(sorted(waits)))
        begin += size
        # Only the first nets are waited for: else chains of nets would grow with the number of jobs.
        if len(ends) < 4:
            ends.append(begin - 1)
    return after


def _resource(k: int, work: int, most: int, length: int) -> Resource:
    units = max(most, -(-work * 100 // int(length * _TIGHTNESS[k] * 100)))
    if k in (1, 3):
        less = max(most, units * 2 // 3)
        return Resource(_NAMES[k], ((0, less), (_STEP[0], units), (_STEP[1], less), (600, units)))
    return Resource(_NAMES[k], ((0, units),))

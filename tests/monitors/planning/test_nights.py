"""Made-up nights: as large as asked, sound, the same for the same seed."""

from __future__ import annotations

import pytest

from monitors.planning.nights import made_night
from monitors.planning.soundness import ensure_sound


@pytest.mark.parametrize("resources", [4, 6])
@pytest.mark.parametrize("jobs", [1, 100, 1000])
def test_a_night_is_sound(jobs: int, resources: int) -> None:
    night = made_night(jobs, resources=resources)
    ensure_sound(night)
    assert len(night.tasks) == jobs
    assert len(night.resources) == resources
    assert sum(len(resource.capacity) > 1 for resource in night.resources) == 2
    assert all(task.latest_end is None for task in night.tasks)


def test_a_seed_makes_one_night() -> None:
    assert made_night(100, seed=4) == made_night(100, seed=4)
    assert made_night(100, seed=4).tasks != made_night(100, seed=5).tasks

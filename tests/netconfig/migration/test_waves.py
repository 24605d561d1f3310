"""Waves grow, and what is worth most comes late."""

from __future__ import annotations

import pytest

from inventory import Estate
from netconfig.migration.waves import canaries_first, split


@pytest.mark.parametrize(
    ("count", "sizes"),
    [(0, []), (1, [1]), (6, [1, 5]), (31, [1, 5, 25]), (40, [1, 5, 25, 9]), (312, [1, 5, 25, 125, 156])],
)  # fmt: skip
def test_sizes(count: int, sizes: list[int]) -> None:
    waves = split(range(count))
    assert [len(wave) for wave in waves] == sizes
    assert [one for wave in waves for one in wave] == list(range(count))


def test_small_branches_of_every_kind_come_first_and_witnesses_last(shipped: Estate) -> None:
    branches = [s.name for s in shipped.sites.values() if s.kind in ("bureau", "office")]
    order = canaries_first(shipped, branches)
    assert sorted(order) == sorted(branches)
    assert {shipped.sites[name].kind for name in order[:2]} == {"bureau", "office"}
    assert set(order[-2:]) == {"sendai", "fukuoka"}

"""Which of two routes FRR takes, in the order of its decision; each case differs in one step and later against it."""

from __future__ import annotations

import pytest

from netconfig.model.routes import Route

BASE = Route(0, -100, 2, False, 0, 5, 5)

CASES = {
    "weight: what is announced here": (BASE._replace(negative_weight=-32768, negative_preference=0), BASE),
    "local preference": (BASE._replace(negative_preference=-200, length=9), BASE),
    "length of the path": (BASE._replace(length=1, is_internal=True), BASE),
    "eBGP before iBGP": (BASE._replace(router_id=9), BASE._replace(is_internal=True, metric=0)),
    "metric to the next hop": (
        BASE._replace(is_internal=True, metric=10, router_id=9),
        BASE._replace(is_internal=True, metric=20),
    ),
    "router id": (BASE._replace(router_id=4, neighbor=9), BASE),
    "address of the neighbour": (BASE._replace(neighbor=4), BASE),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_better(case: str) -> None:
    better, worse = CASES[case]
    assert better < worse
    assert min(worse, better) is better

"""The whole way of the whole estate: planned within the time of `docs/performance.md`, and nobody is ever silent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from inventory import SHIPPED_ESTATE, load_estate
from netconfig.migration.planner import make_plan

VARIANTS = SHIPPED_ESTATE.parent / "variants"
LONGEST_S = 600
"""On one core; twice what was measured."""


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (VARIANTS / "policy-day", SHIPPED_ESTATE),
        (SHIPPED_ESTATE, VARIANTS / "one-tokyo-centre"),
    ],
    ids=["policy-day", "one-tokyo-centre"],
)
def test_every_office_moves_and_none_is_silent(
    source: Path, target: Path, say: Callable[[str], None]
) -> None:
    plan = make_plan(load_estate(source), load_estate(target))
    say(
        f"{source.name} to {target.name}: {len(plan.steps)} steps, {plan.states} states, "
        f"{plan.failures_tried} failures, {plan.seconds} s"
    )
    assert plan.refusals == []
    assert plan.silences == 0
    assert plan.seconds < LONGEST_S

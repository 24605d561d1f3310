"""The whole way of the whole estate: planned within the time of `docs/performance.md`, and nobody is ever silent."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.exits import Exit
from cli.main import main
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


def test_the_policys_day_becomes_the_shipped_estate_in_the_core(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = main(["net", "migrate", str(VARIANTS / "policy-day"), "--slice", "core", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["refusals"] == []
    assert found["silences"] == 0
    assert code == Exit.FINE
    titles = [step["title"] for step in found["steps"]]
    assert any("from mita to mitaka" in title for title in titles)
    assert "take mita away" in titles
    assert titles[-1] == "forget trunk, officenet, bureaunet, isdn"

"""The plan of a small migration, word for word: `--regenerate` writes it anew for review by diff."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from inventory import Estate
from netconfig.migration.planner import make_plan
from netconfig.migration.text import plan_text, step_text
from tests.netconfig.migration.conftest import FIBRE, THREE_CENTRES

DATA = Path(__file__).parent / "data"


@pytest.mark.parametrize("name", ["fibre", "three-centres"])
def test_plan(
    name: str, small: Estate, laid: Callable[[str], Estate], is_regenerating: bool
) -> None:
    ends = (small, laid(FIBRE)) if name == "fibre" else (laid(THREE_CENTRES), small)
    plan = make_plan(*ends)
    removal = next(step for step in plan.steps if step.kind in ("remove-line", "site-out"))
    found = plan_text(plan) + "\n" + step_text(removal)
    path = DATA / f"{name}.txt"
    if is_regenerating:
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")

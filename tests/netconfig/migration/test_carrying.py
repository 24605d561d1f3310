"""A plan carried out on models of routers: it arrives, and the first deviation takes its step back and stops."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from inventory import Estate
from netconfig.canonical import read_config
from netconfig.migration.carrying import Carried, carry
from netconfig.migration.plan import Plan, Step, running_after
from netconfig.migration.planner import make_plan
from netconfig.model.verify import rendered
from tests.netconfig.migration.conftest import FIBRE
from tests.netconfig.model_router import ModelRouter


@pytest.fixture(scope="module")
def plan(small: Estate, laid: Callable[[str], Estate]) -> Plan:
    """From `north` to `fibre`."""
    return make_plan(small, laid(FIBRE))


def routers(texts: dict[str, str], *more: str) -> dict[str, ModelRouter]:
    found = {name: ModelRouter(name) for name in (*texts, *more)}
    for name, text in texts.items():
        found[name].lines = set(read_config(text))
    return found


def run(
    steps: list[Step],
    known: dict[str, ModelRouter],
    has_held: Callable[[Step], str | None] = lambda _: None,
    may_begin: Callable[[Step], str | None] = lambda _: None,
) -> list[Carried]:
    @contextmanager
    def opener(host: str) -> Iterator[ModelRouter]:
        yield known[host]

    return list(carry(steps, opener, may_begin=may_begin, has_held=has_held, with_networks=True))


def test_every_router_runs_the_target_in_the_end(
    small: Estate, laid: Callable[[str], Estate], plan: Plan
) -> None:
    known = routers(rendered(small), "fibre-pe1")
    done = run(plan.steps, known)
    assert [one.error for one in done] == [None] * len(plan.steps)
    for name, text in rendered(laid(FIBRE)).items():
        assert read_config(known[name].shown()) == read_config(text), name


def test_a_deviation_takes_its_step_back_and_stops(small: Estate, plan: Plan) -> None:
    known = routers(rendered(small), "fibre-pe1")
    bad = next(step.number for step in plan.steps if step.kind == "prefer-line")
    done = run(plan.steps, known, has_held=lambda step: "a gap" if step.number == bad else None)
    assert len(done) == bad
    assert done[-1].error == "a gap"
    assert done[-1].taken_back
    expected = running_after(rendered(small), plan.steps[: bad - 1])
    for name in rendered(small):
        assert read_config(known[name].shown()) == read_config(expected[name]), name


def test_a_step_that_may_not_begin_touches_nothing(small: Estate, plan: Plan) -> None:
    known = routers(rendered(small), "fibre-pe1")
    done = run(plan.steps, known, may_begin=lambda _: "miyako-r1 - coop-pe1 is down")
    (one,) = done
    assert (one.devices, one.taken_back) == ((), ())
    assert all(not router.typed for router in known.values())

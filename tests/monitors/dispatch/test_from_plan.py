"""Orders made of the shipped estate's own night: every job once, after what it waits for, on its site, with a program."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from monitors.dispatch.from_plan import orders_of
from monitors.dispatch.orders import InvalidOrders, orders_of_text, text_of
from monitors.night.night import Night
from monitors.night.plan import Plan, PlannedJob
from monitors.night.resolve import resolve
from tests.estates import estate_of

DAY = date(2026, 11, 30)


@pytest.fixture(scope="module")
def night() -> Night:
    return resolve(estate_of(), DAY)


@pytest.fixture(scope="module")
def plan(night: Night) -> Plan:
    """Everything at once: what order does to it is the question here."""
    begins = night.begins
    jobs = tuple(
        PlannedJob(job.name, begins, begins + 10, begins + 60, night.opening)
        for job in sorted(night.jobs, key=lambda job: job.name)
    )
    return Plan(DAY, night.kind, begins, night.opening, begins + 10, 0.8, jobs, {})


def test_they_can_be_read_by_a_dispatcher(night: Night, plan: Plan) -> None:
    first = night.jobs[0].name
    orders = orders_of(night, plan, {first: ("/bin/true", "{out}")}, minute_s=0.5)
    assert orders_of_text(text_of(orders)) == orders
    assert {order.name for order in orders.jobs} == {job.name for job in night.jobs}
    sites = {order.site for order in orders.jobs}
    assert sites <= set(estate_of().sites)
    assert sites
    by_name = {order.name: order for order in orders.jobs}
    assert by_name[first].argv == ("/bin/true", "{out}")
    other = by_name[night.jobs[1].name]
    assert other.argv[-2:] == (other.name, "5.000")


def test_a_plan_of_another_night_is_refused(night: Night, plan: Plan) -> None:
    missing = replace(plan, jobs=plan.jobs[1:])
    with pytest.raises(InvalidOrders, match=f"the plan lacks {plan.jobs[0].name}; plan"):
        orders_of(night, missing, {})
    with pytest.raises(InvalidOrders, match="a command is given for nothing"):
        orders_of(night, plan, {"nothing": ("true",)})

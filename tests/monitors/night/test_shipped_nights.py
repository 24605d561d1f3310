"""The shipped nights by the real planner: they fit, also when centres are gone, or what must give is said."""

from __future__ import annotations

from datetime import date

import pytest

from inventory import Estate
from monitors.night.clash_words import clash_sentences
from monitors.night.kinds import kinds_of_year
from monitors.night.planning import plan_night, planner_for
from monitors.night.relief import find_reliefs
from monitors.night.resolve import resolve
from monitors.planning.failures import NoPlan
from tests.monitors.night.nights import DAY

QUICK = planner_for(0.5, repeatable=True)


@pytest.mark.parametrize("without", [(), ("mitaka", "takaido")])
def test_the_night_of_the_pay_files_fits(shipped: Estate, without: tuple[str, ...]) -> None:
    night = resolve(shipped, DAY, without=without)
    plan = plan_night(night, 0.8, QUICK, without=without)
    assert plan.finish <= plan.opening
    assert plan.bound is not None
    assert plan.bound <= plan.finish
    assert plan.job("zengin-send").end <= 30 * 60
    assert all(job.slack >= 0 for job in plan.jobs)
    # Somebody decides when all has ended.
    assert min(job.slack for job in plan.jobs) <= plan.opening - plan.finish


def test_the_first_business_day_after_a_long_evening_does_not_fit(shipped: Estate) -> None:
    """Waiting alone is too long for it: the policy's long evening takes the night away, and the tool says so."""
    night = resolve(shipped, date(2027, 5, 6))
    with pytest.raises(NoPlan) as refusal:
        plan_night(night, 0.8, QUICK)
    clash = clash_sentences(night, 0.8, refusal.value.constraints)
    assert any("night-report (11 min) must have ended by 31:00" in sentence for sentence in clash)
    assert all(":" in sentence for sentence in clash)


@pytest.mark.long
def test_every_kind_of_night_fits_or_something_gives(shipped: Estate) -> None:
    planner = planner_for(1.0)
    for kind in kinds_of_year(shipped, date(2026, 12, 1)):
        try:
            plan = plan_night(kind.night, 0.8, planner)
        except NoPlan:
            assert find_reliefs(kind.night, 0.8, planner), kind.kind
            continue
        assert plan.finish <= plan.opening, kind.kind

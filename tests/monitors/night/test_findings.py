"""What is said of a night beside its plan: what clashes, what must give, what may move, what hardware is enough."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from inventory import Estate
from monitors.night.clash_words import clash_sentences
from monitors.night.conversion import EXCLUSIVE
from monitors.night.earliest import earliest_schedule
from monitors.night.hardware import find_least_hardware
from monitors.night.kinds import kinds_of_year
from monitors.night.moves import find_moves
from monitors.night.relief import find_reliefs
from monitors.planning.clash import Constraint, Kind
from monitors.planning.investment import Investment, cost_of, peaks_of
from monitors.planning.project import Project, Resource, Task
from tests.monitors.night.nights import first_come, job, night

TIGHT = night(
    job("read", 60, where="batch.yml:3"),
    job(
        "send",
        60,
        after=("read",),
        deadline=1150,
        deadline_reason="the bank closes",
        where="batch.yml:4",
        exclusive=("line",),
    ),
    cores=1,
)


@pytest.mark.parametrize(
    ("constraint", "sentence"),
    [
        (Constraint(Kind.AFTER, task="send", other="read"), "batch.yml:4: send (60 min) waits for read (60 min)"),
        (Constraint(Kind.EARLIEST, task="read"), "batch.yml:3: read (60 min) may start at 18:00 when the night begins"),
        (Constraint(Kind.DEADLINE, task="send"), "batch.yml:4: send (60 min) must have ended by 19:10: the bank closes"),
        (Constraint(Kind.DEADLINE, task="read"), "batch.yml:3: read (60 min) must have ended by 31:00: the opening"),
        (Constraint(Kind.CAPACITY, resource="cores"), "there are 1 units of cores, for 2 jobs"),
        (Constraint(Kind.CAPACITY, resource=EXCLUSIVE + "line"), "only one job at a time has line: send"),
    ],
)  # fmt: skip
def test_a_clash_in_words(constraint: Constraint, sentence: str) -> None:
    assert clash_sentences(TIGHT, 0.5, [constraint]) == (sentence,)


def test_every_way_out_is_one() -> None:
    # Three hours of work for one core, and two hours of night; the last hour may be left out.
    jobs = [job("a", 60, tier=1), job("b", 60, tier=2), job("c", 60, tier=3)]
    full = night(*jobs, cores=1, opening=1080 + 120)
    found = {relief.way: relief for relief in find_reliefs(full, 0.5, first_come)}
    assert set(found) == {"drop-tier-3", "drop-tier-2", "open-later", "more-hardware"}
    assert found["drop-tier-3"].finish == 1200
    assert found["drop-tier-3"].cost == 1
    assert found["open-later"].cost == 60
    assert "at 21:00 instead of 20:00" in found["open-later"].text
    assert found["more-hardware"].finish == 1140
    # With time to spare nothing must give.
    assert "open-later" not in {
        r.way for r in find_reliefs(replace(full, opening=1500), 0.5, first_come)
    }


def test_less_certainty_is_a_way_out() -> None:
    risky = night(job("a", 100), opening=1080 + 110)
    found = {relief.way: relief for relief in find_reliefs(risky, 0.95, first_come)}
    assert "60% instead of 95%" in found["lower-confidence"].text


def test_a_cut_off_that_no_opening_helps() -> None:
    found = {relief.way: relief for relief in find_reliefs(TIGHT, 0.5, first_come)}
    assert set(found) == {"later-cut-offs"}
    assert "send ends 50 minutes after its own" in found["later-cut-offs"].text


def test_all_that_fits_moves(small: Estate) -> None:
    day = date(2026, 12, 9)
    moves = find_moves(small, day, 0.5, first_come)
    assert {move.name: move.moves for move in moves.jobs} == {"scans": True, "letters": False}
    assert moves.freed_core_minutes == 6 * 90
    assert moves.plan.moved == ("scans",)
    assert moves.plan.finish >= moves.without_moves
    assert (
        next(move.why for move in moves.jobs if move.name == "letters")
        == "the post leaves at 15:00"
    )


def test_what_does_not_fit_stays(small: Estate) -> None:
    def refuses(project: Project) -> object:
        if any(task.name == "scans" for task in project.tasks):
            return first_come(
                replace(project, tasks=tuple(replace(t, latest_end=1) for t in project.tasks))
            )
        return first_come(project)

    moves = find_moves(small, date(2026, 12, 9), 0.5, refuses)  # type: ignore[arg-type]
    assert not any(move.moves for move in moves.jobs)
    assert moves.plan.finish == moves.without_moves


def test_least_hardware_in_units_and_yen() -> None:
    # Two hours of work for each of two cores; over four hours one is enough.
    work = night(*(job(name, 60) for name in "abcd"), cores=3, opening=1080 + 240)

    def one_after_another(project: Project, deadline: int) -> Investment:
        assert deadline == 240
        # Plenty of what is bought by the unit.
        assert project.resources[0].capacity == ((0, 4),)
        tight = replace(project, resources=(Resource("cores", ((0, 1),), 1000.0),))
        schedule = earliest_schedule(tight)
        peaks = peaks_of(project, schedule.starts)
        return Investment(peaks, cost_of(project, peaks), 1000.0, schedule, 4000.0)

    least = find_least_hardware(work, 0.5, one_after_another)
    (need,) = least.pools
    assert (need.there, need.needed, need.earliest) == (3, 1, 4)
    assert (least.yen, least.bound_yen, least.earliest_yen, least.today_yen) == (
        1000,
        1000,
        4000,
        3000,
    )
    assert (least.saved_yen, least.saved_percent, least.gap_percent) == (3000, 75, 0)


def test_a_plain_run_takes_turns() -> None:
    project = Project(
        "p",
        (
            Task("a", 10, (2,)),
            Task("b", 5, (1,), (0,)),
            Task("c", 5, (1,)),
            Task("d", 9, (1,), (), 30),
        ),
        (Resource("r", ((0, 2), (12, 1), (30, 2))),),
    )
    schedule = earliest_schedule(project)
    assert schedule.starts == (0, 15, 10, 30)
    assert schedule.end == 39


def test_kinds_are_all_days_of_a_year(shipped: Estate) -> None:
    kinds = kinds_of_year(shipped, date(2026, 12, 1), days=60)
    assert sum(kind.days for kind in kinds) == 60
    assert len({(kind.kind, kind.night.begins, kind.night.opening) for kind in kinds}) == len(kinds)
    assert {"pay-file", "month-end", "closed", "week-end"} <= {kind.kind for kind in kinds}
    assert "long evening" in {kind.hours for kind in kinds}

"""A job whose pool has closed for good is named with the way out; one that waits for anything that may still come is not."""

from __future__ import annotations

from datetime import date

import pytest

from monitors.dispatch.board import Board, JobState
from monitors.dispatch.judgement import next_jobs
from monitors.dispatch.orders import Order, Orders
from monitors.dispatch.stuck import stuck_jobs

OPEN = ((0, 0), (100, 2), (200, 0))
TWICE = (*OPEN, (300, 2), (400, 1))


def a_board(
    minute: float, steps: tuple[tuple[int, int], ...], job: JobState, **order: object
) -> Board:
    told: dict[str, object] = {"minutes": 45.0, "demands": {"tape": 2}, **order}
    orders = Orders(
        "n",
        date(2026, 12, 9),
        (Order("tape-write", ("true",), **told),),  # type: ignore[arg-type]
        {"tape": steps},
    )
    return Board(orders, minute, (job,), ended=False)


def a_job(state: str = "waiting", held: str | None = None) -> JobState:
    return JobState("tape-write", state, held, "", 1, 0, True)


@pytest.mark.parametrize(
    ("minute", "steps", "is_stuck"),
    [
        (50, OPEN, False),  # it opens yet
        (155, OPEN, False),  # 45 minutes are left
        (156, OPEN, True),
        (500, OPEN, True),
        (156, TWICE, False),  # it opens once more
        (360, TWICE, True),  # and then has one unit only
        (500, ((0, 2),), False),  # never closes
    ],
)
def test_a_window_that_has_closed(
    minute: float, steps: tuple[tuple[int, int], ...], is_stuck: bool
) -> None:
    board = a_board(minute, steps, a_job())
    assert bool(stuck_jobs(board)) is is_stuck
    if is_stuck:
        # The rule that says what is next agrees, at this minute and at every later one.
        assert all(
            next_jobs(a_board(later, steps, a_job())) == () for later in range(int(minute), 700, 7)
        )


def test_the_sentence_names_pool_time_and_the_way_out() -> None:
    (said,) = stuck_jobs(a_board(1930, ((0, 0), (1140, 2), (1920, 0)), a_job())).values()
    assert said == (
        "takes 2 of tape for 45 minutes, and tape has no such time left before it closes (32:00): "
        "`hikae batch skip tape-write --why …`, or run it by hand first"
    )


@pytest.mark.parametrize("state", ["sent", "running", "done", "skipped", "failed"])
def test_only_what_waits_is_stuck(state: str) -> None:
    assert stuck_jobs(a_board(500, OPEN, a_job(state))) == {}


def test_what_a_person_holds_is_theirs() -> None:
    assert stuck_jobs(a_board(500, OPEN, a_job(held="late"))) == {}


def test_the_earliest_minute_counts() -> None:
    assert stuck_jobs(a_board(100, OPEN, a_job(), not_before=160))
    assert not stuck_jobs(a_board(100, OPEN, a_job(), not_before=120))

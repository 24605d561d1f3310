"""Which runs are given up, which failures are tried again, and that what is next is the forecast's rule on the board."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from monitors.dispatch import judgement
from monitors.dispatch.board import Board, JobState
from monitors.dispatch.orders import Order, Orders

MARGIN_S = 5.0


def state(name: str, state: str = "waiting", **more: object) -> JobState:
    plain = JobState(name, state, None, "", 1, 0, True)
    return replace(plain, **more)  # type: ignore[arg-type]


def board(*pairs: tuple[Order, JobState], minute: float = 100.0, slots: int = 2) -> Board:
    orders = Orders(
        "n", date(2026, 11, 30), tuple(o for o, _ in pairs), {"slots": ((0, slots), (300, 0))}
    )
    return Board(orders, minute, tuple(job for _, job in pairs), ended=False)


def order(name: str, *after: str, slots: int = 1, **more: object) -> Order:
    plain = Order(name, ("true",), after=after, demands={"slots": slots})
    return replace(plain, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("jobs", "expected"),
    [
        ([(order("a"), state("a")), (order("b"), state("b"))], ("a", "b")),
        ([(order("a"), state("a", "running")), (order("b", "a"), state("b"))], ()),
        ([(order("a"), state("a", "done")), (order("b", "a"), state("b"))], ("b",)),
        ([(order("a"), state("a", "skipped")), (order("b", "a"), state("b"))], ("b",)),
        ([(order("a"), state("a", "failed")), (order("b", "a"), state("b"))], ()),
        # A job for which there is no room is not overtaken.
        ([(order("r"), state("r", "running")), (order("a", slots=2), state("a")), (order("b"), state("b"))], ()),
        # One that is held keeps nothing back, nor one that is tried again in a moment.
        ([(order("a", slots=2), state("a", held="wait")), (order("b"), state("b"))], ("b",)),
        ([(order("a", slots=2), state("a", may_retry=False)), (order("b"), state("b"))], ("b",)),
        ([(order("a", not_before=101), state("a"))], ()),
        ([(order("a", exclusive=("book",)), state("a", "sent")), (order("b", exclusive=("book",)), state("b"))], ()),
        # The pool closes before it would end.
        ([(order("a", minutes=201), state("a"))], ()),
        ([(order("a", minutes=200), state("a"))], ("a",)),
    ],
)  # fmt: skip
def test_what_is_next(jobs: list[tuple[Order, JobState]], expected: tuple[str, ...]) -> None:
    assert judgement.next_jobs(board(*jobs)) == expected


@pytest.mark.parametrize(
    ("job", "is_given_up"),
    [
        (state("a", "running", token=1, lease_over_s=-1.0), False),
        (state("a", "running", token=1, lease_over_s=MARGIN_S), False),
        (state("a", "running", token=1, lease_over_s=MARGIN_S + 0.1), True),
        (state("a", "running", token=1, lease_over_s=-50.0, is_fenced=True), True),
        # What ended or was never claimed is nobody's to give up.
        (state("a", "done", token=1, lease_over_s=99.0), False),
        (state("a", "sent", token=1), False),
    ],
)
def test_what_is_given_up(job: JobState, is_given_up: bool) -> None:
    found = judgement.given_up(board((order("a"), job)), MARGIN_S)
    assert bool(found) == is_given_up


@pytest.mark.parametrize(
    ("code", "tries", "again"),
    [(3, 1, True), (3, 2, True), (3, 3, False), (1, 1, False), (2, 1, False)],
)
def test_what_is_tried_again(code: int, tries: int, again: bool) -> None:
    job = state("a", "failed", exit=code, tries=tries)
    assert judgement.to_retry(board((order("a"), job))) == (("a",) if again else ())

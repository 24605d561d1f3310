"""Budgets: what is counted, what is not, and that something is told to stop."""

from __future__ import annotations

import time

from monitors.planning.budget import Budget, compiled_seconds, compiling


def burn(seconds: float) -> None:
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def test_time_is_processor_time_without_compiling() -> None:
    budget = Budget(10.0)
    time.sleep(0.05)
    assert budget.used < 0.04
    before = compiled_seconds()
    with compiling():
        burn(0.1)
    assert compiled_seconds() - before >= 0.1
    burn(0.05)
    assert 0.05 <= budget.used < 0.1


def test_counted_work_ignores_the_clock() -> None:
    budget = Budget(1.0, is_counted=True)
    burn(0.02)
    assert budget.used == 0.0
    budget.spend(0.75)
    assert budget.left == 0.25
    budget.spend(0.75)
    assert budget.left == 0.0


def test_who_works_too_long_is_told_to_stop() -> None:
    told: list[bool] = []
    budget = Budget(10.0)
    with budget.stopping(lambda: told.append(True), 0.05):
        until = time.monotonic() + 30
        while not told and time.monotonic() < until:
            burn(0.01)
    assert told

"""Dispatcher and workers are killed at random moments; the night ends, and what it brought about is that of a quiet one."""

from __future__ import annotations

import os
import random
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from monitors.dispatch.orders import Orders
from tests.dr_acting.postgres import Server
from tests.monitors.dispatch.batch_site import Site, begin_night, site, wait_for
from tests.monitors.dispatch.conftest import dsn_of
from tests.monitors.dispatch.nights import a_net, expected, outcome

KILLS = int(os.environ.get("HIKAE_KILLS", "50"))
SEED = int(os.environ.get("HIKAE_KILLS_SEED", str(random.randrange(1 << 30))))


def run_night(
    host: Site, orders: Orders, chance: random.Random | None, kills: int, every_s: float
) -> tuple[dict[str, Any], int]:
    """Run a night, with so many kills of the dispatcher and so many of workers, at random moments.

    Its state, and how many of the workers were in the middle of a run.
    """
    hits = 0
    begin_night(host, orders)
    for process in host.all:
        process.start()
    plan = ["dispatcher"] * kills + ["worker"] * kills
    if chance is not None:
        chance.shuffle(plan)
        for who in plan:
            time.sleep(chance.uniform(0, 2 * every_s))
            if who == "dispatcher":
                host.dispatcher.kill()
                continue
            # One that is in the middle of a run, if any is: the others have nothing to lose.
            busy = [worker for worker in host.workers if host.has_run(worker)]
            hits += bool(busy)
            chance.choice(busy or host.workers).kill()
    return wait_for(host, orders.night, 120), hits


def compare(
    tmp_path: Path, postgres: Server, database: str, jobs: int, kills: int, every_s: float
) -> dict[str, Any]:
    """Run a night with kills, hold what it brought about against what it must, and give the figures."""
    dsn = dsn_of(postgres, database)
    orders = a_net("2026-11-30", jobs)
    chance = random.Random(SEED) if kills else None
    with site(tmp_path / "host", dsn, tmp_path / "outputs", "batch1", workers=3) as host:
        began = time.monotonic()
        state, hits = run_night(host, orders, chance, kills, every_s)
        seconds = time.monotonic() - began
    assert outcome(state, dsn) == expected(orders), f"seed {SEED}"
    return {
        "jobs": jobs,
        "seconds": round(seconds, 1),
        "runs": len(state["runs"]),
        "killed in a run": hits,
        "lost": sum(run["state"] == "lost" for run in state["runs"]),
        "kills": (host.dispatcher.kills, sum(worker.kills for worker in host.workers)),
    }


def test_two_kills_of_each_change_nothing(tmp_path: Path, postgres: Server, database: str) -> None:
    figures = compare(tmp_path, postgres, database, jobs=8, kills=2, every_s=0.3)
    assert figures["kills"] == (2, 2)


@pytest.mark.long
@pytest.mark.parametrize("kills", [0, KILLS])
def test_a_whole_night_with_and_without(
    tmp_path: Path, postgres: Server, database: str, kills: int
) -> None:
    figures = compare(tmp_path, postgres, database, 2 * KILLS, kills, every_s=0.4)
    sys.stdout.write(f"{figures} seed {SEED}\n")  # shown by -s
    assert figures["kills"] == (kills, kills)

"""Dispatcher and workers are killed at random moments; the night ends, and what it brought about is that of a quiet one."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path
from typing import Any

import pytest

from monitors.dispatch.orders import Orders, text_of
from tests.dr_acting.postgres import Server
from tests.monitors.dispatch.batch_site import Site, site, wait_for
from tests.monitors.dispatch.conftest import dsn_of
from tests.monitors.dispatch.nights import a_net, outcome

KILLS = int(os.environ.get("HIKAE_KILLS", "50"))
SEED = int(os.environ.get("HIKAE_KILLS_SEED", str(random.randrange(1 << 30))))


def run_night(
    host: Site, orders: Orders, chance: random.Random | None, kills: int, every_s: float
) -> dict[str, Any]:
    """Run a night, with so many kills of the dispatcher and so many of workers, at random moments; its state."""
    host.call("begin", "2026-11-29T15:00:00+00:00", "60", stdin=text_of(orders))
    for process in host.all:
        process.start()
    plan = ["dispatcher"] * kills + ["worker"] * kills
    if chance is not None:
        chance.shuffle(plan)
        for who in plan:
            time.sleep(chance.uniform(0, 2 * every_s))
            (host.dispatcher if who == "dispatcher" else chance.choice(host.workers)).kill()
    return wait_for(host, orders.night, 120)


def compare(
    tmp_path: Path, postgres: Server, database: str, jobs: int, kills: int, every_s: float
) -> dict[str, Any]:
    found = {}
    for name, chance in (("quiet", None), ("killed", random.Random(SEED))):
        postgres.ask(f"CREATE DATABASE {database}_{name} TEMPLATE night_template")
        dsn = dsn_of(postgres, f"{database}_{name}")
        orders = a_net("2026-11-30", jobs)
        with site(tmp_path / name, dsn, tmp_path / f"{name}-outputs", "batch1", workers=3) as host:
            began = time.monotonic()
            state = run_night(host, orders, chance, kills, every_s)
            seconds = time.monotonic() - began
        ask = Server(postgres.folder, postgres.port)
        found[name] = outcome(state, _In(ask, f"{database}_{name}"))
        lost = sum(run["state"] == "lost" for run in state["runs"])
        real = (host.dispatcher.kills, sum(worker.kills for worker in host.workers))
        found[f"{name} figures"] = {
            "seconds": round(seconds, 1), "runs": len(state["runs"]), "lost": lost, "kills": real,
        }  # fmt: skip
    assert found["killed"] == found["quiet"], f"seed {SEED}"
    return found


class _In(Server):
    """The same server, asked in another database."""

    def __init__(self, of: Server, database: str) -> None:
        super().__init__(of.folder, of.port)
        self.database = database

    def ask(self, query: str) -> str:
        where = ["-h", str(self.folder), "-p", str(self.port), "-U", "nobody", "-d", self.database]
        return self.command("psql", "-XAtq", *where, "-c", query).strip()


def test_two_kills_of_each_change_nothing(
    tmp_path: Path, postgres: Server, database: str
) -> None:
    found = compare(tmp_path, postgres, database, jobs=12, kills=2, every_s=0.4)
    print(found["quiet figures"], found["killed figures"])
    assert found["killed figures"]["kills"][0] >= 1


@pytest.mark.long
def test_fifty_kills_of_each_change_nothing(
    tmp_path: Path, postgres: Server, database: str, record_property: Any
) -> None:
    found = compare(tmp_path, postgres, database, jobs=2 * KILLS, kills=KILLS, every_s=0.4)
    record_property("figures", f"{found['quiet figures']} {found['killed figures']} seed {SEED}")
    print(found["quiet figures"], found["killed figures"], "seed", SEED)  # shown by -s
    assert sum(found["killed figures"]["kills"]) >= 2 * KILLS * 0.9

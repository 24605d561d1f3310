"""nenkin's own jobs in a night whose workers are killed: books and files for the banks are those of a quiet night."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from monitors.dispatch.orders import Order, Orders
from tests.contract.tree import ROOT
from tests.dr_acting.postgres import Server
from tests.monitors.dispatch.batch_site import begin_night, site, wait_for
from tests.monitors.dispatch.conftest import dsn_of

WHO = ("--who", "night", "--why", "night")
PENSIONS = 2000
PAY = ("{python}", "-m", "nenkin", "pay")


def orders(name: str) -> Orders:
    make = (*PAY, "make", "--pensions", str(PENSIONS), "--seed", "1", "--begun", "2025-04")
    run = (
        *PAY,
        "run",
        "2025-06-13",
        "--folder",
        "{out}",
        "--late",
        "--part",
        "50",
        "--workers",
        "1",
    )
    jobs = (
        Order("pay-make", (*make, "--folder", "{out}", "--enter", *WHO), memory_mb=2048, tries=9),
        Order("pay-run", (*run, *WHO), after=("pay-make",), memory_mb=2048, tries=9),
        Order("pay-ledger", (*PAY, "ledger"), after=("pay-run",), memory_mb=2048, tries=9),
    )
    return Orders(name, date(2025, 6, 13), jobs)


def night(
    tmp_path: Path, postgres: Server, name: str, kills: int, monkeypatch: pytest.MonkeyPatch
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Manifests and sums of files by job, and the state."""
    for database, template in (
        (f"night_{name}", "night_template"),
        (f"payments_{name}", "template0"),
    ):
        postgres.ask(f"CREATE DATABASE {database} TEMPLATE {template}")
    monkeypatch.setenv("NENKIN_DSN_PAYMENTS", dsn_of(postgres, f"payments_{name}"))
    subprocess.run(
        [sys.executable, "-m", "nenkin", "migrate"], cwd=ROOT, check=True, capture_output=True
    )
    chance = random.Random(kills)
    dsn = dsn_of(postgres, f"night_{name}")
    with site(tmp_path / name, dsn, tmp_path / f"{name}-out" / "outputs", "batch1") as host:
        begin_night(host, orders(name))
        for process in host.all:
            process.start()
        for _ in range(kills):
            time.sleep(chance.uniform(0.5, 3))
            for worker in host.workers:
                worker.kill()
        state = wait_for(host, name, 100)
    done = {run["job"]: run["manifest"] for run in state["runs"] if run["state"] == "done"}
    # The jobs' own words, less what no two runs have in common.
    found = {job: (_plain(told["said"]), told["files"]) for job, told in done.items()}
    return found, state


def _plain(said: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value for key, value in said.items() if "second" not in key and not key.endswith("_s")
    }


@pytest.mark.long
def test_books_and_files_are_those_of_a_quiet_night(
    tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet, _ = night(tmp_path, postgres, "quiet", 0, monkeypatch)
    killed, state = night(tmp_path, postgres, "killed", 4, monkeypatch)
    sys.stdout.write(f"{len(state['runs'])} runs, {[run['state'] for run in state['runs']]}\n")
    assert killed["pay-run"] == quiet["pay-run"]
    assert killed["pay-ledger"] == quiet["pay-ledger"]
    assert quiet["pay-run"][0]["payments"] == PENSIONS
    assert quiet["pay-run"][1], "files for the banks"

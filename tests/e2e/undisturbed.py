"""The pay run of a drill as it ends where nothing happens to it: on a database of its own, on this machine."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dr.scenario import StartPayRun
from dr.scenario_file import SHIPPED, find_scenario
from tests.dr_acting.postgres import USER, server

__all__ = ["undisturbed_files"]


def undisturbed_files(run: Mapping[str, Any], scenario: str, folder: Path) -> dict[str, str]:
    """SHA-256 by name of what the run that a drill's document tells of would have written."""
    steps = find_scenario(scenario, SHIPPED).scenario.steps
    step = next(step for step in steps if isinstance(step, StartPayRun))
    who = ["--who", "test"]
    make = ["--pensions", str(run["pensions"]), "--seed", str(run["seed"]), "--begun", step.begun]
    make += ["--folder", str(folder / "in"), "--enter", *who, "--why", "test"]
    pay = [run["day"], "--folder", str(folder / "out"), "--late", *who, "--part", str(run["part"])]
    with server() as made:
        made.start()
        made.ask("create database payments")
        dsn = f"host={made.folder} port={made.port} user={USER} dbname=payments"
        for words in (["migrate", "payments"], ["pay", "make", *make], ["pay", "run", *pay]):
            done = subprocess.run(
                [sys.executable, "-m", "nenkin", *words],
                env={**os.environ, "NENKIN_DSN_PAYMENTS": dsn},
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["payments"] == run["pensions"]
    files = sorted((folder / "out").iterdir())
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

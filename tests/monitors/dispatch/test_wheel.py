"""The wheel has what a batch host needs and no more, can be built again byte for byte, and starts without the rest."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.contract.tree import ROOT
from tests.wheels import built_twice, pinning_lock

FOLDER = ROOT / "monitors"
RULE = {
    "monitors/__init__.py",
    "monitors/forecast/__init__.py",
    "monitors/forecast/dispatch_rule.py",
    "monitors/night/__init__.py",
    "monitors/night/night.py",
}
CONTROL_ONLY = {"monitors/dispatch/from_plan.py"}


def test_the_wheel_holds_dispatcher_and_worker_and_the_rule(tmp_path: Path) -> None:
    wheel = built_twice(FOLDER, tmp_path, "hikae_dispatch")
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        archive.extractall(tmp_path / "host")
    own = {
        path.relative_to(ROOT).as_posix()
        for path in (FOLDER / "dispatch").rglob("*")
        if path.suffix in {".py", ".sql"}
    }
    assert names == (own - CONTROL_ONLY) | RULE
    # Nothing of the checkout is at hand there: whatever else it imports would be missing.
    script = (
        "import sys, json; sys.path.insert(0, sys.argv[1]); import monitors.dispatch.__main__, monitors.dispatch.standin;"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", script, str(tmp_path / "host")],
        capture_output=True, text=True, check=True, cwd=tmp_path,
    )  # fmt: skip
    loaded = set(re.findall(r'"([^"]+)"', done.stdout))
    assert "procrastinate" in loaded
    assert not loaded & {"ortools", "numba", "numpy", "inventory", "cli", "pydantic"}


def test_the_lock_pins_every_dependency_with_hashes() -> None:
    assert pinning_lock(FOLDER)

"""The wheel holds the whole service and can be built again byte for byte."""

from __future__ import annotations

import hashlib
import importlib.util
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.contract.tree import ROOT

FOLDER = ROOT / "nenkin"


@pytest.mark.skipif(
    importlib.util.find_spec("hatchling") is None, reason="hatchling is not in the environment"
)
def test_the_wheel_holds_the_whole_service(tmp_path: Path) -> None:
    sums = set()
    for name in ("one", "two"):
        argv = [sys.executable, "-m", "build", "--wheel", "--no-isolation", str(FOLDER)]
        subprocess.run([*argv, "-o", str(tmp_path / name)], check=True, capture_output=True)
        [wheel] = (tmp_path / name).glob("nenkin-*-py3-none-any.whl")
        sums.add(hashlib.sha256(wheel.read_bytes()).hexdigest())
    assert len(sums) == 1
    kinds = {".py", ".sql", ".csv", ".typed", ".html", ".css"}
    shipped = [path for path in FOLDER.rglob("*") if path.suffix in kinds]
    shipped += (FOLDER / "paper/forms").glob("*.toml")
    wanted = {path.relative_to(ROOT).as_posix() for path in shipped if path.is_file()}
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == wanted
    assert "nenkin/migrations/records/0001_records.sql" in names


def test_the_lock_pins_every_dependency_with_hashes() -> None:
    lock = (FOLDER / "requirements.lock").read_text()
    pins = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock, flags=re.MULTILINE))
    wanted = tomllib.loads((FOLDER / "pyproject.toml").read_text())["project"]["dependencies"]
    assert {re.split(r"[\[>=]", entry)[0] for entry in wanted} <= set(pins)
    for entry in re.split(r"\n(?=[a-z0-9])", lock):
        assert "--hash=sha256:" in entry, entry.splitlines()[0]
    assert "http" not in lock.replace("httptools", "")

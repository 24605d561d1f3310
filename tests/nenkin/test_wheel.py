"""The wheel holds the whole service and can be built again byte for byte."""

from __future__ import annotations

import importlib.util
import zipfile
from pathlib import Path

import pytest

from tests.contract.tree import ROOT
from tests.wheels import built_twice, pinning_lock

FOLDER = ROOT / "nenkin"


@pytest.mark.skipif(
    importlib.util.find_spec("hatchling") is None, reason="hatchling is not in the environment"
)
def test_the_wheel_holds_the_whole_service(tmp_path: Path) -> None:
    wheel = built_twice(FOLDER, tmp_path, "nenkin")
    kinds = {".py", ".sql", ".csv", ".typed", ".html", ".css"}
    shipped = [path for path in FOLDER.rglob("*") if path.suffix in kinds]
    shipped += (FOLDER / "paper/forms").glob("*.toml")
    wanted = {path.relative_to(ROOT).as_posix() for path in shipped if path.is_file()}
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == wanted
    assert "nenkin/migrations/records/0001_records.sql" in names


def test_the_lock_pins_every_dependency_with_hashes() -> None:
    lock = pinning_lock(FOLDER)
    assert "http" not in lock.replace("httptools", "")

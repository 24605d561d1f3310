"""The floors hold, and the contracts that say so can fail."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest

from tests.contract.tree import ROOT

CONFIG = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
PACKAGES: list[str] = CONFIG["root_packages"]
NO_FLOORS = {"tests", "docs", "examples"}

# Imports that no floor may have: upward, sideways, and to or from the workload.
FORBIDDEN = [
    ("inventory", "netconfig"),
    ("inventory", "cli"),
    ("netconfig", "playbooks"),
    ("playbooks", "runbooks"),
    ("runbooks", "netconfig"),
    ("netconfig", "dr"),
    ("dr", "twin"),
    ("twin", "cli"),
    ("nenkin", "inventory"),
    ("cli", "nenkin"),
    ("inventory", "nenkin"),
    ("proof", "inventory"),
    ("inventory", "proof"),
    ("proof", "dr"),
    ("proof", "nenkin"),
    ("nenkin", "proof"),
]


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter over the packages of a folder with the contracts of this project."""
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    argv = [sys.executable, "-c", program, "--config", str(ROOT / "pyproject.toml"), "--no-cache"]
    return subprocess.run(
        argv, cwd=folder, env={"PYTHONPATH": str(folder)}, capture_output=True, text=True
    )


@pytest.fixture
def skeleton(tmp_path: Path) -> Path:
    """Every floor as an empty package."""
    for package in PACKAGES:
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    return tmp_path


def test_the_floors_hold() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_allowed_import_passes(skeleton: Path) -> None:
    (skeleton / "cli" / "x.py").write_text("import twin, dr, netconfig, inventory, proof\n")
    (skeleton / "dr" / "x.py").write_text("import runbooks, inventory\n")
    done = lint_imports(skeleton)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("importer", "imported"), FORBIDDEN)
def test_a_forbidden_import_is_found(skeleton: Path, importer: str, imported: str) -> None:
    (skeleton / importer / "x.py").write_text(f"import {imported}\n")
    done = lint_imports(skeleton)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"{importer}.x -> {imported}" in done.stdout


def test_every_top_level_package_stands_on_a_floor() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - NO_FLOORS
    assert packages == set(PACKAGES)


def test_no_installed_library_has_the_name_of_a_floor() -> None:
    # The checkout comes after the libraries on the path (hikae.pth), so theirs would win.
    libraries = Path(sysconfig.get_path("purelib"))
    assert [name for name in PACKAGES if (libraries / name).exists()] == []

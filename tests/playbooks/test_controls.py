"""The list of hardening controls and their tests hold each other, both ways."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import yaml

PLAYBOOKS = Path(__file__).parents[2] / "playbooks"
BASE = PLAYBOOKS / "roles/base"
CONTROLS = yaml.safe_load((BASE / "controls.yml").read_text())
TESTS = [
    node.name
    for node in ast.parse((PLAYBOOKS / "verify/test_controls.py").read_text()).body
    if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
]


def test_every_control_is_complete() -> None:
    for control in CONTROLS:
        assert set(control) == {"id", "what", "why", "source", "task", "test"}, control["id"]
        assert (BASE / control["task"]).is_file(), control["id"]


def test_every_control_has_its_own_test_and_every_test_its_control() -> None:
    named = [control["test"] for control in CONTROLS]
    assert sorted(named) == sorted(TESTS)
    assert len({control["id"] for control in CONTROLS}) == len(CONTROLS)


def test_files_name_controls_that_exist() -> None:
    known = {control["id"] for control in CONTROLS}
    named = {
        found
        for role in ("base", "router")
        for path in (PLAYBOOKS / "roles" / role).rglob("*")
        if path.is_file()
        for line in path.read_text().splitlines()
        if line.startswith("#")
        for found in re.findall(r"\[([a-z][a-z-]+)\]", line)
    }
    assert len(named) >= 10
    assert named <= known, sorted(named - known)

"""site.yml against the inventory of the whole estate, and the promises that a reader of the roles relies on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from inventory import export
from tests.estates import estate_of

PLAYBOOKS = Path(__file__).parents[2] / "playbooks"
ROLES = sorted(path for path in (PLAYBOOKS / "roles").iterdir() if path.is_dir())
SITE = yaml.safe_load((PLAYBOOKS / "site.yml").read_text())


def tasks(role: Path) -> list[dict[str, Any]]:
    found = []
    for path in [*role.glob("tasks/*.yml"), *role.glob("handlers/*.yml")]:
        for task in yaml.safe_load(path.read_text()) or []:
            found += task.get("block", [task])
    return found


def test_site_is_sound_for_the_whole_estate(tmp_path: Path) -> None:
    inventory = tmp_path / "inventory.yml"
    inventory.write_text(json.dumps(export.ansible_inventory(estate_of()), default=str))
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("ansible-playbook")),
            "--syntax-check",
            "-i",
            str(inventory),
            "site.yml",
        ],
        cwd=PLAYBOOKS,
        env={**os.environ, "ANSIBLE_CONFIG": "ansible.cfg", "ANSIBLE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stderr, done.stderr


def test_every_play_that_can_half_break_a_cluster_stops_for_all() -> None:
    stops = {play["hosts"] for play in SITE if play.get("any_errors_fatal")}
    assert stops == {"etcd", "database"}
    assert not [play["name"] for play in SITE if play.get("gather_facts")]


@pytest.mark.parametrize("role", ROLES, ids=lambda role: str(role.name))
def test_a_role_is_complete(role: Path) -> None:
    for name in ("README.md", "meta/argument_specs.yml", "defaults/main.yml", "volatile.yml"):
        assert (role / name).is_file(), f"{role.name} has no {name}"
    spec = yaml.safe_load((role / "meta/argument_specs.yml").read_text())["argument_specs"]
    said = (role / "README.md").read_text()
    missing = [name for name in spec["main"]["options"] if f"`{name}`" not in said]
    assert not missing, f"{role.name}/README.md does not explain {', '.join(missing)}"


@pytest.mark.parametrize("role", ROLES, ids=lambda role: str(role.name))
def test_a_role_uses_builtin_modules_and_our_one_only(role: Path) -> None:
    assert [path.stem for path in (PLAYBOOKS / "library").glob("*.py")] == ["whole_files"]
    for task in tasks(role):
        modules = [key for key in task if "." in key]
        assert all(module.startswith("ansible.builtin.") for module in modules), task["name"]
        assert len(modules) + ("whole_files" in task) == 1, task["name"]


@pytest.mark.parametrize("role", ROLES, ids=lambda role: str(role.name))
def test_no_role_touches_frr_conf_or_reloads_frr(role: Path) -> None:
    for task in tasks(role):
        text = json.dumps({key: value for key, value in task.items() if key != "name"})
        assert "frr.conf" not in text, task["name"]
        unit = task.get("ansible.builtin.systemd_service") or {}
        assert (unit.get("name"), unit.get("state")) != ("frr", "reloaded"), task["name"]
    for tree in (role / "files").rglob("frr.conf"):
        pytest.fail(f"{tree} would overwrite netconfig's file")


def test_after_a_killed_run_every_service_takes_up_its_files() -> None:
    taken_up = "Take up what a killed run had announced"
    plays = [play for play in SITE if "post_tasks" in play]
    notified = {role["role"] for play in plays for role in play["roles"]}
    for play in plays:
        (task,) = play["post_tasks"]
        assert (task["notify"], task["when"]) == (taken_up, "hikae_unfinished")
    for role in ROLES:
        path = role / "handlers/main.yml"
        handlers = yaml.safe_load(path.read_text()) if path.exists() else []
        deaf = {handler["name"] for handler in handlers if handler.get("listen") != taken_up}
        # A gateway that stops would be one too few, a reload after its restart one too many; role `pki` finishes a
        # renewal that broke off by itself.
        if role.name != "pki":
            assert deaf <= {"Stop the gateway", "Reload the gateway"}
            assert role.name in notified or not handlers

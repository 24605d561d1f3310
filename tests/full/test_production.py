"""Production: one process boots a twin, another reaches it by SSH only, from within the bastion's network."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from inventory import load_estate
from tests.e2e.commands import hikae
from tests.e2e.traces import changes_since, traces
from twin.places import CHECKOUT, Places

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="a twin needs root, and this run is not root's"
)
BASTION = "kansai-bastion1"
NAMED = ("--on", "production", "--confirm", "shaho", "--slice", "mini")
ROUTER = "takaoka-r1"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A twin that another process has booted; the store has the estate's secrets and nothing of the twin."""
    hikae("twin", "down")
    before = traces()
    up = hikae("twin", "up", "--slice", "mini", deadline_s=1800)
    assert up.returncode == 0, up.stderr
    store = tmp_path_factory.mktemp("bastion")
    shutil.copytree(Places.default().home / "secrets", store / "secrets")
    yield store
    assert hikae("twin", "down").returncode == 0
    assert changes_since(before) == {}
    shutil.rmtree(Places.of_production().run)


def act(store: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A command on production as somebody gives it who sits at the bastion."""
    said = (*words, *NAMED, "--as", "tanaka", "--change", "CHG-7", *unfrozen())
    return hikae(*said, inside=BASTION, HIKAE_HOME=str(store))


def unfrozen() -> tuple[str, ...]:
    """Two persons set the rule aside in the days before pensions are paid, when this test is run too."""
    calendar = load_estate().calendar
    if calendar.freeze_on(calendar.today()) is None:
        return ()
    return ("--override", "a test", "--override-by", "sato", "--override-by", "shimizu")


def last_record(store: Path) -> dict[str, Any]:
    lines = (store / "records/shaho/records.jsonl").read_text().splitlines()
    body: dict[str, Any] = json.loads(lines[-1])["body"]
    return body


def test_who_is_not_at_the_bastion_is_told_where_it_is(store: Path) -> None:
    named = ("--as", "tanaka", "--change", "CHG-7")
    done = hikae("net", "diff", *NAMED, *named, HIKAE_HOME=str(store))
    assert done.returncode == 2
    assert "Production is reached from a bastion, and this machine is none of" in done.stderr


def test_it_is_provisioned_and_nothing_is_left_to_change(store: Path) -> None:
    first = act(store, "provision", "--apply", "--json")
    assert first.returncode == 0, first.stderr
    said = json.loads(first.stdout)
    assert said["applied"]
    assert said["verified"] > 100
    second = act(store, "provision", "--apply", "--json")
    assert second.returncode == 0, second.stderr
    assert json.loads(second.stdout)["changed"] == 0
    record = last_record(store)
    assert (record["on"], record["verb"], record["change"]) == ("production", "provision", "CHG-7")
    assert record["who"]["person"] == "tanaka"


def test_a_harmless_difference_is_pushed(store: Path) -> None:
    # Somebody has written a description by hand.
    lines = ["configure", "interface lo", "description by hand", "end"]
    argv = ["vtysh", *(word for line in lines for word in ("-c", line))]
    assert hikae("twin", "exec", ROUTER, "--", *argv).returncode == 0
    shown = act(store, "net", "diff", ROUTER)
    assert shown.returncode == 1, shown.stderr
    assert "by hand" in shown.stdout
    pushed = act(store, "net", "push", ROUTER, "--json")
    assert pushed.returncode == 0, pushed.stderr
    (device,) = json.loads(pushed.stdout)["devices"]
    assert device["changed"]
    assert act(store, "net", "diff", ROUTER).returncode == 0
    assert last_record(store)["verb"] == "net push"


def test_what_needs_the_hypervisor_is_refused_before_the_first_act(store: Path) -> None:
    before = (store / "records/shaho/records.jsonl").read_bytes()
    done = act(store, "drill", "run", "leader-kill")
    assert done.returncode == 2
    assert done.stderr == (
        "hikae: leader-kill.yml:15: steps[0].kind: 'crash_leader' kills a host: leader-kill needs the "
        "hypervisor, and production is reached by SSH only; use planned-switchover\n"
    )
    assert (store / "records/shaho/records.jsonl").read_bytes() == before


def test_the_planned_form_is_drilled_and_leaves_nothing(store: Path) -> None:
    done = act(store, "drill", "run", "planned-switchover", "--unattended", "--json")
    assert done.returncode == 0, done.stderr[-3000:]
    document = json.loads(done.stdout)
    assert document["verdict"] == "passed", document["reasons"]
    assert document["fates"]["acked_kept"] > 500
    assert document["leaders"]["records"] == "mitaka-db1"
    left = hikae("twin", "exec", "takaoka-t1", "--", "ls", "/var/lib/hikae-drill")
    assert left.returncode != 0
    assert not list((store / "journal").glob("*.jsonl"))
    status = hikae("drill", "status", *NAMED, inside=BASTION, HIKAE_HOME=str(store))
    assert status.returncode == 0


def test_a_backup_is_made_and_proven(store: Path) -> None:
    assert act(store, "backup", "run", "records", "--json").returncode == 0
    proven = act(store, "backup", "prove", "records", "--json")
    assert proven.returncode == 0, proven.stderr
    (proof,) = json.loads(proven.stdout)["proofs"]
    assert (proof["holds"], proof["findings"]) == (True, [])
    assert last_record(store)["verb"] == "backup prove"


def test_nothing_of_the_twin_was_used(store: Path) -> None:
    # Neither images nor a snapshot, and no folder of the twin's own run.
    assert not (store / "images").exists()
    assert sorted(path.name for path in store.iterdir()) == [
        "histories",
        "journal",
        "proofs",
        "records",
        "reports",
        "secrets",
        "wheels",
    ]
    assert not (Places.of_production().run / "lab.json").exists()
    assert CHECKOUT.exists()

"""Every program restarted and every host rebooted in turn while the offices work: nobody comes to harm."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from dr.fates import BAD_FATES
from inventory import load_estate
from tests.full.drills import drill

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="a twin needs root, and this run is not root's"
)
Say = Callable[[str], None]
ESTATE = load_estate()
CORE = ESTATE.slice_hosts("core")
OURS = {name for name in CORE if ESTATE.hosts[name].role != "provider"}
# The longest that an office may wait whose own way is not what is changed: a switchover takes some seconds.
MOST_S = 10.0

_seen: dict[str, dict[str, Any]] = {}


@pytest.mark.parametrize("scenario", ["patch-services", "patch-reboot", "patch-bastion"])
def test_changed_in_turn_without_a_bad_fate(scenario: str, say: Say) -> None:
    code, document = drill(scenario, "--unattended")
    _seen[scenario] = document
    assert (code, document["verdict"], document["reasons"]) == (0, "passed", [])
    assert not [fate for fate in BAD_FATES if document["fates"][fate]]
    assert document["batches"]
    assert all(batch["is_done"] for batch in document["batches"])
    assert all(seconds == 0 for seconds in document["two_writers_s"].values())
    for silence in document["batch_silences"]:
        say(
            f"{silence['change']:>18} {silence['stage']:<14} {silence['batches']:>2} batches: "
            f"{silence['seconds']} s, cut off {silence['cut_off_seconds']} s"
        )
        assert silence["seconds"] is None or silence["seconds"] < MOST_S


def test_every_host_of_core_was_rebooted() -> None:
    batches = [b for name in ("patch-reboot", "patch-bastion") for b in _seen[name]["batches"]]
    assert {host for batch in batches for host in batch["hosts"]} >= OURS


def test_every_program_was_restarted_wherever_it_runs() -> None:
    changes = {batch["change"] for batch in _seen["patch-services"]["batches"]}
    programs = ("postgres", "patroni", "haproxy", "frr", "etcd", "nenkin")
    assert changes == {f"restart {program}" for program in programs}

"""Migrations rehearsed on a booted twin: the small example's, or those of the shipped estates where that is asked for.

HIKAE_REHEARSAL=policy-day .venv/bin/python -m pytest tests/full/test_rehearsal.py -k no_office     # slice core, every step
HIKAE_REHEARSAL=one-tokyo-centre …
HIKAE_REHEARSAL_SLICE=routers:10 HIKAE_REHEARSAL_UNTIL=12 …                                         # no further than step 12
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from inventory import SHIPPED_ESTATE, load_estate
from tests.e2e.commands import caught, hikae
from tests.netconfig.migration.conftest import FIBRE, SMALL
from twin.cgroups import Cgroups
from twin.network import namespace, namespaces
from twin.places import CHECKOUT, Places
from twin.shell import call

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="a twin needs root, and this run is not root's"
)
Say = Callable[[str], None]
VARIANTS = SHIPPED_ESTATE.parent / "variants"
WHICH = os.environ.get("HIKAE_REHEARSAL", "small")
SLICE = os.environ.get("HIKAE_REHEARSAL_SLICE", "core")
UNTIL = os.environ.get("HIKAE_REHEARSAL_UNTIL", "")
SCHEMA = Path(__file__).parents[1] / "cli" / "data" / "net-migrate-rehearse.schema.json"
LONGEST_S = 4 * 3600.0
UNDER_WAY_S = 1800.0


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """From where to where."""
    if WHICH == "policy-day":
        return VARIANTS / "policy-day", SHIPPED_ESTATE
    if WHICH == "one-tokyo-centre":
        return SHIPPED_ESTATE, VARIANTS / "one-tokyo-centre"
    target = tmp_path_factory.mktemp("fibre")
    (target / "over.yml").write_text(f"based_on: {SMALL}\n{FIBRE}", encoding="utf-8")
    return SMALL, target


def words(ends: tuple[Path, Path]) -> list[str]:
    until = ["--until", UNTIL] if UNTIL else []
    way = [str(folder) for folder in ends]
    return ["net", "migrate", *way, "--slice", SLICE, "--rehearse", *until, "--json"]


@pytest.fixture(autouse=True)
def nothing_else_is_up() -> Iterator[None]:
    hikae("twin", "down")
    yield
    hikae("twin", "down")


def is_cleared() -> bool:
    """Whether nothing of a twin is left on this machine: no host, no network, no state, no secret."""
    places = Places.default()
    return not (
        Cgroups().hosts()
        or namespaces()
        or places.state.exists()
        or places.disks.exists()
        or (places.run / "secrets").exists()
    )


def test_no_office_loses_a_packet_in_any_step(ends: tuple[Path, Path], say: Say) -> None:
    done = hikae(*words(ends), deadline_s=LONGEST_S)
    assert done.stdout, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    jsonschema.validate(found, json.loads(SCHEMA.read_text(encoding="utf-8")))
    settled = [step["settled_s"] for step in found["steps"] if step["settled_s"] is not None]
    say(
        f"{found['from']} to {found['to']} on {SLICE}: {found['taken']} of {found['planned']} steps, "
        f"{found['packets_lost']} packets lost, longest {found['longest_ms']} ms, "
        f"{len(found['streams'])} streams, {found['hosts']} hosts, {found['memory_mb']} MiB, "
        f"{found['ended'] - found['started']:.0f} s, settling at most {max(settled, default=0):.1f} s, "
        f"late {found['late']}, report {found['report']}"
    )
    for step in found["steps"]:
        if step["silences"] or step["deviation"]:
            say(f"step {step['number']} {step['title']}: {step['silences']} {step['deviation']}")
    assert found["reasons"] == []
    assert found["verdict"] == "passed"
    assert found["taken"] == found["planned"]
    assert found["packets_lost"] == 0
    assert Path(found["report"]).is_file()
    # It cannot have passed because nobody asked, or because nothing was typed.
    assert found["streams"]
    assert any(device["typed"] for step in found["steps"] for device in step["devices"])
    assert done.returncode == 0
    assert is_cleared()


def test_one_that_is_killed_is_cleared_by_the_next_command(ends: tuple[Path, Path]) -> None:
    with caught(*words(ends), until="step 2 of", deadline_s=UNDER_WAY_S, after_s=1.0):
        assert Cgroups().hosts()
    done = hikae("drill", "undo", "--json", deadline_s=300)
    (settled,) = json.loads(done.stdout)["settled"]
    assert settled["verb"] == "net migrate"
    assert is_cleared()


def test_an_office_that_loses_packets_stops_it_and_the_step_is_taken_back(
    ends: tuple[Path, Path], say: Say
) -> None:
    estate = load_estate(ends[0])
    office = next(
        estate.hosts[name].site for name in estate.slice_hosts(SLICE) if name.endswith("-t1")
    )
    line = min((one for one in estate.lines if one.site == office), key=lambda one: one.place)
    port = ["ip", "-n", namespace(f"{office}-r1"), "link", "set", f"wan-{line.network}"]
    process = subprocess.Popen(
        ["./hikae", *words(ends)],
        cwd=CHECKOUT,
        env={**os.environ, "HIKAE_DEV": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert process.stdout is not None
    said = next((said for said in process.stderr if "step 2 of" in said), "")
    threading.Thread(target=lambda: list(process.stderr or ()), daemon=True).start()
    assert said, "it ended before its second step"
    time.sleep(0.5)
    call([*port, "down"])
    time.sleep(1.0)
    call([*port, "up"])
    found: dict[str, Any] = json.loads(process.stdout.read())
    assert process.wait(timeout=60) == 1
    assert found["verdict"] == "failed"
    last = found["steps"][-1]
    say(
        f"step {last['number']}: {last['deviation']}; {last['silences']}; back: {last['not_as_before']}"
    )
    assert last["number"] == 2
    assert any(one["stream"].startswith(f"{office}/") for one in last["silences"])
    assert last["taken_back"]
    assert all(one["error"] is None for one in last["taken_back"])
    assert last["not_as_before"] is None
    assert is_cleared()

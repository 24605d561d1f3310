"""The sweep on a booted twin: a few failures on `mini`, everything of another slice where that is asked for.

HIKAE_SWEEP_SLICE=core HIKAE_SWEEP_TIMES=20 .venv/bin/python -m pytest tests/full/test_sweep.py    # some hours
HIKAE_SWEEP_SLICE=core HIKAE_SWEEP_KINDS=planned …    # each router beside which there is another one
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from dr.layout import Layout
from inventory import load_estate
from tests.e2e.commands import caught, hikae
from twin import bringup
from twin.lab import Lab
from twin.network import namespace
from twin.places import Places
from twin.shell import call

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="a twin needs root, and this run is not root's"
)
Say = Callable[[str], None]
SLICE = os.environ.get("HIKAE_SWEEP_SLICE", "mini")
TIMES = os.environ.get("HIKAE_SWEEP_TIMES", "2")
KINDS = os.environ.get("HIKAE_SWEEP_KINDS", "down,silent").split(",")
# One that cuts the office off and one that it does not notice; of another slice everything.
ONLY = ("link takaoka-r1:carrier", "link sendai-r1:carrier") if SLICE == "mini" else ()
SCHEMA = Path(__file__).parents[1] / "cli" / "data" / "net-sweep.schema.json"
FOREVER_S = 24 * 3600.0
UNDER_WAY_S = 120.0


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """The slice, left up, and what is known of it without asking it."""
    hikae("twin", "down")
    up = hikae("twin", "up", "--slice", SLICE, deadline_s=1800)
    assert up.returncode == 0, up.stderr
    yield bringup.attach(load_estate(), SLICE, Places.default())
    assert hikae("twin", "down").returncode == 0


def words() -> list[str]:
    only = [word for name in ONLY for word in ("--only", name)]
    kinds = [word for kind in KINDS for word in ("--kind", kind)]
    return ["net", "sweep", "--times", TIMES, *kinds, *only, "--json"]


def has_failed(lab: Lab) -> bool:
    """Whether a link is down or silenced now."""
    for name in lab.names:
        links = json.loads(call(["ip", "-n", namespace(name), "-json", "link"]).stdout)
        space = f"--net=/run/netns/{namespace(name)}"
        rules = call(["nsenter", space, "nft", "list", "tables"]).stdout
        if any("LOWER_UP" not in link["flags"] for link in links) or "netdev" in rules:
            return True
    return False


def is_untouched(lab: Lab) -> bool:
    """Whether nothing has failed, and no program is left on a terminal."""
    terminals = [name for name in lab.names if lab.role(name) == "terminal"]
    return not has_failed(lab) and not any(
        lab.hosts[name].disk.path(Layout().folder).exists() for name in terminals
    )


def test_every_failure_heals_for_every_office(lab: Lab, say: Say) -> None:
    done = hikae(*words(), deadline_s=FOREVER_S)
    assert done.stdout, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    jsonschema.validate(found, json.loads(SCHEMA.read_text(encoding="utf-8")))
    for title in ("kinds", "singles"):
        for kind, figures in found[title].items():
            say(f"{title} {kind}: {figures}")
    say(f"stray {found['stray']}, late {found['late']}, report {found['report']}")
    assert found["verdict"] != "aborted", found["reasons"]
    assert all(figures["not_healed"] == 0 for figures in found["kinds"].values()), found["reasons"]
    for row in found["failures"]:
        assert row["count"] == int(TIMES), row["failure"]
        # Whoever must be cut off was: a failure that they do not notice was none.
        cut = set(row["cut_off"])
        assert all(cut <= set(trial["gaps"]) for trial in row["trials"]), row["failure"]
    if SLICE != "mini":
        assert found["reasons"] == []
    assert is_untouched(lab)


def test_one_that_is_killed_is_undone_by_the_next_command(lab: Lab) -> None:
    with caught(*words(), until="round 1:", deadline_s=UNDER_WAY_S, after_s=1.0):
        assert has_failed(lab)
    assert has_failed(lab)
    done = hikae("drill", "undo", "--json", deadline_s=300)
    (settled,) = json.loads(done.stdout)["settled"]
    assert settled["verb"] == "net sweep"
    assert settled["undone"]
    assert is_untouched(lab)

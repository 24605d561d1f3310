"""Drills as their user runs them, their documents kept in var/full for the figures of docs/performance.md."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import jsonschema

from dr.document import load_schema
from tests.e2e.traces import changes_since, traces
from twin.places import CHECKOUT

__all__ = ["KEPT", "drill", "spread"]

KEPT = CHECKOUT / "var" / "full"
# From bare hosts the slice is provisioned first.
DEADLINE_S = 2400


def drill(*words: str) -> tuple[int, dict[str, Any]]:
    """Exit code and document of `hikae drill run …`, which must leave the machine as it was."""
    env = {**os.environ, "HIKAE_DEV": "1"}
    # What a killed run left is not this drill's.
    subprocess.run(["./hikae", "twin", "down"], cwd=CHECKOUT, env=env, check=True)
    before = traces()
    done = subprocess.run(
        ["./hikae", "drill", "run", *words, "--json"],
        cwd=CHECKOUT,
        env=env,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert done.stdout, done.stderr[-3000:]
    document: dict[str, Any] = json.loads(done.stdout)
    jsonschema.validate(document, load_schema())
    KEPT.mkdir(parents=True, exist_ok=True)
    stamp = time.strftime("%Y%m%d-%H%M%S")
    Path(KEPT, f"{document['scenario']}-{stamp}.json").write_text(done.stdout)
    left = changes_since(before)
    assert left == {}, f"the machine is not as it was: {left}"
    return done.returncode, document


def spread(values: list[float]) -> str:
    """Least, middle and largest of some seconds, for the log of the run."""
    ordered = sorted(values)
    return f"min {ordered[0]:.1f} median {ordered[len(ordered) // 2]:.1f} max {ordered[-1]:.1f} s"

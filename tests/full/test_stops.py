"""A drill that is stopped in its middle: Ctrl-C undoes it, and after kill -9 the next command clears it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.e2e.traces import changes_since, traces
from twin.places import CHECKOUT

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="a twin needs root, and this run is not root's"
)
ENV = {**os.environ, "HIKAE_DEV": "1"}
# From bare hosts the slice is provisioned first.
DEADLINE_S = 2400


@contextmanager
def drilling(until: str) -> Iterator[subprocess.Popen[str]]:
    """`hikae drill run tokyo-loss` at the moment when its progress says some words."""
    with subprocess.Popen(
        ["./hikae", "drill", "run", "tokyo-loss", "--json"],
        cwd=CHECKOUT,
        env=ENV,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        ends, said = time.monotonic() + DEADLINE_S, []
        for line in process.stderr:
            said.append(line)
            if until in line:
                break
            assert time.monotonic() < ends, "".join(said[-5:])
        assert process.poll() is None, "".join(said[-5:])
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def before() -> dict[str, object]:
    """The machine without anything of an earlier run."""
    subprocess.run(["./hikae", "twin", "down"], cwd=CHECKOUT, env=ENV, check=True)
    return traces()


@pytest.mark.parametrize("moment", ["steady state: 3 s", "holds the leader key"])
def test_ctrl_c_in_a_drill_gives_no_verdict_and_leaves_nothing(
    before: dict[str, object], moment: str
) -> None:
    with drilling(moment) as process:
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=120)
    assert process.returncode == 4
    assert json.loads(said)["verdict"] == "aborted"
    assert changes_since(before) == {}


@pytest.mark.parametrize("moment", ["steady state: 3 s", "holds the leader key"])
def test_the_command_after_a_killed_drill_clears_it(before: dict[str, object], moment: str) -> None:
    with drilling(moment) as process:
        process.kill()
        process.wait(60)
    assert traces()["namespaces"] != ()
    done = subprocess.run(
        ["./hikae", "twin", "down"], cwd=CHECKOUT, env=ENV, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert changes_since(before) == {}

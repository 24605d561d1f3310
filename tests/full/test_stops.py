"""A drill that is stopped in its middle: Ctrl-C undoes it, and after kill -9 the next command clears it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from contextlib import AbstractContextManager

import pytest

from tests.e2e.commands import caught, hikae
from tests.e2e.traces import changes_since, traces

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="a twin needs root, and this run is not root's"
)
# From bare hosts the slice is provisioned first.
DEADLINE_S = 2400


def drilling(until: str) -> AbstractContextManager[subprocess.Popen[str]]:
    """`hikae drill run tokyo-loss` at the moment when its progress says some words."""
    return caught("drill", "run", "tokyo-loss", "--json", until=until, deadline_s=DEADLINE_S)


@pytest.fixture
def before() -> dict[str, object]:
    """The machine without anything of an earlier run."""
    assert hikae("twin", "down").returncode == 0
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
    done = hikae("twin", "down")
    assert done.returncode == 0, done.stderr
    assert "broke off in '" in done.stderr
    assert "no bad fate" in done.stderr
    assert "Its twin was its own and is cleared." in done.stderr
    assert changes_since(before) == {}

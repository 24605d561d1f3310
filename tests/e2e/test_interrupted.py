"""A command that is stopped, however, leaves the machine as it was; the second of two is refused."""

from __future__ import annotations

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
# Images may have to be built first.
DEADLINE_S = 900


def booting() -> AbstractContextManager[subprocess.Popen[str]]:
    """`hikae twin up` in the middle of its boot; provisioning follows, so it does not end by itself soon."""
    words = ("twin", "up", "--slice", "mini", "--fresh")
    return caught(*words, until="booting", deadline_s=DEADLINE_S)


@pytest.fixture(scope="module")
def before() -> dict[str, object]:
    """The machine before any of these tests, with nothing of an earlier run on it."""
    hikae("twin", "down")
    return traces()


def test_ctrl_c_leaves_nothing(before: dict[str, object]) -> None:
    with booting() as process:
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 4
    assert changes_since(before) == {}


def test_the_command_after_a_kill_clears_what_the_killed_one_left(
    before: dict[str, object],
) -> None:
    with booting() as process:
        process.kill()
        process.wait(60)
    assert traces()["namespaces"] != ()
    done = hikae("twin", "down")
    assert done.returncode == 0, done.stderr
    assert "twin up of slice mini of " in done.stderr
    assert "Its twin was not up yet, and what there was of it is cleared." in done.stderr
    assert changes_since(before) == {}


def test_the_second_of_two_is_refused_with_one_sentence(before: dict[str, object]) -> None:
    with booting() as process:
        second = hikae("drill", "run", "tokyo-loss")
        assert second.returncode == 2
        assert second.stdout == ""
        assert second.stderr.count("\n") == 1, second.stderr
        assert "Another hikae command holds the twin (hikae twin up, process " in second.stderr
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 4
    assert changes_since(before) == {}

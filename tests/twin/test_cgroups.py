"""Control groups on this machine: a group goes once its last process has left, and what stays is said."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator

import pytest

from twin.cgroups import Cgroups
from twin.errors import TwinFailed

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="groups are made by root, and this run is not root's"
)


@pytest.fixture
def groups() -> Iterator[Cgroups]:
    found = Cgroups(name=f"hikae-test-{os.getpid()}")
    yield found
    found.remove()


@pytest.fixture
def process(groups: Cgroups) -> Iterator[subprocess.Popen[bytes]]:
    files = groups.create("a")
    child = subprocess.Popen(["sleep", "60"])
    for file in files:
        file.write_text(str(child.pid))
    yield child
    child.kill()
    child.wait(10)


def test_a_group_with_a_process_is_named(groups: Cgroups, process: subprocess.Popen[bytes]) -> None:
    with pytest.raises(TwinFailed, match=r"/a cannot be removed: Device or resource busy"):
        groups.remove(deadline_s=0.1)


def test_a_group_is_waited_for_whose_last_process_is_leaving(
    groups: Cgroups, process: subprocess.Popen[bytes]
) -> None:
    def leave() -> None:
        time.sleep(0.3)
        process.kill()
        process.wait(10)

    leaver = threading.Thread(target=leave)
    leaver.start()
    groups.remove(deadline_s=20)
    leaver.join()
    assert groups.hosts() == ()
    assert not groups.v2.exists()

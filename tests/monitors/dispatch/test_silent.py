"""A worker that is frozen in mid-work: its job is begun again only when the first one is dead, and ends once."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.dr_acting.postgres import Server, wait_until
from tests.monitors.dispatch.batch_site import Site, begin_night, site, wait_for
from tests.monitors.dispatch.conftest import in_database
from tests.monitors.dispatch.nights import a_job, a_night, expected, outcome

NIGHT = "2026-11-30"
RUNNING = (
    "SELECT coalesce(string_agg(split_part(instance, ':', 1), ' ' ORDER BY token), '')"
    " FROM night.runs WHERE state = 'running'"
)


@pytest.fixture
def host(dsn: str, tmp_path: Path) -> Iterator[Site]:
    """A batch host whose workers are believed for two seconds."""
    with site(
        tmp_path / "host", dsn, tmp_path / "outputs", "batch1", lease_s=2, margin_s=0.3
    ) as made:
        yield made


def test_a_frozen_worker_loses_its_run(
    host: Site, postgres: Server, database: str, dsn: str, tmp_path: Path
) -> None:
    asked = in_database(postgres, database)
    orders = a_night(NIGHT, a_job("a", kind="rows-gate"))
    begin_night(host, orders)
    first, second = host.workers
    host.dispatcher.start()
    first.start()
    wait_until(lambda: asked(RUNNING) == "w1")
    wait_until(lambda: programs(host))
    begun = programs(host)
    first.send(signal.SIGSTOP)
    second.start()
    # The keeper kills the program; only then is it begun again.
    wait_until(lambda: asked(RUNNING) == "w2", 30)
    assert not any(psutil.pid_exists(program) for program in begun)
    (tmp_path / "markers" / "gate").touch()
    state = wait_for(host, NIGHT, 30)
    first.send(signal.SIGCONT)
    assert outcome(state, dsn) == expected(orders)
    assert [run["state"] for run in state["runs"]].count("done") == 1
    # The one that woke up has nothing more to say, and takes work again.
    wait_until(lambda: not list((host.folder / "work" / "w1" / "runs").glob("*")))


def programs(host: Site) -> list[int]:
    """The processes of jobs on the host."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if any("batch_program.py" in word for word in words) and str(host.folder) in _folder(
            process
        ):
            found.append(process.pid)
    return found


def _folder(process: psutil.Process) -> str:
    try:
        return process.cwd()
    except psutil.Error:
        return ""

"""A real Prometheus that has made-up histories, for tests of the forecast."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.monitors.capacity.histories import History, write_openmetrics
from tests.monitors.debian import program

METRIC = "made_up_load"
_READY_S = 60.0
Served = Callable[[list[History]], str]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Load histories into a Prometheus of their own and give its address; it ends with the module."""
    promtool, server = program("promtool"), program("prometheus")
    with stack() as running:

        def serve(histories: list[History]) -> str:
            folder = tmp_path_factory.mktemp("prometheus")
            backfill(promtool, folder, histories)
            return running(server, folder)

        yield serve


def backfill(promtool: Path, folder: Path, histories: list[History]) -> None:
    """Make blocks of the histories, as an operator brings old figures into a new Prometheus."""
    text = folder / "histories.om"
    write_openmetrics(text, METRIC, histories)
    # Every block reads the whole text once more: few long blocks, not 8,760 of two hours.
    make = ["tsdb", "create-blocks-from", "openmetrics", "--quiet", "--max-block-duration=5000h"]
    subprocess.run([promtool, *make, text, folder / "data"], check=True, capture_output=True)
    text.unlink()


@contextmanager
def stack() -> Iterator[Callable[[Path, Path], str]]:
    processes: list[subprocess.Popen[bytes]] = []

    def run(server: Path, folder: Path) -> str:
        (folder / "prometheus.yml").write_text("scrape_configs: []\n")
        address = f"127.0.0.1:{_free_port()}"
        argv = [
            str(server),
            f"--config.file={folder}/prometheus.yml",
            f"--storage.tsdb.path={folder}/data",
            "--storage.tsdb.retention.time=10y",
            f"--web.listen-address={address}",
        ]
        with (folder / "log").open("wb") as log:
            processes.append(subprocess.Popen(argv, stdout=log, stderr=log, cwd=folder))
        wait_until_ready(f"http://{address}", _READY_S, folder / "log")
        return f"http://{address}"

    try:
        yield run
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(30)


def wait_until_ready(url: str, deadline_s: float, log: Path) -> None:
    """Wait until Prometheus answers; fails with its log at the deadline."""
    until = time.monotonic() + deadline_s
    while True:
        try:
            with urlopen(f"{url}/-/ready", timeout=2):
                return
        except (URLError, OSError):
            if time.monotonic() > until:
                pytest.fail(f"no Prometheus after {deadline_s} s: {log.read_text()[-2000:]}")
            time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])

"""The probe program against a real PostgreSQL that is frozen, killed, filled and promoted."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import pytest

from dr.probe import program
from tests.dr_acting.postgres import USER, Server, as_user, binaries, server, standby, wait_until

Sample = dict[str, Any]
_COUNT = count()


class Probe:
    """A running probe and what it has written."""

    def __init__(self, of: Server) -> None:
        name = f"probe-{next(_COUNT)}"
        self.file = of.folder / f"{name}.jsonl"
        source, config = of.folder / f"{name}.py", of.folder / f"{name}.json"
        source.write_bytes(program())
        wanted = {
            "host": "mitaka-db1",
            "samples": str(self.file),
            "psql": str(binaries() / "psql"),
            "socket_folder": str(of.folder),
            "port": of.port,
        }
        config.write_text(json.dumps(wanted))
        environment = os.environ | {"PGUSER": USER}
        # The system's Python: an unprivileged user may not reach the one that runs the tests.
        python = shutil.which("python3", path="/usr/bin") or sys.executable
        argv = as_user([python, "-I", str(source), str(config)])
        self.process = subprocess.Popen(argv, env=environment, cwd="/tmp")

    def samples(self) -> list[Sample]:
        if not self.file.exists():
            return []
        return [json.loads(line) for line in self.file.read_text().splitlines()]

    def wait(self, is_wanted: Callable[[Sample], bool], deadline_s: float = 15.0) -> Sample:
        """Wait for a sample of a kind, counted from now on."""
        already = len(self.samples())
        wait_until(lambda: any(map(is_wanted, self.samples()[already:])), deadline_s)
        return next(filter(is_wanted, self.samples()[already:]))

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(10) == 0


@pytest.fixture(scope="module")
def primary() -> Iterator[Server]:
    with server() as made:
        made.start("max_connections=10")
        yield made


@pytest.fixture
def probe(primary: Server) -> Iterator[Probe]:
    made = Probe(primary)
    try:
        made.wait(is_writer)
        yield made
    finally:
        if made.process.poll() is None:
            made.stop()


def is_writer(sample: Sample) -> bool:
    return bool(sample["answered"] and not sample["recovery"] and not sample["read_only"])


def is_silent(sample: Sample) -> bool:
    return not sample["answered"]


def is_closed(sample: Sample) -> bool:
    return bool(sample["answered"] and sample["read_only"] and sample["lsn"] is None)


def test_it_samples_five_times_a_second(probe: Probe) -> None:
    time.sleep(3)
    moments = [sample["at"] for sample in probe.samples()]
    assert (len(moments) - 1) / (moments[-1] - moments[0]) == pytest.approx(5, rel=0.1)
    assert probe.samples()[-1].keys() == {
        "host", "at", "recovery", "read_only", "answered", "lsn",
    }  # fmt: skip
    assert "/" in probe.samples()[-1]["lsn"]


def test_a_frozen_server_is_silent_and_keeps_its_last_state(primary: Server, probe: Probe) -> None:
    primary.send(signal.SIGSTOP)
    frozen = probe.wait(is_silent)
    time.sleep(7)
    during = [sample for sample in probe.samples() if sample["at"] >= frozen["at"]]
    assert all(is_silent(s) and not s["recovery"] and not s["read_only"] for s in during)
    # It never blocks: also while a fresh connection times out there is a sample in each step.
    gaps = [later["at"] - sample["at"] for sample, later in pairwise(during)]
    assert max(gaps) < 0.5
    primary.send(signal.SIGCONT)
    probe.wait(is_writer)


def test_a_killed_server_takes_no_writes(primary: Server, probe: Probe) -> None:
    primary.send(signal.SIGKILL)
    probe.wait(is_closed)
    primary.start("max_connections=10")
    probe.wait(is_writer)


def test_a_server_that_shuts_down_takes_no_writes(primary: Server, probe: Probe) -> None:
    primary.processes()[0].send_signal(signal.SIGINT)
    assert not probe.wait(is_closed)["recovery"]
    wait_until(lambda: not primary.processes())
    primary.start("max_connections=10")
    probe.wait(is_writer)


def test_a_session_that_is_ended_is_opened_again(primary: Server, probe: Probe) -> None:
    query = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = '{}'"
    primary.ask(query.format("hikae-probe"))
    wait_until(
        lambda: primary.ask(query.format("none").replace("pg_terminate_backend(pid)", "1")) == ""
    )
    probe.wait(is_writer, deadline_s=2)


def test_read_only_by_setting_is_no_writer(primary: Server, probe: Probe) -> None:
    primary.ask("alter system set default_transaction_read_only = on")
    primary.ask("select pg_reload_conf()")
    probe.wait(lambda sample: sample["answered"] and sample["read_only"])
    primary.ask("alter system reset default_transaction_read_only")
    primary.ask("select pg_reload_conf()")
    probe.wait(is_writer)


def test_a_storm_of_connections_does_not_silence_it(primary: Server, probe: Probe) -> None:
    """A new session too gets in: a superuser's slots are reserved."""
    primary.ask("drop role if exists clerk")
    primary.ask("create role clerk login")
    argv = [str(binaries() / "psql"), "-XAtq", "-h", str(primary.folder), "-p", str(primary.port)]
    argv += ["-U", "clerk", "-d", "postgres", "-c", "select pg_sleep(20)"]
    storm = [subprocess.Popen(as_user(argv), stderr=subprocess.DEVNULL) for _ in range(15)]
    try:
        taken = "select count(*) >= 6 from pg_stat_activity where usename = 'clerk'"
        wait_until(lambda: primary.ask(taken) == "t")
        primary.ask(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where application_name = 'hikae-probe'"
        )
        for _ in range(3):
            probe.wait(is_writer, deadline_s=3)
    finally:
        for client in storm:
            client.kill()
            client.wait()


def test_a_standby_becomes_a_writer_in_one_session(primary: Server) -> None:
    with standby(primary) as replica:
        replica.start()
        seen = Probe(replica)
        try:
            sample = seen.wait(lambda s: s["answered"] and s["recovery"] and s["lsn"] is not None)
            assert sample["read_only"]
            replica.command("pg_ctl", "-D", str(replica.data), "-w", "promote")
            seen.wait(is_writer)
        finally:
            seen.stop()


def test_nothing_is_said_of_a_server_before_it_is_known(tmp_path: Path) -> None:
    with server() as made:
        # A server that hangs from the start: a listening socket behind which nobody answers.
        name = made.folder / f".s.PGSQL.{made.port}"
        with socket.socket(socket.AF_UNIX) as hung:
            hung.bind(str(name))
            hung.listen(20)
            name.chmod(0o777)
            probe = Probe(made)
            time.sleep(1.5)
            probe.stop()
        assert probe.samples() == []

"""64 clerks issue numbers while the server dies: no number twice, no hole, nothing lost or doubled."""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Iterator

import pytest

from tests.dr_acting.postgres import Server, server, standby, wait_until
from tests.nenkin.application import (
    Application,
    application,
    command,
    dsn,
    hanging,
    is_ready,
    set_standby,
)
from tests.nenkin.conftest import SETTINGS
from tests.nenkin.numbers.clerks import Clerks, require_whole
from tests.nenkin.numbers.office import where

# Each part of a story, s.
PART_S = 2.0
_BACKEND = """
    SELECT pid FROM pg_stat_activity WHERE application_name = 'nenkin' AND datname = 'postgres'
    ORDER BY state = 'active' DESC LIMIT 1"""


@pytest.mark.long
def test_a_killed_backend_and_a_killed_server(service: Application, numbers: Server) -> None:
    clerks = Clerks(service)
    clerks.work()
    time.sleep(PART_S)
    # The death of one backend ends all others: the server recovers by itself.
    os.kill(int(numbers.ask(_BACKEND)), signal.SIGKILL)
    time.sleep(PART_S)
    numbers.send(signal.SIGKILL)
    time.sleep(1)
    numbers.start(*SETTINGS)
    time.sleep(PART_S)
    numbers.command("pg_ctl", "-D", str(numbers.data), "-w", "-m", "immediate", "stop")
    numbers.start(*SETTINGS)
    time.sleep(PART_S)
    clerks.finish()
    said = require_whole(clerks, service, numbers)
    logging.info("%s", dict(said))
    assert said[201] > 100
    assert said[503] + said[504] > 10


@pytest.fixture
def two() -> Iterator[tuple[Server, Server]]:
    """A leader with the numbers, and its synchronous replica."""
    with server() as leader:
        leader.start(*SETTINGS)
        leader.ask("CREATE DATABASE records")
        done, _ = command(leader, "migrate", **where(leader))
        assert done.returncode == 0, done.stderr + done.stdout
        with standby(leader) as replica:
            replica.start(*SETTINGS)
            set_standby(leader, "walreceiver")
            synchronous = "SELECT sync_state FROM pg_stat_replication"
            wait_until(lambda: leader.ask(synchronous) == "sync")
            yield leader, replica


@pytest.mark.long
def test_a_leader_that_dies_and_a_replica_that_takes_over(two: tuple[Server, Server]) -> None:
    leader, replica = two
    both = (
        dsn(leader)
        .replace("host=127.0.0.1", "host=127.0.0.1,127.0.0.1")
        .replace(f"port={leader.port}", f"port={leader.port},{replica.port}")
    )
    more = {
        "NENKIN_DSN_NUMBERS": both,
        "NENKIN_DSN_RECORDS": both.replace("dbname=postgres", "dbname=records"),
    }
    with application(leader, **more) as service:
        clerks = Clerks(service)
        clerks.work()
        time.sleep(PART_S)
        # What is committed now reaches no replica: it is acknowledged to nobody, and is lost with the leader.
        replica.command("pg_ctl", "-D", str(replica.data), "-w", "-m", "immediate", "stop")
        wait_until(lambda: hanging(leader))
        leader.send(signal.SIGKILL)
        replica.start(*SETTINGS)
        replica.command("pg_ctl", "-D", str(replica.data), "-w", "promote")
        wait_until(lambda: is_ready(service))
        time.sleep(PART_S)
        clerks.finish()
        said = require_whole(clerks, service, replica)
    logging.info("%s", dict(said))
    assert said[201] > 100
    # Of each office one at a time reaches COMMIT.
    assert said[504] >= 1

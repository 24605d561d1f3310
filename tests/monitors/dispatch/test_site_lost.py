"""The leading site is lost in mid-night, database and batch host in one moment: the night goes on in the other one."""

from __future__ import annotations

import signal
from dataclasses import replace
from pathlib import Path

from tests.dr_acting.postgres import Server, server, standby, wait_until
from tests.monitors.dispatch.batch_site import begin_night, site, wait_for
from tests.monitors.dispatch.conftest import SETTINGS, dsn_of, prepare
from tests.monitors.dispatch.nights import a_net, expected, outcome

NIGHT = "2026-11-30"


def both(*servers: Server) -> str:
    """The way to whichever of them is written to."""
    hosts = ",".join("127.0.0.1" for _ in servers)
    ports = ",".join(str(one.port) for one in servers)
    return f"host={hosts} port={ports} user=nobody dbname=postgres target_session_attrs=read-write connect_timeout=2"


# Two that stand still in mid-work until they are let go, one with a file, one in a transaction.
KINDS = ("file", "file-gate", "rows-gate", "file", "rows", "loses", "file")


# As `open_runs` says it: the first job is over by then, and what comes after waits for them.
AT_THE_GATE = "job001 tokyo-batch1, job002 tokyo-batch1"
NET = a_net(NIGHT, len(KINDS), kinds=KINDS)
# All of it is the lost site's to do.
ORDERS = replace(NET, jobs=tuple(replace(job, site="tokyo") for job in NET.jobs))


def test_the_night_goes_on_in_the_other_site(tmp_path: Path) -> None:
    with server() as primary:
        primary.start(*SETTINGS)
        prepare(dsn_of(primary))
        with standby(primary) as copy:
            copy.start(*SETTINGS)
            primary.ask("ALTER SYSTEM SET synchronous_standby_names = '*'")
            primary.ask("SELECT pg_reload_conf()")
            wait_until(lambda: primary.ask("SELECT sync_state FROM pg_stat_replication") == "sync")
            dsn = both(primary, copy)
            # What is published must outlive the site, as in the object store of the backup centre.
            outputs = tmp_path / "outputs"
            with (
                site(tmp_path / "a", dsn, outputs, "tokyo-batch1", name="tokyo") as lost,
                site(tmp_path / "b", dsn, outputs, "kansai-batch1", name="kansai") as left,
            ):
                begin_night(lost, ORDERS)
                # The lost site's dispatcher leads, and its workers are in mid-work when it is lost.
                for process in lost.all:
                    process.start()
                wait_until(lambda: open_runs(primary) == AT_THE_GATE, 60)
                for process in left.all:
                    process.start()
                for process in lost.all:
                    process.let_go()
                primary.send(signal.SIGKILL)
                copy.ask("ALTER SYSTEM SET synchronous_standby_names = ''")
                copy.ask("SELECT pg_promote()")
                (tmp_path / "markers" / "gate").touch()
                state = wait_for(left, NIGHT, 60)
            assert outcome(state, dsn) == expected(ORDERS)
            given_up = [run for run in state["runs"] if run["state"] == "lost"]
            begun = [run for run in given_up if run["host"]]
            assert [run["host"] for run in begun] == ["tokyo-batch1", "tokyo-batch1"]
            for run in begun:
                # Not begun again before its lease was over, for nobody had vouched for the host.
                assert "the lease is over" in run["reason"]
                again = [r for r in state["runs"] if r["job"] == run["job"]][-1]
                assert again["host"] == "kansai-batch1"
                assert again["begun"] >= run["ended"]


def open_runs(running: Server) -> str:
    """Which jobs are running now, and on which hosts."""
    return running.ask(
        "SELECT coalesce(string_agg(job || ' ' || host, ', ' ORDER BY job), '') "
        "FROM night.runs WHERE state = 'running'"
    )

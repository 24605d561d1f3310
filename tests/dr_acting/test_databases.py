"""Facts, ledgers and the end of the WAL, read from real PostgreSQL servers, alive and dead."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from dr import lsn
from dr.database_facts import SETTINGS, read_facts
from dr.evidence import LedgerEntry
from dr.failure import HostFailed
from dr.layout import Layout
from dr.ledger import (
    LedgerUnread,
    Received,
    farthest,
    parse_ledger,
    read_ledger,
    read_received,
)
from dr.wal_tail import WalTailUnread, end_of_wal, newest_timeline, read_tail
from inventory.parts import Service
from inventory.transport import Completed
from tests.dr_acting.local import Local
from tests.dr_acting.postgres import Server, server, standby, wait_until

LAYOUT = Layout()
RECORDS = Service(
    name="records",
    title="Records",
    title_ja="記録",
    address=IPv4Address("10.9.0.1"),
    port=8080,
    tier=0,
    rto_s=30,
    rpo_s=0,
    owner="records-chief",
    depends_on=(),
    home_order=("mitaka", "kansai"),
    cluster="records",
    database="postgres",
    holds="records",
    ledger="nenkin.ledger",
)


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[Server, Server, Local]]:
    """A leader that has written beyond what its replica, stopped before, has received."""
    with server() as leader:
        leader.start()
        leader.ask("create schema nenkin")
        leader.ask("create table nenkin.posts (key text, content text)")
        leader.ask(
            "create view nenkin.ledger as"
            " select key, content, count(*) as entries from nenkin.posts group by key, content"
        )
        with standby(leader) as replica:
            replica.start()
            leader.ask("insert into nenkin.posts values ('k1', '2101-000001|1999-04|13300')")
            caught_up = "select pg_last_wal_replay_lsn() = '{}'"
            wait_until(
                lambda: (
                    replica.ask(caught_up.format(leader.ask("select pg_current_wal_lsn()"))) == "t"
                )
            )
            yield leader, replica, Local({"mitaka-db1": leader, "kansai-db1": replica})


def test_facts_of_a_server(pair: tuple[Server, Server, Local]) -> None:
    leader, _, local = pair
    facts = read_facts(local, LAYOUT, "mitaka-db1")
    assert facts.data_directory == str(leader.data)
    assert Path(facts.bin_directory).joinpath("pg_waldump").exists()
    assert facts.version.split(".")[0] in leader.command("postgres", "--version")
    assert facts.settings.keys() == set(SETTINGS)
    assert facts.settings["wal_sender_timeout"] == "60000ms"


def test_ledger_of_leader_and_replica(pair: tuple[Server, Server, Local]) -> None:
    _, _, local = pair
    expected = {"k1": LedgerEntry("2101-000001|1999-04|13300", 1)}
    for host in ("mitaka-db1", "kansai-db1"):
        assert read_ledger(local, LAYOUT, host, RECORDS) == expected


def test_a_ledger_that_is_not_there(pair: tuple[Server, Server, Local]) -> None:
    _, _, local = pair
    with pytest.raises(LedgerUnread, match=r'relation "nenkin\.none" does not exist'):
        read_ledger(local, LAYOUT, "mitaka-db1", replace(RECORDS, ledger="nenkin.none"))


def test_bytes_at_risk_on_a_dead_leaders_disk() -> None:
    """The end read from the dead disk is the leader's own last position, to the byte."""
    with server() as leader:
        leader.start()
        local = Local({"mitaka-db1": leader})
        facts = read_facts(local, LAYOUT, "mitaka-db1")
        leader.ask("create table t (n int)")
        received = lsn.from_text(leader.ask("select pg_current_wal_insert_lsn()"))
        for n in range(20):
            leader.ask(f"insert into t values ({n})")
        end = lsn.from_text(leader.ask("select pg_current_wal_insert_lsn()"))
        leader.send(signal.SIGKILL)
        tail = read_tail(local, "mitaka-db1", facts, received)
        assert tail.end == end
        assert tail.bytes_at_risk == end - received > 1000
        # A replica that has everything leaves nothing at risk.
        assert read_tail(local, "mitaka-db1", facts, end).bytes_at_risk == 0


def test_bytes_at_risk_after_an_earlier_failover() -> None:
    """A leader that was promoted before has its newest WAL on a timeline of its own."""
    with server() as first:
        first.start()
        with standby(first) as second:
            second.start()
            second.command("pg_ctl", "-D", str(second.data), "-w", "promote")
            first.send(signal.SIGKILL)
            local = Local({"kansai-db1": second})
            facts = read_facts(local, LAYOUT, "kansai-db1")
            second.ask("create table t (n int)")
            received = lsn.from_text(second.ask("select pg_current_wal_insert_lsn()"))
            second.ask("insert into t select generate_series(1, 1000)")
            end = lsn.from_text(second.ask("select pg_current_wal_insert_lsn()"))
            second.send(signal.SIGKILL)
            assert read_tail(local, "kansai-db1", facts, received).end == end


def test_how_far_replicas_are(pair: tuple[Server, Server, Local]) -> None:
    leader, _, local = pair
    found = read_received(local, LAYOUT, ["kansai-db1"])
    assert found == [
        Received("kansai-db1", lsn.from_text(leader.ask("select pg_current_wal_lsn()")))
    ]
    assert farthest([Received("b", 5), Received("c", 7), Received("a", 7)]) == Received("a", 7)
    assert farthest([]) is None


def test_a_server_that_is_down_is_named(pair: tuple[Server, Server, Local]) -> None:
    with server() as down, pytest.raises(HostFailed, match="mitaka-db9 could not say where"):
        read_facts(Local({"mitaka-db9": down}), LAYOUT, "mitaka-db9")


def said(stderr: str) -> Completed:
    return Completed("mitaka-db1", (), 1, "", stderr, 0.0)


@pytest.mark.parametrize(
    ("stderr", "end"),
    [
        (
            (
                "pg_waldump: error: error in WAL record at 0/502F4E8: "
                "invalid record length at 0/502F520: wanted 24, got 0"
            ),
            "0/502F520",
        ),
        (
            (
                "pg_waldump: error: error in WAL record at 0/502F4E8: "
                "record with incorrect prev-link 0/4000028 at 0/502F520"
            ),
            "0/502F520",
        ),
        (
            (
                "pg_waldump: error: error in WAL record at 1/502F4E8: invalid magic number 0000 "
                "in log segment 000000010000000100000005, offset 196608"
            ),
            "1/5030000",
        ),
        ("pg_waldump: error: could not find a valid record after 0/5000000", "0/5000000"),
        (
            (
                'pg_waldump: error: could not open file "000000010000000000000006": '
                "No such file or directory"
            ),
            "0/6000000",
        ),
    ],
)
def test_sentences_of_pg_waldump(stderr: str, end: str) -> None:
    assert lsn.to_text(end_of_wal(said(stderr), lsn.from_text("0/5000000"))) == end


def test_other_sentences_are_no_end() -> None:
    with pytest.raises(WalTailUnread, match="mitaka-db1: the end of the WAL was not found: dead"):
        end_of_wal(said("dead"), 0)
    with pytest.raises(WalTailUnread, match="no WAL file"):
        newest_timeline(["archive_status", "00000002.history"])
    assert newest_timeline(["00000001" + "0" * 16, "0000000A" + "0" * 16, "x"]) == 10


def test_a_key_with_two_contents_is_there_twice() -> None:
    assert parse_ledger("k\ta\t1\nk\tb\t2\n") == {"k": LedgerEntry("a", 3)}
    with pytest.raises(LedgerUnread, match="row 2 of the ledger is none"):
        parse_ledger("k\ta\t1\nwhatever\n")

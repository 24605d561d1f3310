"""Ledgers compared and rows brought back between real PostgreSQL servers: a living one and one as it was before."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dr.backups import deletions
from dr.backups.rows import Place, array, ask, difference, read_commits, read_keys, table_of
from dr.evidence import LedgerEntry
from dr.failure import HostFailed
from dr.layout import Layout
from dr.mistakes import PUT
from tests.dr_acting.local import Local
from tests.dr_acting.postgres import Server, binaries, server, standby
from tests.dr_acting.test_databases import RECORDS

LAYOUT = Layout()
MIGRATION = Path(__file__).parents[2] / "nenkin/migrations/records/0001_records.sql"
RESTORED, LIVING = Place("restored"), Place("living")
ROWS = 5000


@pytest.fixture
def pair() -> Iterator[tuple[Server, Server, Local]]:
    """A living server with nenkin's own schema, and a copy that was promoted before what follows."""
    with server() as living:
        living.start("track_commit_timestamp=on", "wal_level=replica")
        living.ask("create schema nenkin")
        where = ["-h", str(living.folder), "-p", str(living.port), "-U", "nobody", "-d", "postgres"]
        sql = living.folder / "schema.sql"
        sql.write_text(MIGRATION.read_text())
        sql.chmod(0o644)
        living.command("psql", "-Xq", "-v", "ON_ERROR_STOP=1", *where, "-f", str(sql))
        living.ask(
            "insert into nenkin.persons (number, name_kana, birth_date, sex)"
            " values ('0001-000001', 'ヒカエ', '1950-01-01', 'female')"
        )
        _post(living, 1, ROWS)
        with standby(living) as restored:
            restored.start()
            restored.command("pg_ctl", "-D", str(restored.data), "-w", "promote")
            yield living, restored, Local({"living": living, "restored": restored})


def _post(living: Server, first: int, last: int) -> None:
    living.ask(
        "insert into nenkin.contributions (key, number, month, amount)"
        " select md5(i::text)::uuid, '0001-000001', '2005-04-01', 13580 - i % 1000"
        f" from generate_series({first}, {last}) i"
    )


def test_equal_ledgers_have_no_difference(pair: tuple[Server, Server, Local]) -> None:
    _, _, local = pair
    count, found = difference(local, LAYOUT, RECORDS, RESTORED, LIVING)
    assert count == ROWS
    assert (found.only_restored, found.only_living, found.unlike) == ({}, {}, ())


def test_every_difference_is_found_and_no_other_row(pair: tuple[Server, Server, Local]) -> None:
    living, _, local = pair
    before = float(living.ask("select extract(epoch from clock_timestamp())"))
    _post(living, ROWS + 1, ROWS + 3)
    living.ask(
        "set session_replication_role = replica;"
        " delete from nenkin.contributions where key in (md5('7')::uuid, md5('8')::uuid);"
        " update nenkin.contributions set amount = 1 where key = md5('9')::uuid"
    )
    count, found = difference(local, LAYOUT, RECORDS, RESTORED, LIVING)
    assert count == ROWS
    keys = {n: living.ask(f"select md5('{n}')::uuid") for n in (7, 8, 9, ROWS + 1)}
    assert set(found.only_restored) == {keys[7], keys[8]}
    assert len(found.only_living) == 3
    assert found.unlike == (keys[9],)
    commits = read_commits(local, LAYOUT, RECORDS, LIVING, list(found.only_living))
    assert set(commits) == set(found.only_living)
    assert all(at is not None and at > before for at in commits.values())
    assert read_keys(local, LAYOUT, RECORDS, RESTORED, [keys[9], keys[ROWS + 1]]) == {
        keys[9]: LedgerEntry("0001-000001|2005-04|13571")
    }


def test_deleted_rows_are_found_in_the_wal_and_put_back_as_they_were(
    pair: tuple[Server, Server, Local],
) -> None:
    living, restored, local = pair
    table = table_of(local, LAYOUT, RECORDS, LIVING)
    assert table == "nenkin.contributions"
    all_of_it = f"select md5(string_agg(t::text, '' order by id)) from {table} t where id <= {ROWS}"
    before = living.ask(all_of_it)
    segment = living.ask("select pg_walfile_name(pg_current_wal_lsn())")
    xid = living.ask(
        "set session_replication_role = replica;"
        f" with gone as (delete from {table} where amount % 2 = 0 returning 1)"
        " select pg_current_xact_id() from gone limit 1"
    )
    _post(living, ROWS + 1, ROWS + 100)
    path = living.ask(f"select pg_relation_filepath('{table}')")
    last = living.ask("select pg_walfile_name(pg_current_wal_lsn())")
    argv = [sys.executable, "-sB", "-", str(binaries()), str(living.data), segment, last]
    program = Path(deletions.__file__).read_text(encoding="utf-8")
    done = local.run(
        "living", [*argv, "1663/" + path.removeprefix("base/")], deadline_s=60, stdin=program
    )
    found = json.loads(done.stdout)
    _, lost = difference(local, LAYOUT, RECORDS, RESTORED, LIVING)
    assert found["transaction"] == int(xid)
    assert found["deleted"] == len(lost.only_restored) == ROWS // 2
    # One of the rows came back by another way meanwhile: it is left as it is.
    key = next(iter(lost.only_restored))
    again = restored.ask(f"copy (select * from {table} where key = '{key}') to stdout")
    assert ask(local, LAYOUT, RECORDS, LIVING, PUT.format(table=table, rows=f"{again}\n")) == "1\n"
    copied = f"copy (select * from {table} where key::text = any({array(list(lost.only_restored))})) to stdout"
    rows = ask(local, LAYOUT, RECORDS, RESTORED, copied)
    put = ask(local, LAYOUT, RECORDS, LIVING, PUT.format(table=table, rows=rows))
    assert int(put) == ROWS // 2 - 1
    assert living.ask(all_of_it) == before
    assert living.ask(f"select count(*) from {table}") == str(ROWS + 100)
    _, after = difference(local, LAYOUT, RECORDS, RESTORED, LIVING)
    assert after.only_restored == {}


def test_a_question_that_fails_is_a_failed_host(pair: tuple[Server, Server, Local]) -> None:
    _, _, local = pair
    with pytest.raises(HostFailed, match="read the ledger of records"):
        ask(local, LAYOUT, RECORDS, LIVING, "select 1 / 0")


def test_a_key_cannot_leave_its_array() -> None:
    assert array(["a", "b'); drop table x; --", "c\\"]) == "array['a']::text[]"

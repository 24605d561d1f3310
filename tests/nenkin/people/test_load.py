"""People go into a real PostgreSQL with its constraints, once, and as files."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from nenkin.people.folder import TRUTH
from nenkin.people.lines import COLUMNS
from tests.dr_acting.postgres import Server, wait_until
from tests.nenkin.application import command, dsn, environment
from tests.nenkin.people.reading import blocks, truth

COUNT, SEED = 2500, 11
MAKE = ("people", "make", "--seed", str(SEED))


@pytest.fixture(scope="module")
def loaded(records: Server) -> Server:
    """A server with people in it."""
    done, report = command(records, *MAKE, "--count", str(COUNT), "--load")
    assert done.returncode == 0, done.stderr + done.stdout
    assert report["changed"] is True
    assert report["loaded"]["skipped"] == 0
    assert report["loaded"]["rows"]["persons"] == COUNT
    return records


@pytest.fixture
def other(loaded: Server, request: pytest.FixtureRequest) -> Iterator[str]:
    """A migrated database beside it; its DSN."""
    name = "other"
    loaded.ask(f"CREATE DATABASE {name}")
    where = dsn(loaded, name)
    done, _ = command(loaded, "migrate", NENKIN_DSN_RECORDS=where)
    assert done.returncode == 0, done.stdout
    yield where
    loaded.ask(f"DROP DATABASE {name} WITH (FORCE)")


def test_what_was_made_is_there(loaded: Server) -> None:
    for table in COLUMNS:
        made = sum(block.rows()[table] for block in blocks(SEED, COUNT))
        assert int(loaded.ask(f"SELECT count(*) FROM nenkin.{table}")) == made > 0, table
    offices = loaded.ask("SELECT office, last_serial FROM nenkin.issued_serials ORDER BY 1")
    assert offices.splitlines() == ["0101|1000", "0102|1000", "0103|500"]
    acts = loaded.ask("SELECT count(*), min(operator), min(purpose) FROM nenkin.acts")
    assert acts == "3|nenkin people|people who do not exist"


def test_the_same_again_enters_nothing_and_more_only_the_rest(loaded: Server) -> None:
    done, report = command(loaded, *MAKE, "--count", str(COUNT), "--load")
    assert (done.returncode, report["changed"], report["loaded"]["skipped"]) == (0, False, 3)
    done, report = command(loaded, *MAKE, "--first", "3000", "--count", "1000", "--load")
    assert report["loaded"]["rows"]["persons"] == 1000
    loaded.ask("CREATE TABLE counted AS SELECT count(*) FROM nenkin.persons")
    assert loaded.ask("TABLE counted; DROP TABLE counted") == str(COUNT + 1000)


def test_numbers_that_others_hold_are_refused_whole(loaded: Server) -> None:
    before = loaded.ask("SELECT count(*) FROM nenkin.acts")
    argv = ("people", "make", "--seed", "12", "--count", "100", "--load")
    done, report = command(loaded, *argv)
    assert done.returncode == 1
    assert "nothing of it entered" in report["error"]
    assert "duplicate key" in report["error"]
    assert loaded.ask("SELECT count(*) FROM nenkin.acts") == before


def test_the_last_month_and_every_month_before_it_is_in_the_view(loaded: Server) -> None:
    holes = loaded.ask(
        "SELECT count(*) FROM (SELECT month - lag(month) OVER (PARTITION BY number ORDER BY month) AS days"
        " FROM nenkin.contribution_months) gaps WHERE days NOT BETWEEN 28 AND 31"
    )
    assert holes == "0"
    premium = loaded.ask(
        "SELECT count(*) FILTER (WHERE months.amount = premium.amount), count(*) FROM nenkin.contribution_months months"
        " JOIN nenkin.premiums premium ON premium.months @> months.month"
        " WHERE kind = 'paid' AND NOT is_additional AND number < '0101-000200'"
    ).split("|")
    assert premium[0] == premium[1] != "0"


@pytest.mark.long
def test_a_load_that_is_killed_goes_on(loaded: Server, other: str) -> None:
    argv = [sys.executable, "-m", "nenkin", *MAKE, "--count", "12000", "--load"]
    killed = subprocess.Popen(argv, env=environment(loaded, NENKIN_DSN_RECORDS=other))
    with psycopg.connect(other, autocommit=True) as connection:

        def count(table: str) -> int:
            row = connection.execute(f"SELECT count(*) FROM nenkin.{table}".encode()).fetchone()
            assert row is not None
            return int(row[0])

        wait_until(lambda: count("acts") > 0, 60)
        killed.kill()
        killed.wait()
        # Its processes may still be at work: what they are entering is waited for.
        done, report = command(
            loaded, *MAKE, "--count", "12000", "--load", NENKIN_DSN_RECORDS=other
        )
        assert done.returncode == 0, done.stdout
        assert 1 <= report["loaded"]["skipped"] <= 12
        for table in COLUMNS:
            made = sum(block.rows()[table] for block in blocks(SEED, 12_000))
            assert count(table) == made, table


def test_files_hold_the_same_rows(loaded: Server, other: str, tmp_path: Path) -> None:
    done, report = command(loaded, *MAKE, "--count", str(COUNT), "--out", str(tmp_path))
    assert done.returncode == 0
    assert report["files"]["rows"]["persons"] == COUNT
    lines = (tmp_path / TRUTH).read_text().splitlines()
    assert len(lines) == 1 + sum(len(truth(block)) for block in blocks(SEED, COUNT))
    with psycopg.connect(other) as connection:
        for line in (tmp_path / "columns.tsv").read_text().splitlines():
            table, columns = line.split("\t")
            with connection.cursor().copy(f"COPY nenkin.{table} ({columns}) FROM STDIN") as copy:
                copy.write((tmp_path / f"{table}.copy").read_bytes())
    query = (
        "SELECT md5(string_agg(number || first || last || kind || coalesce(amount, -1), ',' ORDER BY number, first))"
        " FROM nenkin.contribution_runs WHERE number < '0104'"
    )
    with psycopg.connect(other) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    assert row[0] == loaded.ask(query)


def test_the_truth_can_be_written_alone(loaded: Server, tmp_path: Path) -> None:
    file = tmp_path / "truth.tsv"
    done, report = command(loaded, *MAKE, "--count", str(COUNT), "--truth", str(file))
    assert done.returncode == 0
    assert report["truth"] == len(file.read_text().splitlines()) - 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--count", "10"), "give --load, --out DIR or --truth FILE"),
        (("--count", "10", "--first", "10", "--load"), "--first: 10 is no multiple of 1000"),
        (
            ("--count", "10", "--until", "2006-12", "--load"),
            "'2006-12' is not a month from 2007-01",
        ),
        (
            ("--count", "10", "--until", "2010-13", "--load"),
            "'2010-13' is not a month from 2007-01",
        ),
        (("--count", "10", "--workers", "0", "--load"), "'0' is not a whole number from 1 on"),
        (("--count", "0", "--load"), "--first, --count: places 0 to -1"),
    ],
)
def test_what_is_wrong_is_said(loaded: Server, arguments: tuple[str, ...], said: str) -> None:
    done, _ = command(loaded, *MAKE, *arguments)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_database_that_is_not_there(loaded: Server) -> None:
    done, report = command(
        loaded, *MAKE, "--count", "10", "--load", NENKIN_DSN_RECORDS="host=127.0.0.1 port=1"
    )
    assert done.returncode == 3
    assert "run it again" in report["error"]


@pytest.mark.long
def test_the_measurement_has_its_bound_beside_it(loaded: Server) -> None:
    done, report = command(loaded, "bench", "people", "--rows", "2000", "--json")
    # So few persons say nothing about the ratio.
    assert done.returncode in (0, 1), done.stderr
    assert report["persons"] == report["rows"]["persons"] == 2000
    assert report["ratio"] == pytest.approx(
        report["load_seconds"] / report["copy_seconds"], abs=0.01
    )
    assert report["is_met"] is (done.returncode == 0)
    assert report["stored_bytes_per_person"] > report["copy_bytes_per_person"] > 0
    assert loaded.ask("SELECT count(*) FROM pg_database WHERE datname LIKE 'nenkin_bench%'") == "0"

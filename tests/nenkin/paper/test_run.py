"""The yearly statement run: fixed when it is opened, killed at any moment, the same bytes in the end."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import psycopg
import pytest
from pypdf import PdfReader

from nenkin.migrate import migrate
from nenkin.paper import command, opening, sharding
from nenkin.paper.opening import InvalidRun, open_run, shards
from nenkin.paper.recount import is_sampled
from nenkin.payments.connection import open_connection
from nenkin.people.lines import copy_statement
from nenkin.people.maker import Maker
from nenkin.people.numbering import Part
from tests.contract.tree import ROOT
from tests.dr_acting.postgres import Server
from tests.nenkin.application import dsn, environment

pytestmark = pytest.mark.usefixtures("font")
MONTH, DAY = 5, date(2026, 5, 1)
PEOPLE = 600


@pytest.fixture(scope="module")
def people(empty: Server) -> str:
    """A records database with people who do not exist."""
    where = dsn(empty)
    asyncio.run(migrate("records", where))
    block = Maker(1, date(2026, 3, 1)).make(Part(0, 0, PEOPLE), 1)
    with psycopg.connect(where, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO nenkin.acts (key, operator, terminal, office, purpose)"
            " VALUES (gen_random_uuid(), 'test', 'test', '0101', 'test')"
        )
        for table, text in block.tables.items():
            with connection.cursor().copy(copy_statement(table).encode()) as copy:
                copy.write(text.encode())
    return where


def arguments(folder: Path, **more: Any) -> argparse.Namespace:
    given = {"birth_month": MONTH, "day": DAY, "folder": folder, "who": "op-1"}
    return argparse.Namespace(**(given | {"shard": 10, "workers": 1, "one_in": 3} | more))


def done(people: str, folder: Path, **more: Any) -> dict[str, Any]:
    report, code = command.run_statements(arguments(folder, **more), people, "2101")
    assert code == 0, report
    return report


def fits(document: Any, name: str) -> bool:
    schema = json.loads((ROOT / f"tests/nenkin/data/{name}.schema.json").read_text("utf-8"))
    jsonschema.validate(document, schema)
    return True


def sums(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
    }


def test_a_run_tells_everyone_of_the_month_once(people: str, tmp_path: Path) -> None:
    report = done(people, tmp_path)
    manifest = json.loads(Path(report["manifest"]).read_text("utf-8"))
    assert fits(report, "statements-run")
    assert fits(manifest, "statements-manifest")
    with psycopg.connect(people) as connection:
        rows = connection.execute(
            "SELECT number FROM nenkin.current_persons WHERE extract(month FROM birth_date) = %s"
            " AND number IN (SELECT number FROM nenkin.current_periods WHERE lost IS NULL) ORDER BY number",
            (MONTH,),
        ).fetchall()
        [unpaid] = connection.execute(
            "SELECT count(*) FROM nenkin.contribution_months WHERE kind = 'unpaid'"
            " AND month + interval '2 months' <= %s AND number = ANY(%s)",
            (DAY, [number for (number,) in rows]),
        ).fetchone() or (None,)
    printed = []
    for entry in manifest["files"]:
        path = tmp_path / entry["name"]
        assert hashlib.sha256(path.read_bytes()).hexdigest() == entry["sha256"]
        pages = PdfReader(path).pages
        assert len(pages) == entry["statements"]
        printed += [page.extract_text() for page in pages]
    assert len(rows) == report["statements"] == manifest["statements"] == len(printed) > 15
    for (number,), text in zip(rows, printed, strict=True):
        assert f"****-**{number[-4:]}" in text
        assert number not in text
    assert manifest["sums"]["unpaid_months"] == unpaid > 0
    assert manifest["sums"]["recounted"] >= len(manifest["files"])
    assert report["changed"] is True
    again = done(people, tmp_path)
    assert (again["changed"], again["sums"]) == (False, report["sums"])
    with psycopg.connect(people) as connection:
        uses = connection.execute("SELECT output, face, uses FROM nenkin.output_uses").fetchall()
        [events] = connection.execute(
            "SELECT count(*) FROM nenkin.access_events WHERE kind = 'statements' AND operator = 'op-1'"
        ).fetchone() or (None,)
    assert uses == [("statement_sheet", "batch", len(rows))]
    assert events == report["files"]


def test_entries_after_the_opening_change_nothing(people: str, tmp_path: Path) -> None:
    done(people, tmp_path / "before")
    with psycopg.connect(people, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO nenkin.contributions (key, number, month, amount)"
            " SELECT gen_random_uuid(), number, '2025-04-01', 17510 FROM nenkin.persons"
        )
        connection.execute(
            "INSERT INTO nenkin.persons (number, name_kana, birth_date, sex)"
            " VALUES ('0101-900001', 'ネンキン ハナコ', '1980-05-05', 'female')"
        )
    done(people, tmp_path / "after")
    assert sums(tmp_path / "before") == sums(tmp_path / "after")


def test_a_killed_run_ends_with_the_same_bytes(people: str, tmp_path: Path, empty: Server) -> None:
    done(people, tmp_path / "whole")
    whole = sums(tmp_path / "whole")
    folder = tmp_path / "killed"
    argv = [sys.executable, "-m", "nenkin", "statements", "run", "--birth-month", str(MONTH)]
    argv += ["--day", DAY.isoformat(), "--folder", str(folder), "--who", "op-1", "--shard", "10"]
    argv += ["--one-in", "3", "--workers", "1"]
    process = subprocess.Popen(
        argv, env=environment(empty), stderr=subprocess.PIPE, start_new_session=True, text=True
    )
    assert process.stderr is not None
    # One file is in place, another is being made.
    first = process.stderr.readline()
    assert "statements (1 of" in first, first + process.stderr.read()
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert not list(folder.glob("*.json"))
    report = done(people, folder)
    assert report["statements"] > 0
    assert {name: found for name, found in sums(folder).items() if name[0] != "."} == whole


def test_a_damaged_file_is_made_again(people: str, tmp_path: Path) -> None:
    done(people, tmp_path)
    before = sums(tmp_path)
    victim = next(tmp_path.glob("*.pdf"))
    victim.write_bytes(victim.read_bytes()[:-1])
    assert done(people, tmp_path)["changed"] is True
    assert sums(tmp_path) == before


def test_another_size_of_files_is_another_run(people: str, tmp_path: Path) -> None:
    done(people, tmp_path)
    report, code = command.run_statements(arguments(tmp_path, shard=20), people, "2101")
    assert code == 2
    assert "--shard 20" in report["error"]
    with open_connection(people) as connection, pytest.raises(InvalidRun):
        open_run(connection, MONTH, DAY, 11, "op-1")


@pytest.mark.parametrize("name", ["shard", "workers", "one_in"])
def test_less_than_one_is_refused(people: str, tmp_path: Path, name: str) -> None:
    report, code = command.run_statements(arguments(tmp_path, **{name: 0}), people, "2101")
    assert (code, "at least 1" in report["error"]) == (2, True)


def _wrong_age(birth: date, day: date) -> int:
    # As if an age were attained with the year: everybody whose birthday is still to come is a year too old.
    return day.year - birth.year


def _wrong_unpaid(first: int, end: int, _: date) -> int:
    return end - (end - first > 3)


WRONG = [
    ("nenkin.paper.statement.age_on", _wrong_age, "age"),
    ("nenkin.paper.months._overdue", _wrong_unpaid, "unpaid months"),
]


@pytest.mark.parametrize(("place", "wrong", "named"), WRONG)
def test_the_error_of_2009_stops_the_file(
    people: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, wrong: Any, named: str
) -> None:
    with open_connection(people) as connection:
        run = open_run(connection, 6, date(2026, 6, 1), 100, "op-1")
        listed = shards(connection, run)
    monkeypatch.setattr(place, wrong)
    [shard, *_] = listed
    with pytest.raises(sharding.ShardFailed, match=named):
        sharding.make_shard(people, run, shard, tmp_path, 1, ("op-1", "2101"))
    assert not list(tmp_path.glob("[!.]*"))


def test_two_processes_make_what_one_makes(people: str, tmp_path: Path) -> None:
    one, two = done(people, tmp_path / "one"), done(people, tmp_path / "two", workers=2)
    assert sums(tmp_path / "one") == sums(tmp_path / "two")
    assert one["sums"] == two["sums"]


def test_the_sample_is_the_same_each_time_and_of_its_size() -> None:
    numbers = [f"2101-{serial:06d}" for serial in range(20_000)]
    chosen = [number for number in numbers if is_sampled(number, 50)]
    assert chosen == [number for number in numbers if is_sampled(number, 50)]
    assert 300 < len(chosen) < 500


def test_an_opening_waits_for_no_writer(people: str) -> None:
    with psycopg.connect(people) as writer, open_connection(people) as connection:
        writer.execute("LOCK TABLE nenkin.persons IN ROW EXCLUSIVE MODE")
        started = time.monotonic()
        connection.execute("BEGIN")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            opening._open(connection, 7, date(2026, 7, 1), 100, "op-1")
        assert time.monotonic() - started < 5

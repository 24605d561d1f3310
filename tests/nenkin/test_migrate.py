"""Migrations: in order, once, all or nothing, and never a silent contradiction."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from nenkin.migrate import Applied, InvalidMigrations, Migration, load_migrations, pending
from nenkin.settings import DATABASES
from tests.dr_acting.postgres import Server, free_port
from tests.nenkin.application import command, dsn, environment

STEPS = tuple(Migration(n, f"{n:04d}_step.sql", f"SELECT {n}") for n in (1, 2, 3))
ROWS = tuple(Applied(step.number, step.name, step.sha256) for step in STEPS)


@pytest.mark.parametrize("count", range(4))
def test_what_is_not_applied_is_pending(count: int) -> None:
    assert pending(STEPS, ROWS[:count]) == STEPS[count:]


@pytest.mark.parametrize(
    ("steps", "rows", "message"),
    [
        (
            STEPS,
            (Applied(1, "0001_step.sql", "0" * 64),),
            "0001_step.sql: applied as 0001_step.sql",
        ),
        (STEPS, (Applied(1, "0001_old.sql", STEPS[0].sha256),), "applied as 0001_old.sql"),
        (STEPS, (ROWS[1],), "0001_step.sql: applied as 0002_step.sql"),
        (STEPS[:2], ROWS, "the database is at 0003_step.sql, newer than this code"),
    ],
)
def test_a_contradiction_is_refused(
    steps: tuple[Migration, ...], rows: tuple[Applied, ...], message: str
) -> None:
    with pytest.raises(InvalidMigrations) as caught:
        pending(steps, rows)
    assert message in str(caught.value)


@pytest.mark.parametrize("database", DATABASES)
def test_every_database_has_its_files(database: str) -> None:
    assert load_migrations(database)[0].number == 1


def test_two_at_once_apply_once_and_a_third_changes_nothing(empty: Server) -> None:
    for name in DATABASES:
        empty.ask(f"CREATE DATABASE {name}")
    more = {f"NENKIN_DSN_{name.upper()}": dsn(empty, name) for name in DATABASES}
    argv = [sys.executable, "-m", "nenkin", "migrate"]
    both = [
        subprocess.Popen(argv, env=environment(empty, **more), stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    told = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    for name in DATABASES:
        steps = json.dumps([step.name for step in load_migrations(name)])
        entry = f'"applied": {steps}'
        assert sum(text.count(entry) for text in told) == (2 if name != "records" else 1)
    done, report = command(empty, "migrate", **more)
    assert done.returncode == 0
    unchanged = {
        name: {"changed": False, "applied": [], "version": len(load_migrations(name))}
        for name in DATABASES
    }
    assert report == {"changed": False, "databases": unchanged}
    done, report = command(empty, "migrate", "payments", **more)
    assert list(report["databases"]) == ["payments"]


def test_an_edited_file_is_refused(records: Server) -> None:
    records.ask("UPDATE nenkin.migrations SET sha256 = 'x' WHERE number = 1")
    done, report = command(records, "migrate")
    assert done.returncode == 1
    assert report["changed"] is False
    assert "restore the file" in report["databases"]["records"]["error"]


def test_a_failing_step_leaves_nothing_behind(empty: Server) -> None:
    empty.ask("CREATE DATABASE spoilt")
    where = {"NENKIN_DSN_RECORDS": dsn(empty, "spoilt")}
    spoilt = Server(empty.folder, empty.port)
    conflict = "CREATE SCHEMA nenkin; CREATE TABLE nenkin.contributions (x int)"
    ask = ["-h", str(empty.folder), "-p", str(empty.port), "-U", "nobody", "-d", "spoilt", "-XAtqc"]
    spoilt.command("psql", *ask, conflict)
    done, report = command(empty, "migrate", **where)
    assert done.returncode == 1
    assert "nothing was changed" in report["databases"]["records"]["error"]
    tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'nenkin'"
    assert spoilt.command("psql", *ask, tables).strip() == "1"


def test_a_database_that_is_not_there(empty: Server) -> None:
    where = f"host=127.0.0.1 port={free_port()} user=nobody password=geheim"
    done, report = command(empty, "migrate", "--deadline", "2", NENKIN_DSN_RECORDS=where)
    assert done.returncode == 3
    assert "cannot be reached" in report["databases"]["records"]["error"]
    assert "geheim" not in done.stdout + done.stderr

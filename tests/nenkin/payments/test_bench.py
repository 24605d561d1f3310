"""`python -m nenkin bench payment`: it measures a run and its bound, and leaves nothing behind."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import pytest

from nenkin.bench import PARTS
from nenkin.payments.bench import Figures
from tests.dr_acting.postgres import Server
from tests.nenkin.application import command, dsn, environment


@pytest.mark.long
def test_it_measures(template: Server) -> None:
    before = template.ask("SELECT count(*) FROM pg_database")
    where = {"NENKIN_DSN_PAYMENTS": dsn(template)}
    arguments = ("bench", "payment", "--rows", "2000", "--part", "500", "--json")
    done, report = command(template, *arguments, **where)
    assert done.returncode == 0, done.stderr
    figures = {field.name for field in dataclasses.fields(Figures)}
    assert set(report) == figures | {"part", "limit", "is_met", "disk_bytes_per_row"}
    assert (report["rows"], report["payments"]) == (2000, 2000)
    assert report["postings"] > 2000
    assert report["ratio"] > 0
    assert report["run_s"] >= report["files_s"] > 0
    assert report["file_bytes_per_row"] >= 122
    assert template.ask("SELECT count(*) FROM pg_database") == before


@pytest.mark.long
def test_what_was_killed_goes_on(template: Server) -> None:
    there = "SELECT count(*) FROM pg_database WHERE datname = 'measured'"
    where = {"NENKIN_DSN_PAYMENTS": dsn(template)}
    arguments = ("bench", "payment", "--rows", "2000", "--part", "100", "--keep", "measured")
    with subprocess.Popen(
        [sys.executable, "-m", "nenkin", *arguments],
        env=environment(template, **where),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("part 3 "):
                process.kill()
    assert template.ask(there) == "1"
    done, report = command(template, *arguments, **where)
    assert done.returncode == 0, done.stderr
    assert "pensions loaded" not in done.stderr
    assert (report["payments"], report["run_cpu_s"]) == (2000, None)
    assert report["run_s"] > report["files_s"] > 0
    assert report["disk_bytes_per_row"] >= 0
    assert template.ask(there) == "0"


def test_the_disk_is_looked_at_first(template: Server) -> None:
    where = {"NENKIN_DSN_PAYMENTS": dsn(template)}
    done, report = command(template, "bench", "payment", "--rows", "10000000000", **where)
    assert done.returncode == 1
    assert "17000.0 GB are needed for 10000000000 pensions" in report["error"]


def test_eight_gigabytes_are_left_to_others(template: Server) -> None:
    where = {"NENKIN_DSN_PAYMENTS": dsn(template)}
    arguments = ("bench", "payment", "--rows", "10000000000", "--keep", "measured")
    done, report = command(template, *arguments, **where)
    assert done.returncode == 1
    assert (
        "8708.0 GB are needed for 10000000000 pensions, 8 of them left to others" in report["error"]
    )


def test_a_wrong_call(template: Server) -> None:
    where = {"NENKIN_DSN_PAYMENTS": dsn(template)}
    for arguments in (("--rows", "0"), ("--day", "2025-07-15"), ("--day", "2025-06-15")):
        done, report = command(template, "bench", "payment", *arguments, **where)
        assert done.returncode == 2
        assert "error" in report


def test_the_large_run_needs_less_of_the_disk_a_person() -> None:
    assert PARTS["payment"].room(10, is_national=False) == 17_000
    assert PARTS["payment"].room(10, is_national=True) == 870 * 31_370_000
    assert PARTS["matching"].room(10, is_national=True) == PARTS["matching"].bytes * 10_000_000

"""`python -m nenkin bench payment`: it measures a run and its bound, and leaves nothing behind."""

from __future__ import annotations

import dataclasses

import pytest

from nenkin.payments.bench import Figures
from tests.dr_acting.postgres import Server
from tests.nenkin.application import command, dsn


@pytest.mark.long
def test_it_measures(template: Server) -> None:
    before = template.ask("SELECT count(*) FROM pg_database")
    where = {"NENKIN_DSN_PAYMENTS": dsn(template)}
    arguments = ("bench", "payment", "--rows", "2000", "--part", "500", "--json")
    done, report = command(template, *arguments, **where)
    assert done.returncode == 0, done.stderr
    figures = {field.name for field in dataclasses.fields(Figures)}
    assert set(report) == figures | {"part", "limit", "is_met"}
    assert (report["rows"], report["payments"]) == (2000, 2000)
    assert report["postings"] > 2000
    assert report["ratio"] > 0
    assert report["run_s"] >= report["files_s"] > 0
    assert report["file_bytes_per_row"] >= 122
    assert template.ask("SELECT count(*) FROM pg_database") == before


def test_the_disk_is_looked_at_first(template: Server) -> None:
    where = {"NENKIN_DSN_PAYMENTS": dsn(template)}
    done, report = command(template, "bench", "payment", "--rows", "10000000000", **where)
    assert done.returncode == 1
    assert "17000.0 GB are needed for 10000000000 pensions" in report["error"]


def test_a_wrong_call(template: Server) -> None:
    where = {"NENKIN_DSN_PAYMENTS": dsn(template)}
    for arguments in (("--rows", "0"), ("--day", "2025-07-15"), ("--day", "2025-06-15")):
        done, report = command(template, "bench", "payment", *arguments, **where)
        assert done.returncode == 2
        assert "error" in report

"""`python -m nenkin pay …`: exit codes, sentences, reports, progress; and one file sent again alone."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nenkin.payments.connection import Connection
from nenkin.payments.ledger import differences
from tests.dr_acting.postgres import Server, free_port
from tests.nenkin.application import command
from tests.nenkin.payments.world import JUNE, account, ask, award, branches, held, number, write

Told = tuple[subprocess.CompletedProcess[str], Any]
Pay = Callable[..., Told]


@pytest.fixture
def pay(template: Server, database: str) -> Pay:
    def tell(*arguments: str) -> Told:
        return command(template, "pay", *arguments, NENKIN_DSN_PAYMENTS=database)

    return tell


@pytest.fixture
def two(connection: Connection, tmp_path: Path) -> Connection:
    branches(connection, tmp_path)
    award(connection, tmp_path, 1, 2)
    account(connection, tmp_path, 1)
    account(connection, tmp_path, 2, bank="9900", branch="018")
    return connection


def test_a_run_reports(pay: Pay, two: Connection, tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = ("run", "2025-06-13", "--folder", str(out), "--who", "suzuki", "--part", "1")
    done, report = pay(*arguments, "--today", "2025-06-10")
    assert done.returncode == 0, done.stderr
    generation = report.pop("generation")
    assert generation > 0
    assert report == {
        "paid": "2025-06-13",
        "period": "2025-06",
        "payments": 2,
        "net": 231_026,
        "held": 0,
        "offset": 0,
        "manifest": str(out / "20250613-manifest.json"),
        "transfers": 2,
        "total": 231_026,
        "files": 2,
    }
    assert "part 2 (3 of 3): 1 payments, 0 held" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("files of 2025-06-13")
    before = held(out)
    again, report = pay(*arguments, "--late")
    assert (again.returncode, report["payments"], held(out)) == (0, 2, before)
    done, report = pay("ledger")
    assert (done.returncode, report["differences"]) == (0, [])
    assert [one["account"] for one in report["accounts"]] == ["benefits", "transit", "treasury"]


def test_one_file_is_sent_again_alone(pay: Pay, two: Connection, tmp_path: Path) -> None:
    out, again = tmp_path / "out", tmp_path / "again"
    again.mkdir()
    pay("run", "2025-06-13", "--folder", str(out), "--who", "suzuki", "--late")
    postings = ask(two, "SELECT count(*) FROM nenkin.postings")
    # A new account is for the next run: the file is what it was.
    account(two, tmp_path, 2, account="7654321")
    name = "20250613-9900-001.dat"
    why = ("--who", "suzuki", "--why", "the bank lost it")
    for _ in range(2):
        done, report = pay("file", name, "--folder", str(again), *why)
        assert done.returncode == 0, done.stderr
    assert held(again) == {name: (out / name).read_bytes()}
    assert report["count"] == 1
    assert ask(two, "SELECT name, who, why FROM nenkin.sendings") == [(name, "suzuki", why[3])] * 2
    assert ask(two, "SELECT count(*) FROM nenkin.payments") == [(2,)]
    assert ask(two, "SELECT count(*) FROM nenkin.postings") == postings
    assert differences(two) == []
    done, report = pay("file", "20250613-0002-001.dat", "--folder", str(again), *why)
    assert done.returncode == 2
    assert "no run has made a file of that name" in report["error"]
    (again / name).write_bytes(b"other")
    done, report = pay("file", name, "--folder", str(again), *why)
    assert (done.returncode, "with other bytes" in report["error"]) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("run", "2025-06-15", "--late"), "pay date 2025-06-15: banks are closed"),
        (
            ("run", "2025-06-13", "--today", "2025-06-11"),
            "the banks take its files until 2025-06-10",
        ),
        (("run", "1999-06-15", "--late"), "no rule for the holidays of 1999"),
        (("run", "2025-06-13", "--late", "--part", "0"), "part 0: at least 1"),
    ],
)
def test_a_wrong_call_is_answered_by_a_sentence(
    pay: Pay, tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    done, report = pay(*arguments, "--folder", str(tmp_path), "--who", "suzuki")
    assert done.returncode == 2
    assert sentence in report["error"]
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_made_pensions_are_paid_and_the_same_seed_makes_the_same(
    pay: Pay, connection: Connection, tmp_path: Path
) -> None:
    who = ("--who", "suzuki", "--why", "rehearsal")
    made = ("make", "--pensions", "30", "--begun", "2025-04")
    done, report = pay(*made, "--folder", str(tmp_path / "in"), "--enter", *who)
    assert (done.returncode, report["changed"]) == (0, True), done.stderr
    done, report = pay(*made, "--folder", str(tmp_path / "again"), "--enter", *who)
    assert (done.returncode, report["changed"]) == (0, False)
    assert held(tmp_path / "in") == held(tmp_path / "again")
    pay(*made, "--folder", str(tmp_path / "other"), "--seed", "2", *who)
    assert held(tmp_path / "in") != held(tmp_path / "other")
    out = tmp_path / "out"
    done, report = pay("run", "2025-06-13", "--folder", str(out), "--who", "suzuki", "--late")
    assert (done.returncode, report["payments"], report["held"]) == (0, 30, 0), done.stderr
    assert differences(connection) == []


def test_more_pensions_than_serials_are_refused(pay: Pay, tmp_path: Path) -> None:
    who = ("--who", "suzuki", "--why", "rehearsal")
    made = ("make", "--pensions", "1000000", "--begun", "2025-04", "--folder", str(tmp_path))
    done, report = pay(*made, *who)
    assert done.returncode == 2
    assert "pensions 1000000: from 1 to 999999" in report["error"]


def test_files_are_taken_in(pay: Pay, two: Connection, tmp_path: Path) -> None:
    columns = ("number", "code", "month", "basic", "employees")
    path = write(tmp_path / "f.csv", columns, [(number(1), "1150", "2025-06", 600_000, 2)])
    why = ("--who", "tanaka", "--why", "revision")
    for is_new in (True, False):
        done, report = pay("enter", "figures", str(path), *why)
        assert (done.returncode, report["changed"], report["rows"]) == (0, is_new, 1)
    done, report = pay("enter", "awards", str(path), *why)
    assert done.returncode == 2
    assert "they must be number, code, begun, basic, employees" in report["error"]
    done, report = pay("enter", "awards", str(tmp_path / "none.csv"), *why)
    assert (done.returncode, "No such file" in report["error"]) == (1, True)
    done, report = pay("returns", str(path), *why)
    assert done.returncode == 2
    care = (
        "municipality",
        "request",
        "number",
        "code",
        "year",
        "annual",
        "from_june",
        "from_august",
    )
    path = write(
        tmp_path / "c.csv", care, [("131016", "1", number(1), "1150", 2025, 60_000, "", "")]
    )
    results = []
    for name in ("one.csv", "two.csv"):
        done, report = pay("care", str(path), "--result", str(tmp_path / name))
        assert (done.returncode, report["requests"], report["refused"]) == (0, 1, 0)
        results.append((tmp_path / name).read_bytes())
    assert results[0] == results[1]


def test_a_database_that_is_away(template: Server, tmp_path: Path) -> None:
    where = f"host=127.0.0.1 port={free_port()} user=nobody password=geheim"
    done, report = command(
        template,
        "pay",
        "run",
        f"{JUNE}",
        "--late",
        "--folder",
        str(tmp_path),
        "--who",
        "suzuki",
        NENKIN_DSN_PAYMENTS=where,
    )
    assert done.returncode == 3
    assert "run the same again" in report["error"]
    assert "geheim" not in done.stdout + done.stderr
    done, _ = command(template, "pay", "ledger")
    assert done.returncode == 2
    assert "NENKIN_DSN_PAYMENTS is not set" in done.stderr


def test_the_jobs_are_declared(template: Server) -> None:
    _, report = command(template, "jobs")
    assert {"pay run", "pay returns", "pay care", "pay ledger"} <= {
        job["name"] for job in report["jobs"]
    }
    assert json.dumps(report)

"""The verbs: reports, exit codes, and runs that are killed at any moment (`NENKIN_KILLS=5` kills fifteen times)."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from nenkin.__main__ import main
from nenkin.people.load import Population, load
from nenkin.people.numbering import parts
from tests.dr_acting.postgres import Server, free_port
from tests.nenkin.application import environment
from tests.nenkin.collection.office import Office, number, work, write

WHY = ("--who", "tanaka", "--why", "test")
KILLS = int(os.environ.get("NENKIN_KILLS", "1"))


@dataclass(frozen=True)
class Done:
    """How a call ended."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., tuple[Done, Any]]


@pytest.fixture
def nenkin(
    database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """The program on a database of its own, in this process: a new one for each call would take most of the time."""

    def run(*arguments: str, where: str = database) -> tuple[Done, Any]:
        monkeypatch.setenv("NENKIN_DSN_RECORDS", where)
        try:
            code = main(arguments)
        except SystemExit as error:
            code = int(error.code or 0)
        said = capsys.readouterr()
        report = json.loads(said.out) if said.out else None
        return Done(code, said.out, said.err), report

    return run


def test_a_month_from_the_bills_to_the_closing(nenkin: Run, office: Office, tmp_path: Path) -> None:
    office.establishment(work(1), work(2))
    for n, at in ((1, 1), (2, 2)):
        office.employee(n, work(at), 410_000)
    done, report = nenkin("bills", "run", "--month", "2025-05", *WHY)
    assert done.returncode == 0, done.stderr
    assert (report["month"], report["bills"], report["total"], report["changed"]) == (
        "2025-05",
        2,
        150_060,
        2,
    )
    columns = ("slip", "establishment", "month", "amount", "paid_on")
    paid = write(
        tmp_path / "p.csv",
        columns,
        [("s1", work(1), "2025-05", 75_030, "2025-06-30"), ("s2", "x", "y", 1, "z")],
    )
    for changed in (True, False):
        done, report = nenkin("bills", "take", str(paid), "--result", str(tmp_path / "r.csv"), *WHY)
        assert (done.returncode, report["changed"], report["accepted"], report["refused"]) == (
            0,
            changed,
            1,
            1,
        )
    assert (tmp_path / "r.csv").read_text().splitlines()[1] == "2,s1,accepted,"
    done, report = nenkin("bills", "open", "--month", "2025-05", "--out", str(tmp_path / "o.csv"))
    assert (report["listed"], report["states"]["unpaid"]["open"]) == (1, 75_030)
    out = ("--month", "2025-06", "--out", str(tmp_path / "paper.html"))
    done, report = nenkin("closing", "draft", *out, *WHY)
    assert done.returncode == 0, done.stdout
    assert report["totals"]["received"] == {"count": 1, "amount": 75_030}
    sha256 = report["sha256"]
    done, report = nenkin("closing", "approve", *out, "--sha256", sha256, *WHY)
    assert (done.returncode, "another person approves it" in report["error"]) == (2, True)
    done, report = nenkin(
        "closing", "approve", *out, "--sha256", sha256, "--who", "suzuki", "--why", "sum"
    )
    assert (done.returncode, report["approver"]) == (0, "suzuki")
    assert "suzuki" in (tmp_path / "paper.html").read_text(encoding="utf-8")
    assert json.loads((tmp_path / "paper.json").read_text(encoding="utf-8"))["month"] == "2025-06"
    nenkin("closing", "show", *out)
    done, report = nenkin("arrears", "count", "--day", "2025-07-10")
    assert report["debts"] == {"establishments": {"subjects": 1, "months": 1, "amount": 75_030}}
    done, report = nenkin("arrears", "tally", "--day", "2025-07-10", "--by", "municipality")
    assert report["tally"] == [
        {"municipality": "千代田区", "subjects": 1, "months": 1, "amount": 75_030}
    ]
    done, report = nenkin(
        "arrears",
        "list",
        "--day",
        "2025-07-10",
        "--out",
        str(tmp_path / "l.csv"),
        "--max-months",
        "1",
    )
    assert report["listed"] == 1
    done, report = nenkin(
        "arrears", "labour-out", "--day", "2025-07-10", "--out", str(tmp_path / "l.csv")
    )
    assert report["listed"] == 1


def test_the_other_files(nenkin: Run, office: Office, tmp_path: Path) -> None:
    office.person(1)
    office.period(1, "2025-04-01", 1)
    for verb, columns in (
        (
            ("decide", "fixed"),
            "number,establishment,year,worker,april_pay,april_days,may_pay,may_days,june_pay,june_days",
        ),
        (
            ("decide", "revise"),
            "number,establishment,first,change,worker,first_pay,first_days,second_pay,second_days,third_pay,third_days",
        ),
        (("debit", "mandates"), "subject,since,kind,bank,branch,account,payer"),
        (
            ("notices", "take"),
            "municipality,receipt,kind,number,day,postcode,address,relief,first,last,income",
        ),
        (("relief", "take"), "number,kind,first,last,decided_on"),
        (("arrears", "steps"), "subject,stage,day,deadline"),
        (("arrears", "labour-in"), "labour_insurance,day,amount"),
    ):
        path = write(tmp_path / "f.csv", columns.split(","), [])
        done, report = nenkin(*verb, str(path), *WHY)
        assert (done.returncode, report["lines"]) == (0, 0), done.stdout + done.stderr
        (tmp_path / "f.csv").write_text("x\n")
        done, report = nenkin(*verb, str(path), *WHY)
        assert (done.returncode, f"they must be {columns.split(',')[0]}" in report["error"]) == (
            2,
            True,
        )
    mandate = (number(1), "2025-04-01", "1", "0001", "001", "0000001", "ﾈﾝｷﾝ")
    path = write(
        tmp_path / "m.csv",
        ["subject", "since", "kind", "bank", "branch", "account", "payer"],
        [mandate],
    )
    nenkin("debit", "mandates", str(path), *WHY)
    done, report = nenkin(
        "debit", "out", "2025-05-30", "--month", "2025-04", "--folder", str(tmp_path / "out"), *WHY
    )
    assert (done.returncode, report["debits"], report["total"]) == (0, 1, 17_510), done.stderr
    [file] = report["files"]
    done, report = nenkin("debit", "results", str(tmp_path / "out" / file["name"]), *WHY)
    assert (done.returncode, "the rows make it 1" in report["error"]) == (2, True), done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (
            ("bills", "run", "--month", "2003-03", *WHY),
            2,
            "no rule of employees_rates holds on 2003-03-01",
        ),
        (("bills", "run", "--month", "2003-13", *WHY), 2, ""),
        (
            ("bills", "run", "--month", "2025-05", "--workers", "0", *WHY),
            2,
            "workers 0: at least 1",
        ),
        (
            ("bills", "settle", "s1", "--establishment", "2101-00001", "--month", "2025-05", *WHY),
            2,
            "slip s1: no payment",
        ),
        (("bills", "take", "none.csv", *WHY), 1, "none.csv: No such file"),
        (
            ("debit", "out", "2025-06-29", "--month", "2025-05", "--folder", "/tmp", *WHY),
            2,
            "banks are closed",
        ),
        (
            ("closing", "show", "--month", "2025-05", "--out", "/tmp/x.html"),
            2,
            "no approval paper is drafted",
        ),
        (
            ("arrears", "tally", "--day", "2025-05-01", "--by", "age"),
            2,
            "its debts are not counted",
        ),
        (("arrears", "effect", "none"), 2, "campaign none: none of that name"),
    ],
)
def test_a_wrong_call_is_answered_by_a_sentence(
    nenkin: Run, arguments: tuple[str, ...], code: int, sentence: str
) -> None:
    done, report = nenkin(*arguments)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert sentence in (report or {"error": done.stderr})["error"]


def test_a_database_that_is_away(nenkin: Run) -> None:
    where = f"host=127.0.0.1 port={free_port()} user=nobody"
    done, report = nenkin("arrears", "count", "--day", "2025-05-01", where=where)
    assert (done.returncode, "run the same again" in report["error"]) == (3, True)


def test_the_jobs_are_declared(nenkin: Run) -> None:
    _, report = nenkin("jobs")
    assert {"bills run", "closing draft", "arrears count"} <= {
        job["name"] for job in report["jobs"]
    }


def test_runs_that_are_killed_end_as_undisturbed_ones(
    template: Server, office: Office, nenkin: Run, tmp_path: Path
) -> None:
    load(office.database, Population(5, date(2025, 5, 1)), parts(0, 3000), 1)
    works = [code for (code,) in office.ask("SELECT code FROM nenkin.establishments ORDER BY 1")]
    columns = ("slip", "establishment", "month", "amount", "paid_on")
    rows = [
        (f"s{n}", works[n % len(works)], "2025-05", 100 + n, "2025-06-30") for n in range(12_000)
    ]
    paid = str(write(tmp_path / "p.csv", columns, rows))
    rng = random.Random(7)
    for arguments in (
        ("bills", "run", "--month", "2025-05", *WHY),
        ("bills", "take", paid, *WHY),
        ("arrears", "count", "--day", "2025-07-10"),
    ):
        for _ in range(KILLS):
            argv = [sys.executable, "-m", "nenkin", *arguments]
            env = environment(template, NENKIN_DSN_RECORDS=office.database)
            killed = subprocess.Popen(
                argv, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            time.sleep(rng.uniform(0.2, 1.2))
            killed.kill()
            killed.wait()
        done, _ = nenkin(*arguments)
        assert done.returncode == 0, done.stdout
    wanted = office.ask(
        "SELECT count(DISTINCT establishment), count(*) FROM nenkin.current_periods WHERE category = 2"
        " AND acquired < '2025-06-01' AND (lost IS NULL OR lost >= '2025-06-01')"
    )
    assert office.ask("SELECT count(*), sum(insured) FROM nenkin.bills") == wanted
    assert office.ask("SELECT count(*), sum(amount) FROM nenkin.bill_payments") == [
        (12_000, sum(range(100, 12_100)))
    ]
    sums = dict(office.ask("SELECT kind, sum(amount) FROM nenkin.monthly_postings GROUP BY kind"))
    [(total,)] = office.ask("SELECT sum(total) FROM nenkin.bills")
    assert sums == {"billed": total, "received": sum(range(100, 12_100))}
    assert office.ask("SELECT count(*) FROM nenkin_work.bill_sums") == [(0,)]
    counted = office.ask("SELECT count(*), sum(months), sum(amount) FROM nenkin_work.arrears")
    nenkin("arrears", "count", "--day", "2025-07-10")
    assert (
        office.ask("SELECT count(*), sum(months), sum(amount) FROM nenkin_work.arrears") == counted
    )

"""The statistics: against plain SQL over the records, and the same from both engines."""

from __future__ import annotations

import csv
import importlib.util
import shutil
from pathlib import Path
from typing import Any

import psycopg
import pytest

from nenkin.settings import Settings
from nenkin.statistics.measures import STATISTICS
from tests.nenkin.application import command, dsn
from tests.nenkin.statistics.conftest import OTHERS, Exported, statistics

# Ibis asks DuckDB by a name that it is to lose.
pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")

PERSONS = f"""
    SELECT number, birth_date, sex, address FROM nenkin.persons
    JOIN LATERAL (SELECT address FROM nenkin.addresses a WHERE a.number = persons.number AND since <= '2020-06-30'
                  ORDER BY since DESC LIMIT 1) home ON true WHERE number < '{OTHERS}'"""
MONTHS = """
    SELECT number, kind, amount FROM nenkin.contribution_months
    WHERE month BETWEEN '2019-07-01' AND '2020-06-01' AND kind NOT IN (
        'full', 'student', 'deferment', 'employees', 'dependant')"""


@pytest.fixture(scope="module")
def made(exported: Exported, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The statistics with nothing suppressed, by DuckDB."""
    out = tmp_path_factory.mktemp("made")
    run(exported.data, out, "--limit", "1")
    return out


def run(data: Path, out: Path, *more: str) -> dict[str, Any]:
    code, report = statistics(Settings({}), "run", "--data", str(data), "--out", str(out), *more)
    assert code == 0, report
    return report


def read(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_insured_are_those_of_the_records(exported: Exported, made: Path) -> None:
    query = f"""
        SELECT category, sex, count(DISTINCT number) FROM nenkin.periods JOIN ({PERSONS}) p USING (number)
        WHERE acquired < '2020-07-01' AND (lost IS NULL OR lost >= '2020-07-01') GROUP BY 1, 2 ORDER BY 1, 2"""
    wanted = [tuple(line.split("|")) for line in exported.server.ask(query).splitlines()]
    counts: dict[tuple[str, str], int] = {}
    for row in read(made, "insured"):
        place = row["category"], row["sex"]
        counts[place] = counts.get(place, 0) + int(row["persons"])
    assert wanted == [(*place, str(counts[place])) for place in sorted(counts)]
    assert sum(counts.values()) > 500


def test_the_payment_rate_is_that_of_the_months(exported: Exported, made: Path) -> None:
    query = f"""
        SELECT substr(address, 1, 3), count(*) FILTER (WHERE kind <> 'unpaid'), count(*)
        FROM ({MONTHS}) m JOIN ({PERSONS}) p USING (number) GROUP BY 1"""
    wanted = {}
    for line in exported.server.ask(query).splitlines():
        prefecture, paid, due = line.split("|")
        wanted[{"北海道": "01100"}[prefecture]] = int(paid), int(due)
    found = read(made, "payment_by_municipality")
    assert {
        row["municipality"]: (int(row["months_paid"]), int(row["months_due"])) for row in found
    } == wanted
    for row in found:
        share = int(row["months_paid"]) / int(row["months_due"])
        assert abs(float(row["payment_rate"]) - share) <= 0.00005
    by_age = read(made, "payment_by_age")
    assert sum(int(row["months_due"]) for row in by_age) == sum(due for _, due in wanted.values())
    ages = [int(row["age"]) for row in by_age]
    # Who is born on the first of a month is 20 in the month before.
    assert (max(19, min(ages)), min(60, max(ages))) == (min(ages), max(ages))


def test_remuneration_is_by_the_last_decision(exported: Exported, made: Path) -> None:
    query = """
        SELECT standard, sex, count(*), sum(average) FROM (
            SELECT DISTINCT ON (number) number, standard, average FROM nenkin.decisions
            WHERE first <= '2020-06-01' ORDER BY number, first DESC) d JOIN nenkin.persons USING (number)
        WHERE number < '0103' AND number IN (SELECT number FROM nenkin.periods WHERE category = 2 AND acquired < '2020-07-01'
                           AND (lost IS NULL OR lost >= '2020-07-01'))
        GROUP BY 1, 2 ORDER BY 1, 2"""
    wanted = [line.split("|") for line in exported.server.ask(query).splitlines()]
    found = read(made, "remuneration")
    names = ("standard", "sex", "persons", "remuneration")
    assert [[row[name] for name in names] for row in found] == wanted
    first = found[0]
    assert int(first["average"]) == round(int(first["remuneration"]) / int(first["persons"]))


def test_small_cells_are_not_shown(exported: Exported, made: Path, tmp_path: Path) -> None:
    report = run(exported.data, tmp_path)
    whole = {
        tuple(row[name] for name in ("category", "age_class", "sex", "prefecture")): row
        for row in read(made, "insured")
    }
    hidden = 0
    for row in read(tmp_path, "insured"):
        persons = int(whole[tuple(list(row.values())[:4])]["persons"])
        if row["is_suppressed"] == "1":
            hidden += 1
            assert row["persons"] == ""
        else:
            assert int(row["persons"]) == persons >= 10
    assert hidden == report["files"]["insured"]["suppressed"] > 0
    for row in read(tmp_path, "remuneration"):
        assert (row["remuneration"] == row["average"] == "") is (row["is_suppressed"] == "1")
    assert report["files"].keys() == {one.name for one in STATISTICS if "pensions" not in one.needs}
    assert report["inputs"]["month"] == "2020-06"


def test_recipients_are_those_of_the_payments(exported: Exported, tmp_path: Path) -> None:
    """With yen of the figures that hold in the month; who is only known there is not lost on the way."""
    ask = exported.server.ask
    where = dsn(exported.server, "payments")
    ask("CREATE DATABASE payments")
    assert (
        command(exported.server, "migrate", "payments", NENKIN_DSN_PAYMENTS=where)[0].returncode
        == 0
    )
    numbers = ask("SELECT number FROM nenkin.persons WHERE number < '0103' ORDER BY 1 LIMIT 30")
    with psycopg.connect(where) as connection:
        for number in [*numbers.splitlines(), "8999-000001"]:
            values = (number, "1150", "test", "test")
            connection.execute(
                "INSERT INTO nenkin.entitlements (number, code, begun, who, why) VALUES (%s, %s, 24000, %s, %s)",
                values,
            )
        connection.execute(
            "INSERT INTO nenkin.figures (pension, month, basic, employees, who, why)"
            " SELECT pension, month, month, 1, 'test', 'test' FROM nenkin.entitlements,"
            " unnest(ARRAY[24000, 24100, 24300]) month"
        )
    data = tmp_path / "data"
    code, report = exported.again(data, "--recipients", payments=where)
    assert code == 0, report
    assert report["counts"]["pensions"] == 31
    assert report["sums"]["pensions"] == {"basic": 31 * 24100, "employees": 31}
    run(data, tmp_path / "out", "--limit", "1", "--only", "recipients")
    rows = read(tmp_path / "out", "recipients")
    assert sum(int(row["persons"]) for row in rows) == 30
    assert {(row["code"], row["average_basic"]) for row in rows} == {("1150", "24100")}


def test_what_is_refused(exported: Exported, tmp_path: Path) -> None:
    cases = [
        (("--data", str(tmp_path)), "no manifest.json, so no whole export"),
        (("--data", str(exported.data), "--only", "wealth"), "'wealth': it is none of insured"),
        (("--data", str(exported.data), "--only", "recipients"), "export with --recipients"),
    ]
    for more, said in cases:
        code, report = statistics(Settings({}), "run", "--out", str(tmp_path / "out"), *more)
        assert code == 2
        assert said in report["error"]


@pytest.mark.long
def test_both_engines_give_the_same(exported: Exported, made: Path, tmp_path: Path) -> None:
    """The same expressions, byte for byte; needs `make spark` and Java."""
    if importlib.util.find_spec("pyspark") is None:
        pytest.skip("pyspark is not installed: make spark")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java: apt-get install openjdk-17-jre-headless")
    argv = ("statistics", "run", "--data", str(exported.data), "--out", str(tmp_path))
    done, _ = command(exported.server, *argv, "--limit", "1", "--engine", "spark")
    assert done.returncode == 0, done.stderr
    files = {path.name: path.read_bytes() for path in made.glob("*.csv")}
    assert len(files) == len(STATISTICS) - 1
    assert {path.name: path.read_bytes() for path in tmp_path.glob("*.csv")} == files
    assert (tmp_path / "manifest.json").read_bytes() == (made / "manifest.json").read_bytes()

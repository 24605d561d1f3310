"""A run that is killed at any moment and run again ends as one that nobody disturbed: rows, files and manifest.

`NENKIN_KILLS=5` kills ten times; the usual two runs keep `make test` short.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from itertools import count
from pathlib import Path

import pytest

from nenkin.payments.connection import open_connection
from nenkin.payments.filling import load
from nenkin.payments.ledger import differences
from tests.dr_acting.postgres import Server
from tests.nenkin.application import dsn, environment
from tests.nenkin.benefits.rulebook import month
from tests.nenkin.payments.world import ask, held

ROWS = 3000
PART = 50
DAY = "2025-06-13"
RUNS = int(os.environ.get("NENKIN_KILLS", "2"))
_NUMBERS = count(1)


@pytest.fixture(scope="module")
def loaded(template: Server) -> Server:
    """A server whose database `loaded` has pensions with accounts, but two without."""
    template.ask("CREATE DATABASE loaded TEMPLATE template_payments")
    with open_connection(dsn(template, "loaded")) as connection:
        load(connection, ROWS, month("2025-06"))
        for serial in (1, 2):
            connection.execute(
                """INSERT INTO nenkin.entitlements (number, code, begun, who, why)
                   VALUES (%s, '5350', %s, 't', 't')""",
                (f"8888-{serial:06d}", month("2024-10")),
            )
            connection.execute(
                """INSERT INTO nenkin.figures (pension, month, basic, employees, who, why)
                   VALUES (%s, %s, 831700, 0, 't', 't')""",
                (int(f"8888{serial:06d}5350"), month("2024-10")),
            )
        connection.execute(
            """INSERT INTO nenkin.accounts (pension, since, place, kind, payee, who, why)
               VALUES (88880000015350, '2024-01-01', 10010000001, '1', 'ﾈﾝｷﾝ', 't', 't')"""
        )
    return template


class Place:
    """A copy of the loaded database and a folder."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server = server
        self.name = f"killed_{next(_NUMBERS)}"
        self.folder = folder
        server.ask(f"CREATE DATABASE {self.name} TEMPLATE loaded")

    def start(self) -> subprocess.Popen[str]:
        argv = [sys.executable, "-m", "nenkin", "pay", "run", DAY, "--folder", str(self.folder)]
        argv += ["--late", "--who", "suzuki", "--part", str(PART)]
        env = environment(self.server, NENKIN_DSN_PAYMENTS=dsn(self.server, self.name))
        return subprocess.Popen(
            argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def finish(self) -> dict[str, object]:
        out, err = (process := self.start()).communicate()
        assert process.returncode == 0, out + err
        report = json.loads(out)
        assert isinstance(report, dict)
        return report | {"manifest": ""}

    def rows(self) -> list[list[tuple[object, ...]]]:
        """Everything that a run writes, but its hours."""
        tables = {
            "payments": "*",
            "postings": "*",
            "held": "*",
            "care_missed": "*",
            "run_parts_done": "*",
            "files": "*",
            "manifests": "paid, count, total, sha256",
        }
        with open_connection(dsn(self.server, self.name)) as connection:
            assert differences(connection) == []
            return [
                ask(connection, f"SELECT {what} FROM nenkin.{table} t ORDER BY t::text")
                for table, what in tables.items()
            ]


@pytest.fixture(scope="module")
def undisturbed(loaded: Server, tmp_path_factory: pytest.TempPathFactory) -> tuple[object, ...]:
    place = Place(loaded, tmp_path_factory.mktemp("undisturbed"))
    report = place.finish()
    assert report["payments"] == ROWS + 4
    assert report["held"] == 4
    return report, place.rows(), held(place.folder)


@pytest.mark.parametrize("seed", range(RUNS))
def test_killed_and_run_again(
    loaded: Server, undisturbed: tuple[object, ...], tmp_path: Path, seed: int
) -> None:
    """Two kills each: after some line of the progress and a moment more, the second one later."""
    chance = random.Random(seed)
    place = Place(loaded, tmp_path)
    lines = ROWS // PART + 2
    for most in (lines // 2, lines):
        process = place.start()
        assert process.stderr is not None
        for _ in range(chance.randrange(most)):
            if not process.stderr.readline():
                break
        time.sleep(chance.random() * 0.1)
        process.kill()
        process.communicate()
        manifests = list(place.folder.glob("*manifest.json"))
        assert not manifests or process.returncode == 0 or held_like(place, undisturbed)
    assert (place.finish(), place.rows(), held(place.folder)) == undisturbed


def held_like(place: Place, undisturbed: tuple[object, ...]) -> bool:
    """Whether files whose manifest is there are already those of the undisturbed run."""
    there = {name: data for name, data in held(place.folder).items() if not name.startswith(".")}
    return there == undisturbed[2]


def test_two_processes_at_once(
    loaded: Server, undisturbed: tuple[object, ...], tmp_path: Path
) -> None:
    place = Place(loaded, tmp_path / "one")
    place.folder.mkdir()
    other = Place.__new__(Place)
    other.server, other.name, other.folder = loaded, place.name, tmp_path / "two"
    other.folder.mkdir()
    both = [place.start(), other.start()]
    told = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    assert place.rows() == undisturbed[1]
    assert held(place.folder) == held(other.folder) == undisturbed[2]


def test_the_database_is_lost_in_between(
    loaded: Server, undisturbed: tuple[object, ...], tmp_path: Path
) -> None:
    place = Place(loaded, tmp_path)
    process = place.start()
    assert process.stderr is not None
    for _ in range(5):
        process.stderr.readline()
    loaded.ask(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        f"WHERE application_name = 'nenkin-pay' AND datname = '{place.name}'"
    )
    out, _ = process.communicate()
    assert process.returncode == 3, out
    assert "the database was lost, run the same again" in json.loads(out)["error"]
    assert (place.finish(), place.rows(), held(place.folder)) == undisturbed

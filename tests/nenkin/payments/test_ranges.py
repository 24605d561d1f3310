"""Files by several processes: ranges between banks, a folder for one writer at a time, a sentence from a process."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from nenkin.benefits.ages import month_number
from nenkin.payments.connection import Connection
from nenkin.payments.filling import load
from nenkin.payments.ranges import RangeFailed, bounds, locked
from nenkin.payments.stream import BANK, PLACE
from tests.nenkin.payments.world import JUNE, held, run


def test_ranges_lie_between_banks(connection: Connection) -> None:
    assert bounds(connection, 2) == [0, 10**PLACE], "nothing is known of the accounts yet"
    load(connection, 400, month_number(2025, 6))
    for workers in (1, 2, 3, 5):
        found = bounds(connection, workers)
        assert len(found) == workers + 1
        assert (found[0], found[-1]) == (0, 10**PLACE)
        assert all(place % BANK == 0 for place in found)
        assert found == sorted(set(found))


@pytest.mark.parametrize("workers", [1, 3])
def test_the_files_are_the_same_by_any_number_of_processes(
    database: str, connection: Connection, tmp_path: Path, workers: int
) -> None:
    load(connection, 400, month_number(2025, 6))
    first = run(database, tmp_path / "two", JUNE, part=100)
    again = run(database, tmp_path / "other", JUNE, workers=workers)
    assert again.manifest == first.manifest
    assert len(first.manifest.files) == 40
    assert held(tmp_path / "two") == held(tmp_path / "other")


def test_a_process_says_what_it_refuses(
    database: str, connection: Connection, tmp_path: Path
) -> None:
    load(connection, 400, month_number(2025, 6))
    connection.execute("UPDATE nenkin.branches SET branch_name = 'ﾎｰﾝ' WHERE branch / 1000 = 39")
    with pytest.raises(RangeFailed, match=r"branch_name.*'ｰ' is not in the character set"):
        run(database, tmp_path / "out", JUNE, part=100)
    connection.execute("UPDATE nenkin.branches SET branch_name = 'ﾎﾝﾃﾝ' WHERE branch / 1000 = 39")
    assert run(database, tmp_path / "out", JUNE).payments == 400


def test_a_folder_has_one_writer(tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from nenkin.payments.ranges import locked
with locked(Path(sys.argv[1])):
    print("in", flush=True)
"""
    with locked(tmp_path):
        argv = [sys.executable, "-c", program, str(tmp_path)]
        process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
        time.sleep(1.0)
        assert process.poll() is None
    assert process.communicate(timeout=30)[0] == "in\n"

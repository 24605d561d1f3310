"""The code of first transfers: 1 of a right, 2 to another account, 0 of all others; the same when a file is made again."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from nenkin.payments.connection import Connection
from nenkin.payments.entering import enter
from nenkin.payments.files import resend_file
from nenkin.payments.making import make_files
from nenkin.payments.novelty import FIX, FRESH, values_of
from nenkin.payments.period import parse_month
from nenkin.payments.returned import take_returns
from nenkin.payments.run import find_run
from nenkin.zengin.dialect import Dialect
from nenkin.zengin.manifest import Manifest
from nenkin.zengin.reader import parse
from nenkin.zengin.records import Transfer
from nenkin.zengin.run import manifest_name
from tests.nenkin.payments.test_returned import COLUMNS
from tests.nenkin.payments.world import AUGUST, JUNE, account, award, number, run, write

OCTOBER, DECEMBER = date(2025, 10, 15), date(2025, 12, 15)


def codes(folder: Path, day: date) -> dict[str, str]:
    manifest = Manifest.from_json((folder / manifest_name(day)).read_text(encoding="utf-8"))
    found: dict[str, str] = {}
    for entry in manifest.files:
        for row in parse((folder / entry.name).read_bytes(), Dialect(), "transfer").rows:
            assert isinstance(row, Transfer)
            found[f"{row.customer[:4]}-{row.customer[4:]}"] = row.novelty
    return found


def test_first_and_changed(database: str, june: Connection, tmp_path: Path) -> None:
    assert codes(tmp_path / "june", JUNE) == {number(1): "1", number(2): "1"}
    award(june, tmp_path, 3, begun="2025-06")
    account(june, tmp_path, 3)
    account(june, tmp_path, 1, account="7000000", since="2025-09-01")
    # The same place again is no change.
    account(june, tmp_path, 2, since="2025-07-01")
    run(database, tmp_path / "august", AUGUST)
    assert codes(tmp_path / "august", AUGUST) == {number(1): "0", number(2): "0", number(3): "1"}
    run(database, tmp_path / "october", OCTOBER)
    assert codes(tmp_path / "october", OCTOBER) == {number(1): "2", number(2): "0", number(3): "0"}
    before = {path.name: path.read_bytes() for path in (tmp_path / "october").glob("*.dat")}
    again = tmp_path / "again"
    again.mkdir()
    run(database, tmp_path / "december", DECEMBER)
    for name, text in before.items():
        resend_file(june, name, again, "suzuki", "lost")
        assert (again / name).read_bytes() == text
    assert set(codes(tmp_path / "december", DECEMBER).values()) == {"0"}


def test_what_came_back_goes_to_another_account(
    database: str, june: Connection, tmp_path: Path
) -> None:
    back = write(tmp_path / "back.csv", COLUMNS, [(JUNE, number(1), "1150", 115_513, "closed")])
    take_returns(june, back, "tanaka", "list")
    account(june, tmp_path, 1, account="7000000")
    july = date(2025, 7, 15)
    run(database, tmp_path / "july", july)
    assert codes(tmp_path / "july", july) == {number(1): "2"}
    run(database, tmp_path / "august", AUGUST)
    assert codes(tmp_path / "august", AUGUST) == {number(1): "0", number(2): "0"}


def test_each_new_right_is_looked_up_by_itself(
    database: str, connection: Connection, tmp_path: Path
) -> None:
    """Where all payments are of one day, nothing reads the payments of that day once more for each new right."""
    for kind, path in make_files(tmp_path / "made", 500, 1, parse_month("2025-04")).items():
        enter(connection, kind, path, "tanaka", "test")
    february = date(2026, 2, 13)
    run(database, tmp_path / "february", february, part=500)
    made = find_run(connection, february)
    assert made is not None
    with connection.transaction():
        values = values_of(connection, made)
        connection.execute(FRESH, values)
        connection.execute("ANALYZE fresh")
        plan = "\n".join(row[0] for row in connection.execute(f"EXPLAIN {FIX}".encode(), values))
    for_each = plan[plan.index("generate_series") :]
    assert "Index Scan using payments_pkey" in for_each
    assert "payments_by_day" not in for_each
    assert "Seq Scan on payments" not in for_each

"""Pensions by hand: files as they are taken in, and what a run made of them."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

from nenkin.payments.batch import Order, Outcome, pay
from nenkin.payments.connection import Connection
from nenkin.payments.entering import KINDS, enter
from nenkin.payments.period import PayDay
from nenkin.zengin.dialect import Dialect
from nenkin.zengin.manifest import Manifest
from nenkin.zengin.reader import parse
from nenkin.zengin.records import Transfer
from nenkin.zengin.run import Limits, manifest_name
from tests.nenkin.benefits.rulebook import RULES

JUNE = date(2025, 6, 13)
AUGUST = date(2025, 8, 15)
_FILES = count(1)

Row = Sequence[object]


def number(n: int) -> str:
    return f"2101-{n:06d}"


def pension(n: int, code: str = "1150") -> int:
    return int(f"2101{n:06d}{code}")


def write(path: Path, columns: Sequence[str], rows: Sequence[Row]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([columns, *rows])
    return path


def take(connection: Connection, folder: Path, kind: str, *rows: Row) -> bool:
    """Takes rows of a kind in."""
    path = folder / f"{kind}-{next(_FILES)}.csv"
    write(path, [column.name for column in KINDS[kind].columns], rows)
    return enter(connection, kind, path, "tanaka", "test")[1]


def branches(connection: Connection, folder: Path) -> None:
    take(
        connection,
        folder,
        "branches",
        ("0001", "001", "ﾐｽﾞﾎ", "ﾎﾝﾃﾝ"),
        ("0001", "002", "ﾐｽﾞﾎ", "ｼﾃﾝ"),
        ("9900", "018", "ﾕｳﾁﾖ", "ｾﾞﾛｲﾁﾊﾁ"),
    )


def award(
    connection: Connection,
    folder: Path,
    *numbers: int,
    begun: str = "2025-04",
    basic: int = 693_083,
    employees: int = 0,
) -> None:
    rows = [(number(n), "1150", begun, basic, employees) for n in numbers]
    take(connection, folder, "awards", *rows)


def account(
    connection: Connection,
    folder: Path,
    n: int,
    *,
    bank: str = "0001",
    branch: str = "001",
    account: str = "",
    since: str = "2025-01-01",
) -> None:
    place = account or f"{n:07d}"
    row = (number(n), "1150", since, bank, branch, "1", place, "ﾈﾝｷﾝ ﾊﾅｺ")
    take(connection, folder, "accounts", row)


def run(
    database: str,
    folder: Path,
    day: date,
    *,
    part: int = 2,
    limits: Limits | None = None,
    workers: int = 2,
) -> Outcome:
    """The run of a day, with small parts."""
    folder.mkdir(exist_ok=True)
    order = Order(PayDay.of(day), folder, "suzuki", workers, part, limits)
    return pay(database, RULES, order, lambda text: None)


def transfers(folder: Path, day: date) -> dict[str, int]:
    """What the files of a day pay to each number."""
    manifest = Manifest.from_json((folder / manifest_name(day)).read_text(encoding="utf-8"))
    found: dict[str, int] = {}
    for entry in manifest.files:
        for row in parse((folder / entry.name).read_bytes(), Dialect(), "transfer").rows:
            assert isinstance(row, Transfer)
            name = f"{row.customer[:4]}-{row.customer[4:]}"
            assert name not in found
            found[name] = row.amount
    return found


def held(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def ask(connection: Connection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query.encode()).fetchall()

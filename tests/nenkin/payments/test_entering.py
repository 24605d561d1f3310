"""Files of awards, figures, accounts and branches: whole or not at all, every fault named, each file once."""

from __future__ import annotations

from pathlib import Path

import pytest

from nenkin.payments.connection import Connection
from nenkin.payments.entering import enter
from nenkin.payments.intake import InvalidIntake
from tests.nenkin.payments.world import (
    JUNE,
    account,
    ask,
    award,
    branches,
    number,
    run,
    take,
    write,
)


def faults(connection: Connection, folder: Path, kind: str, *rows: tuple[object, ...]) -> list[str]:
    with pytest.raises(InvalidIntake) as caught:
        take(connection, folder, kind, *rows)
    return [fault.split(":", 1)[1] for fault in caught.value.faults]


def test_awards(connection: Connection, tmp_path: Path) -> None:
    award(connection, tmp_path, 1)
    found = faults(
        connection,
        tmp_path,
        "awards",
        (number(1), "1150", "2025-04", 1, 0),
        (number(2), "1150", "2025-04", 1, 0),
        (number(2), "1150", "2025-05", 1, 0),
        (number(3), "1150", "2025-04", 0, 0),
    )
    assert found == [
        "2: number, code 2101-000001 1150: the pension is awarded already; a change of its amount is a figure",
        "4: number, code 2101-000002 1150: it stands in the file twice",
        "5: basic, employees 0, 0: one of them must be above 0",
    ]
    found = faults(connection, tmp_path, "awards", ("2101-1", "115", "2025-13", -1, "1e3"))
    assert [one.split(":")[1].split()[0] for one in found] == [
        "number",
        "code",
        "begun",
        "basic",
        "employees",
    ]
    assert ask(connection, "SELECT count(*) FROM nenkin.entitlements") == [(1,)]


def test_figures(database: str, connection: Connection, tmp_path: Path) -> None:
    branches(connection, tmp_path)
    award(connection, tmp_path, 1)
    account(connection, tmp_path, 1)
    run(database, tmp_path / "june", JUNE)
    found = faults(
        connection,
        tmp_path,
        "figures",
        (number(1), "1150", "2025-03", 1, 0),
        (number(2), "1150", "2025-06", 1, 0),
    )
    assert found == [
        "2: month 2025-03: it is before the right began",
        "3: number, code 2101-000002 1150: no such pension is awarded",
    ]
    assert take(connection, tmp_path, "figures", (number(1), "1150", "2025-06", 1, 0))


def test_accounts_and_branches(connection: Connection, tmp_path: Path) -> None:
    branches(connection, tmp_path)
    award(connection, tmp_path, 1)
    row = (number(1), "1150", "2025-04-01", "0001", "009", "1", "0000001", "ﾈﾝｷﾝ ﾊﾅｺ")
    assert faults(connection, tmp_path, "accounts", row) == [
        "2: bank, branch 0001 009: no such branch is known: take in the banks' branches first"
    ]
    wrong = (number(1), "1150", "2025-4-1", "1", "001", "3", "1", "年金 花子")
    assert [
        one.split(":")[1].split()[0] for one in faults(connection, tmp_path, "accounts", wrong)
    ] == [
        "since",
        "bank",
        "kind",
        "account",
        "payee",
    ]
    assert faults(connection, tmp_path, "branches", ("0001", "001", "ﾐｽﾞﾎ", "ﾎｶ")) == [
        "2: bank, branch 0001 001: the branch is known by another name: a branch renamed gets a code of its own"
    ]


def test_the_same_file_changes_nothing(connection: Connection, tmp_path: Path) -> None:
    rows = [(number(1), "1150", "2025-04", 600_000, 0)]
    path = write(tmp_path / "a.csv", ("number", "code", "begun", "basic", "employees"), rows)
    assert enter(connection, "awards", path, "tanaka", "weekly")[1]
    assert not enter(connection, "awards", path, "suzuki", "again")[1]
    assert ask(connection, "SELECT who, why, rows FROM nenkin.intakes") == [("tanaka", "weekly", 1)]
    assert ask(connection, "SELECT who, why FROM nenkin.figures") == [("tanaka", "weekly")]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (b"\xff\xfe", "byte 0 is not UTF-8"),
        (b"", "the columns are None"),
        (b"number,code\n", "they must be number, code, begun, basic, employees"),
        (b"number,code,begun,basic,employees\n1,2\n", "a.csv:2: the line has not 5 fields"),
        (b"number,code,begun,basic,employees\n1,2,3,4,5,6\n", "a.csv:2: the line has not 5 fields"),
    ],
)
def test_what_is_no_such_file(
    connection: Connection, tmp_path: Path, text: bytes, fault: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(text)
    with pytest.raises(InvalidIntake, match=fault):
        enter(connection, "awards", path, "tanaka", "weekly")


def test_who_and_why_are_asked_for(connection: Connection, tmp_path: Path) -> None:
    with pytest.raises(InvalidIntake, match="who 'tanaka', why ' ': both must be said"):
        enter(connection, "awards", tmp_path / "a.csv", "tanaka", " ")
    with pytest.raises(InvalidIntake, match="kind 'x': it is one of branches, awards"):
        enter(connection, "x", tmp_path / "a.csv", "tanaka", "weekly")

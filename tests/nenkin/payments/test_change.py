"""Changes of awards: new figures from a month on, ends, stops; and what was overpaid is set off against instalments."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from nenkin.payments.change import Changed, change_awards, read_changes
from nenkin.payments.connection import Connection
from nenkin.payments.intake import InvalidIntake
from nenkin.payments.ledger import balances, differences
from nenkin.payments.period import parse_month
from nenkin.payments.revision import join, open_revision, revise
from tests.nenkin.benefits.rulebook import RULES
from tests.nenkin.payments.test_awarding import CLAIM, decide
from tests.nenkin.payments.world import (
    AUGUST,
    JUNE,
    ask,
    branches,
    number,
    pension,
    run,
    transfers,
)

OCTOBER, DECEMBER = date(2025, 10, 15), date(2025, 12, 15)
DISABLED = CLAIM | {
    "kind": "disability",
    "code": "5350",
    "birth": "1980-05-01",
    "begun": "2025-03",
    "grade": 2,
    "child_births": ["2007-04-02", "2015-01-01"],
}
REVISION = {
    "receipt": "C1",
    "kind": "revision",
    "number": number(1),
    "code": "5350",
    "since": "2025-07",
    "facts": {"grade": 1},
}


def change(
    connection: Connection, folder: Path, *changes: dict[str, Any], day: date = date(2025, 8, 1)
) -> list[Changed]:
    path = folder / "changes.jsonl"
    path.write_text("".join(f"{json.dumps(one)}\n" for one in changes), encoding="utf-8")
    return change_awards(connection, RULES, read_changes(path), day, "tanaka")


@pytest.fixture
def disabled(connection: Connection, tmp_path: Path) -> Connection:
    branches(connection, tmp_path)
    [made] = decide(connection, tmp_path, DISABLED, day=date(2025, 6, 2))
    assert made.figures == (
        ("2025-03", 816_000 + 2 * 234_800, 0),
        ("2025-04", 831_700 + 2 * 239_300, 0),
    )
    return connection


def test_a_revision_once(disabled: Connection, tmp_path: Path) -> None:
    for _ in range(2):
        [made] = change(disabled, tmp_path, REVISION)
        assert made.figures == (("2025-07", 1_039_625 + 2 * 239_300, 0),)
    assert ask(disabled, "SELECT count(*) FROM nenkin.changes") == [(1,)]
    # A change that came later and holds from before keeps what the first one said from its month on.
    earlier = REVISION | {"receipt": "C2", "since": "2025-05", "facts": {"child_births": []}}
    [made] = change(disabled, tmp_path, earlier)
    assert made.figures == (("2025-05", 831_700, 0), ("2025-07", 1_039_625, 0))


def test_a_year_and_a_child_that_grew_up(disabled: Connection, tmp_path: Path) -> None:
    month = parse_month("2026-04")
    for changed in (1, 0):
        opened = open_revision(disabled, month, date(2026, 4, 1), "suzuki", again=True)
        done = revise(disabled, RULES, opened, lambda text: None)
        join(disabled, opened, done)
        assert (done["awards"], done["changed"], done["refused"]) == (1, changed, 0)
    # Of births on 2 April 2007 the last month is March 2026.
    query = f"SELECT basic FROM nenkin.figures WHERE month = {month}"
    assert ask(disabled, query) == [(847_300 + 243_800,)]


def test_an_end_is_paid_to_its_month(database: str, disabled: Connection, tmp_path: Path) -> None:
    run(database, tmp_path / "june", JUNE)
    death = {
        "receipt": "C1",
        "kind": "death",
        "number": number(1),
        "code": "5350",
        "day": "2025-05-31",
    }
    [made] = change(disabled, tmp_path, death)
    assert made.figures == (("2025-06", 0, 0),)
    [late] = change(disabled, tmp_path, REVISION | {"receipt": "C2"})
    assert late.refusal == f"number, code {number(1)} 5350: the right ended before 2025-06"
    run(database, tmp_path / "august", AUGUST)
    assert transfers(tmp_path / "august", AUGUST) == {}
    assert differences(disabled) == []


def test_a_stop_holds_what_is_due_until_it_ends(
    database: str, disabled: Connection, tmp_path: Path
) -> None:
    stop = {
        "receipt": "C1",
        "kind": "suspend",
        "number": number(1),
        "code": "5350",
        "day": "2025-06-01",
    }
    change(disabled, tmp_path, stop)
    done = run(database, tmp_path / "june", JUNE)
    assert (done.payments, done.held) == (0, 2)
    assert ask(disabled, "SELECT DISTINCT reason FROM nenkin.held") == [("suspended",)]
    resume = stop | {"receipt": "C2", "kind": "resume", "day": "2025-07-20"}
    change(disabled, tmp_path, resume)
    run(database, tmp_path / "august", AUGUST)
    yearly = 831_700 + 2 * 239_300
    [paid] = transfers(tmp_path / "august", AUGUST).values()
    assert paid == (816_000 + 2 * 234_800) // 12 + 2 * (yearly // 6)
    assert differences(disabled) == []


def test_an_overpayment_is_set_off_half_an_instalment_at_a_time(
    database: str, disabled: Connection, tmp_path: Path
) -> None:
    run(database, tmp_path / "june", JUNE)
    # Both children were never due: from April to July much was paid that was not owed.
    wrong = REVISION | {"since": "2025-03", "facts": {"child_births": []}}
    run(database, tmp_path / "august", AUGUST)
    change(disabled, tmp_path, wrong, day=date(2025, 8, 20))
    owed = []
    for name, day in (
        ("october", OCTOBER),
        ("december", DECEMBER),
        ("february", date(2026, 2, 13)),
    ):
        done = run(database, tmp_path / name, day)
        again = run(database, tmp_path / name, day)
        assert (again.offset, again.manifest) == (done.offset, done.manifest)
        [paid] = transfers(tmp_path / name, day).values()
        assert paid == done.net - done.offset
        assert done.offset <= done.net // 2
        assert differences(disabled) == []
        owed.append({one.account: one.balance for one in balances(disabled)}["receivable"])
    found = (816_000 + 469_600) // 12 + 2 * (1_310_300 // 6) - 816_000 // 12 - 2 * (831_700 // 6)
    # October finds it, so that December is the first that sets off; half of 138,616 each.
    assert owed == [found, found - 69_308, max(found - 69_308 - 69_309, 0)]
    assert ask(disabled, "SELECT sum(balance) FROM nenkin.balances") == [(0,)]


def test_a_lump_sum_is_paid_once(database: str, connection: Connection, tmp_path: Path) -> None:
    branches(connection, tmp_path)
    died = {"birth": "1975-06-01", "death": "2025-04-20"}
    claim = CLAIM | {"kind": "death_lump", "code": "9950", "deceased": died}
    decide(connection, tmp_path, claim)
    july = date(2025, 7, 15)
    for day, name in ((july, "july"), (july, "july"), (AUGUST, "august")):
        run(database, tmp_path / name, day)
    assert transfers(tmp_path / "july", july) == {number(1): 270_000}
    assert transfers(tmp_path / "august", AUGUST) == {}
    assert differences(connection) == []
    why = {
        "receipt": "C1",
        "kind": "death",
        "number": number(1),
        "code": "9950",
        "day": "2025-05-31",
    }
    [refused] = change(connection, tmp_path, why)
    assert "it is paid once" in refused.refusal


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"number": number(9)}, "no such pension is awarded"),
        ({"since": "2025-01"}, "since 2025-01: it is before the right began"),
        ({"since": None}, "since None: a revision names its first month, and no day"),
        ({"facts": {}}, "facts {}: a revision says what is different"),
        ({"facts": {"birth": "1970-01-01"}}, "facts birth: these stay as the claim has them"),
        ({"facts": {"grade": 4}}, "facts from 2025-07: grade 4: Input should be less than"),
        ({"facts": {"kind": "old_age"}}, "kind old_age: another right than disability is a claim"),
        ({"kind": "death"}, "day None: a death names its day, and no month"),
        ({"kind": "split", "since": None}, "a split names who, when and what"),
    ],
)
def test_a_wrong_change_leaves_nothing(
    disabled: Connection, tmp_path: Path, wrong: dict[str, Any], sentence: str
) -> None:
    before = ask(disabled, "SELECT count(*) FROM nenkin.figures")
    [made] = change(disabled, tmp_path, REVISION | wrong)
    assert sentence in made.refusal
    assert ask(disabled, "SELECT count(*) FROM nenkin.figures") == before
    assert ask(disabled, "SELECT count(*) FROM nenkin.changes") == [(0,)]


def test_every_fault_of_a_file_is_named(disabled: Connection, tmp_path: Path) -> None:
    with pytest.raises(InvalidIntake) as caught:
        change(disabled, tmp_path, REVISION | {"kind": "wish", "number": "1"})
    assert [fault.split(": ", 2)[1].split()[0] for fault in caught.value.faults] == [
        "kind",
        "number",
    ]
    again = change(disabled, tmp_path, REVISION, REVISION | {"since": "2025-08"})
    assert "it was handed in with other values" in again[1].refusal
    assert pension(1, "5350") > 0

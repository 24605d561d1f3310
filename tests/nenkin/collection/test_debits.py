"""Direct debits: asked once, files of the rows alone, results taken once, a failure a state."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from nenkin.collection.closing import unposted
from nenkin.collection.debit_files import DebitsDiffer, write_debits
from nenkin.collection.debit_results import take_results
from nenkin.collection.debits import InvalidDebits, ask_debits
from nenkin.collection.mandates import MANDATES
from nenkin.collection.reliefs import RELIEFS
from nenkin.zengin.dialect import Dialect
from nenkin.zengin.file import BankFile
from nenkin.zengin.reader import parse
from nenkin.zengin.records import Debit, Header
from nenkin.zengin.violation import InvalidFile
from nenkin.zengin.writer import write
from tests.nenkin.collection.office import WHO, Office, month, number, work

MAY, JUNE_END, JULY = month("2025-05"), date(2025, 6, 30), date(2025, 7, 31)
PLACE = ("1", "0001", "001")


def mandate(subject: str, account: str = "0000001", since: str = "2025-01-01") -> tuple[str, ...]:
    return (subject, since, *PLACE, account, "ﾈﾝｷﾝ ﾊﾅｺ")


@pytest.fixture
def mandated(office: Office, tmp_path: Path) -> Office:
    """Persons 1 to 6 and an establishment with mandates: plain, half relieved, additional, student, paid, employed."""
    office.establishment(work(1))
    office.put(
        "bills",
        establishment=work(1),
        month=MAY,
        insured=1,
        total=73_200,
        employees=36_600,
        due=JUNE_END,
    )
    for n in range(1, 7):
        office.person(n)
    for n in range(1, 6):
        office.period(n, "2024-04-01", 1)
    office.period(6, "2024-04-01", 2, at=work(1))
    office.run(5, "2025-05", "2025-05", "paid", 17_510)
    reliefs = [
        (number(2), "half", "2024-07", "2025-06", "2024-09-01"),
        (number(3), "additional", "2025-04", "2026-03", "2025-04-01"),
        (number(4), "student", "2025-04", "2026-03", "2025-04-01"),
    ]
    office.take(RELIEFS, tmp_path, *reliefs)
    rows = [mandate(number(n), f"{n:07d}") for n in range(1, 7)]
    rows.append(("2101-00001", "2025-01-01", "2", "0002", "001", "0000009", "ｶ)ﾈﾝｷﾝ"))
    assert {outcome for outcome, _ in office.take(MANDATES, tmp_path, *rows)} == {"accepted"}
    return office


def ask(office: Office, folder: Path, day: date = JUNE_END) -> dict[str, int]:
    """Asks, writes the files and reads what they ask for."""
    ask_debits(office.connection, day, MAY, WHO)
    folder.mkdir(exist_ok=True)
    found = {}
    for file in write_debits(office.connection, day, MAY, folder):
        for row in requested(folder / file.name)[1]:
            found[row.customer] = row.amount
    return found


def requested(path: Path) -> tuple[Header, list[Debit]]:
    """Header and rows of a file that asks."""
    file = parse(path.read_bytes(), Dialect(), "debit_request")
    return file.header, [row for row in file.rows if isinstance(row, Debit)]


def answer(folder: Path, bank: str = "0001", **results: str) -> Path:
    """A bank's file as it comes back; results by the last digit of a number."""
    [path] = folder.glob(f"*-{bank}-001.dat")
    header, asked = requested(path)
    rows = tuple(row._replace(result=results.get(f"n{row.customer[9]}", "0")) for row in asked)
    back = folder / "back.dat"
    back.write_bytes(write(BankFile("debit_result", header, rows), Dialect()))
    return back


def states(office: Office) -> list[tuple[object, ...]]:
    rows = office.ask("SELECT subject, day, state, result FROM nenkin.debit_states")
    return sorted(rows, key=lambda row: (row[1], row[0]))


def kinds(office: Office) -> dict[str, tuple[object, ...]]:
    rows = office.ask(
        "SELECT number, kind, amount, is_additional FROM nenkin.contribution_months WHERE month = '2025-05-01'"
    )
    return {row[0]: row[1:] for row in rows}


def test_who_is_debited_how_much(mandated: Office, tmp_path: Path) -> None:
    assert ask(mandated, tmp_path / "out") == {
        "2101000001202505": 17_510,
        "2101000002202505": 8_760,
        "2101000003202505": 17_910,
        "210100001202505": 73_200,
    }
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["20250630-202505-debit-0001-001.dat", "20250630-202505-debit-0002-001.dat"]
    assert {row[2] for row in states(mandated)} == {"asked"}


def test_the_files_are_made_again_byte_for_byte(mandated: Office, tmp_path: Path) -> None:
    ask(mandated, tmp_path / "one")
    mandated.take(MANDATES, tmp_path, mandate(number(1), "7777777", "2025-02-01"))
    again = ask_debits(mandated.connection, JUNE_END, MAY, WHO)
    assert (again.is_new, again.count, again.total) == (False, 4, 117_380)
    ask(mandated, tmp_path / "two")
    one, two = ({p.name: p.read_bytes() for p in (tmp_path / f).iterdir()} for f in ("one", "two"))
    assert one == two
    # Split, the files would be others than those noted.
    (tmp_path / "three").mkdir()
    with pytest.raises(DebitsDiffer, match="it is not the file that was noted"):
        write_debits(mandated.connection, JUNE_END, MAY, tmp_path / "three", 2)
    name = "20250630-202505-debit-0001-001.dat"
    (tmp_path / "one" / name).write_bytes(b"other")
    with pytest.raises(DebitsDiffer, match="is there with other bytes"):
        write_debits(mandated.connection, JUNE_END, MAY, tmp_path / "one")


def test_results_are_posted_once_and_a_failure_is_a_state(mandated: Office, tmp_path: Path) -> None:
    ask(mandated, tmp_path / "out")
    back = answer(tmp_path / "out", n2="1")
    taken = take_results(mandated.connection, back, JULY, WHO)
    assert (taken.is_new, taken.lines, taken.refused) == (True, 3, 0)
    assert states(mandated)[:3] == [
        (number(1), JUNE_END, "done", "0"),
        (number(2), JUNE_END, "failed", "1"),
        (number(3), JUNE_END, "done", "0"),
    ]
    done = {number(1): ("paid", 17_510, False), number(3): ("paid", 17_910, True)}
    found = kinds(mandated)
    assert {name: found.get(name) for name in (*done, number(2))} == done | {number(2): None}
    assert mandated.ask("SELECT kind, count, amount FROM nenkin.monthly_postings") == [
        ("contributed", 2, 35_420)
    ]
    assert take_results(mandated.connection, back, JULY, WHO) == replace(taken, is_new=False)
    # The same results in another file.
    back.write_bytes(back.read_bytes().replace(b"\xc8\xdd\xb7\xdd", b"\xc8\xdd\xb7\xb7"))
    other = take_results(mandated.connection, back, JULY, WHO)
    assert (other.is_new, other.refused) == (True, 0)
    assert mandated.ask("SELECT sum(amount) FROM nenkin.monthly_postings") == [(35_420,)]
    # Another day asks again for what failed and for nothing else.
    assert set(ask(mandated, tmp_path / "july", JULY)) == {"2101000002202505"}
    take_results(mandated.connection, answer(tmp_path / "july"), JULY, WHO)
    assert kinds(mandated)[number(2)] == ("half", 8_760, False)
    # That of the establishment is still under way.
    assert ("2101-00001", JUNE_END, "asked", None) in states(mandated)


def test_an_establishments_debit_pays_its_bill(mandated: Office, tmp_path: Path) -> None:
    ask(mandated, tmp_path / "out")
    take_results(mandated.connection, answer(tmp_path / "out", "0002"), JULY, WHO)
    assert mandated.ask("SELECT state FROM nenkin.bill_matches") == [("exact",)]
    assert [text for text in unposted(mandated.connection) if "received" in text] == []
    assert ask(mandated, tmp_path / "july", JULY).keys() == set()


def test_a_month_settled_meanwhile_is_paid_twice(mandated: Office, tmp_path: Path) -> None:
    ask(mandated, tmp_path / "out")
    mandated.run(1, "2025-05", "2025-05", "paid", 17_510)
    take_results(mandated.connection, answer(tmp_path / "out"), JULY, WHO)
    assert mandated.ask(
        f"SELECT count(*), sum(amount) FROM nenkin.contribution_months WHERE number = '{number(1)}' AND kind = 'paid'"
    ) == [(2, 35_020)]
    assert mandated.ask("SELECT sentence FROM nenkin.batch_file_notes WHERE outcome = 'noted'") == [
        (
            f"number {number(1)}, 2025-05: what stands there is paid and stays: the debit is kept as paid twice",
        )
    ]
    assert [text for text in unposted(mandated.connection) if "billed" not in text] == []


def test_results_that_fit_no_debit_are_refused_by_line(mandated: Office, tmp_path: Path) -> None:
    ask(mandated, tmp_path / "out")
    [path] = (tmp_path / "out").glob("*-0001-001.dat")
    header, [one, two, three] = requested(path)
    rows = (
        one._replace(amount=1),
        two._replace(account="9999999"),
        three._replace(customer="2101000009202505"),
    )
    back = tmp_path / "back.dat"
    back.write_bytes(write(BankFile("debit_result", header, rows), Dialect()))
    assert take_results(mandated.connection, back, JULY, WHO).refused == 3
    assert mandated.ask("SELECT line, sentence FROM nenkin.batch_file_notes ORDER BY line") == [
        (2, "customer 2101000001202505: 1 yen: 17510 were asked for"),
        (3, "customer 2101000002202505: the account is not the one that was to be debited"),
        (4, "customer 2101000009202505: no debit of that number was asked for on that day"),
    ]
    take_results(mandated.connection, answer(tmp_path / "out", n1="9"), JULY, WHO)
    take_results(mandated.connection, answer(tmp_path / "out", n1="0", n3="1"), JULY, WHO)
    assert mandated.ask(
        "SELECT sentence FROM nenkin.batch_file_notes ORDER BY file DESC, line LIMIT 1"
    ) == [("customer 2101000001202505: result 0: it came back before with 9",)]
    back.write_bytes(back.read_bytes()[:-10])
    with pytest.raises(InvalidFile):
        take_results(mandated.connection, back, JULY, WHO)


def test_a_day_on_which_nothing_can_be_debited(office: Office) -> None:
    with pytest.raises(InvalidDebits, match="day 2025-06-29: banks are closed"):
        ask_debits(office.connection, date(2025, 6, 29), MAY, WHO)
    with pytest.raises(InvalidDebits, match="is debited from 2025-06-01 on"):
        ask_debits(office.connection, date(2025, 5, 30), MAY, WHO)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (mandate("2101-000099"), "subject 2101-000099: it is not on record"),
        ((number(1), "2025-01-01", "1", "", "", "", ""), "all of them say from where"),
        (
            (number(1), "2025-01-01", "4", "0001", "001", "0000001", "ﾈﾝｷﾝ"),
            "kind '4': it is one of 1, 2, 3, 9",
        ),
        (
            (number(1), "2025-01-01", "1", "001", "001", "0000001", "年金"),
            "bank '001': it is exactly 4 digits",
        ),
    ],
)
def test_a_mandate_that_cannot_be(
    office: Office, tmp_path: Path, row: tuple[str, ...], sentence: str
) -> None:
    office.person(1)
    [(outcome, said)] = office.take(MANDATES, tmp_path, row)
    assert outcome == "refused"
    assert sentence in said


def test_a_mandate_withdrawn_is_debited_no_more(mandated: Office, tmp_path: Path) -> None:
    withdrawn = [(number(n), "2025-06-01", "", "", "", "", "") for n in (1, 2)]
    mandated.take(MANDATES, tmp_path, *withdrawn)
    assert set(ask(mandated, tmp_path / "out")) == {"2101000003202505", "210100001202505"}
    assert mandated.take(MANDATES, tmp_path, withdrawn[0]) == [
        ("noted", f"subject {number(1)}, since 2025-06-01: just that stands already")
    ]

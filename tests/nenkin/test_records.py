"""The records keep what was: corrections supersede, overlaps are refused, acts are named."""

from __future__ import annotations

import json
import threading
import time
import uuid

import psycopg
import pytest

from tests.dr_acting.postgres import Server
from tests.nenkin.application import dsn

PERSON, WORK = "4101-000001", "4101-00001"


def act(purpose: str = "届書") -> str:
    """SQL of a new act's id."""
    return (
        "INSERT INTO nenkin.acts (key, operator, terminal, office, purpose)"
        f" VALUES ('{uuid.uuid4()}', '職員一', '端末1', '4101', '{purpose}')"
    )


LAST = "(SELECT max(id) FROM nenkin.acts)"
RUN = (
    "INSERT INTO nenkin.contribution_runs (number, first, last, kind, amount, revision, act) VALUES"
)
PERIOD = "INSERT INTO nenkin.periods (number, acquired, lost, category, establishment, act) VALUES"


@pytest.fixture(scope="module")
def book(records: Server) -> Server:
    """A person with a history, and an establishment."""
    records.ask(
        f"{act()};"
        "INSERT INTO nenkin.persons (number, name_kana, birth_date, sex)"
        f" VALUES ('{PERSON}', 'ネンキン ハナコ', '1980-02-28', 'female');"
        f"INSERT INTO nenkin.establishments VALUES ('{WORK}', '1990-01-01', NULL, {LAST});"
        f"INSERT INTO nenkin.addresses VALUES ('{PERSON}', '2000-02-27', 1, '5300000', '大阪市本町1', {LAST}),"
        f" ('{PERSON}', '2010-04-01', 1, '5300000', '大阪市北町2', {LAST});"
        f"{PERIOD} ('{PERSON}', '2000-02-27', '2003-04-01', 1, NULL, {LAST}),"
        f" ('{PERSON}', '2003-04-01', NULL, 2, '{WORK}', {LAST});"
        f"{RUN} ('{PERSON}', '2000-02-01', '2003-03-01', 'paid', 13300, 1, {LAST}),"
        f" ('{PERSON}', '2003-04-01', '2020-03-01', 'employees', NULL, 1, {LAST})"
    )
    return records


def refused(book: Server, statements: str) -> str:
    with psycopg.connect(dsn(book)) as connection, pytest.raises(psycopg.Error) as caught:
        connection.execute(statements.encode())
    return str(caught.value)


def test_a_correction_keeps_who_when_why_before_and_after(book: Server) -> None:
    book.ask(
        f"BEGIN; {act('記録訂正')};"
        f"INSERT INTO nenkin.superseded_contribution_runs VALUES ('{PERSON}', '2000-02-01', 1, {LAST});"
        f"{RUN} ('{PERSON}', '2000-02-01', '2001-03-01', 'paid', 13300, 2, {LAST}),"
        f" ('{PERSON}', '2001-04-01', '2002-03-01', 'full', 0, 1, {LAST}),"
        f" ('{PERSON}', '2002-04-01', '2003-03-01', 'paid', 13300, 1, {LAST}); COMMIT"
    )
    stands = book.ask(
        f"SELECT first, kind FROM nenkin.current_contribution_runs WHERE number = '{PERSON}' ORDER BY 1"
    )
    assert stands.splitlines() == [
        "2000-02-01|paid",
        "2001-04-01|full",
        "2002-04-01|paid",
        "2003-04-01|employees",
    ]
    told = book.ask(
        "SELECT json_build_array(of_table, subject, operator, terminal, office, purpose, done_at <= now(), before, after)"
        " FROM nenkin.corrections WHERE purpose = '記録訂正'"
    )
    *who, before, after = json.loads(told)
    assert who == ["contribution_runs", PERSON, "職員一", "端末1", "4101", "記録訂正", True]
    assert [(row["first"], row["last"]) for row in before] == [("2000-02-01", "2003-03-01")]
    assert [(row["first"], row["kind"]) for row in after] == [
        ("2000-02-01", "paid"),
        ("2001-04-01", "full"),
        ("2002-04-01", "paid"),
    ]
    months = book.ask(
        f"SELECT count(*), count(*) FILTER (WHERE kind = 'full') FROM nenkin.contribution_months WHERE number = '{PERSON}'"
    )
    assert months == "242|12"


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        (
            f"{RUN} ('{PERSON}', '2020-03-01', '2020-06-01', 'full', 0, 1, {LAST})",
            "two rows of number 4101-000001 overlap",
        ),
        (
            f"{PERIOD} ('{PERSON}', '2002-01-01', '2002-02-01', 1, NULL, {LAST})",
            "two rows of number 4101-000001 overlap",
        ),
        (
            f"{PERIOD} ('{PERSON}', '2024-01-01', NULL, 1, NULL, {LAST})",
            "two rows of number 4101-000001 overlap",
        ),
        (
            f"{RUN} ('{PERSON}', '2003-04-01', '2003-04-01', 'full', 0, 2, {LAST})",
            "revision 2 of what stands is refused",
        ),
        (f"{RUN} ('{PERSON}', '2021-01-01', '2021-01-01', 'full', 0, 1, 999)", "act 999 is not"),
        (f"{RUN} ('{PERSON}', '2021-01-02', '2021-02-01', 'full', 0, 1, {LAST})", "check"),
        (f"{RUN} ('{PERSON}', '2021-02-01', '2021-01-01', 'full', 0, 1, {LAST})", "check"),
        (f"{RUN} ('{PERSON}', '2021-01-01', '2021-01-01', 'full', 10, 1, {LAST})", "check"),
        (
            f"{RUN} ('4101-000009', '2021-01-01', '2021-01-01', 'full', 0, 1, {LAST})",
            "number 4101-000009 is not",
        ),
        (
            f"{PERIOD} ('{PERSON}', '1999-01-01', '1999-02-01', 2, '4101-00009', {LAST})",
            "establishment 4101-00009 is not",
        ),
        (
            (
                f"INSERT INTO nenkin.decisions VALUES ('{PERSON}', '2010-09-01', 1, 'fixed_time', 1, 98000,"
                f" '4101-00009', {LAST})"
            ),
            "establishment 4101-00009 is not",
        ),
        (
            f"INSERT INTO nenkin.bonuses VALUES ('4101-000009', '2010-09-01', 1, 1000, 1000, '{WORK}', {LAST})",
            "number 4101-000009 is not",
        ),
        (
            (
                f"INSERT INTO nenkin.accounts VALUES ('4101-000009', '2010-09-01', 1, 1, '9900', '001', '0000001',"
                f" 'ア', {LAST})"
            ),
            "foreign key",
        ),
        (f"{PERIOD} ('{PERSON}', '1999-01-01', '1999-02-01', 2, NULL, {LAST})", "check"),
        (f"{PERIOD} ('{PERSON}', '1999-02-01', '1999-01-01', 1, NULL, {LAST})", "check"),
        ("UPDATE nenkin.periods SET category = 3", "append-only"),
        ("DELETE FROM nenkin.acts", "append-only"),
        ("TRUNCATE nenkin.superseded_periods", "append-only"),
    ],
)
def test_what_would_contradict_is_refused(book: Server, statements: str, said: str) -> None:
    assert said in refused(book, statements)


def test_every_record_table_is_append_only(book: Server) -> None:
    free = book.ask(
        "SELECT relname FROM pg_class WHERE relnamespace = 'nenkin'::regnamespace AND relkind = 'r' AND NOT EXISTS"
        " (SELECT FROM pg_trigger WHERE tgrelid = pg_class.oid AND tgname = 'append_only') ORDER BY 1"
    )
    # Counters of how often a form was used are no records.
    assert free.split() == ["issued_serials", "migrations", "output_uses", "premiums"]


def test_a_row_is_superseded_once(book: Server) -> None:
    row = f"INSERT INTO nenkin.superseded_addresses VALUES ('{PERSON}', '2010-04-01', 1, {LAST})"
    book.ask(row)
    assert "duplicate key" in refused(book, row)
    # A wrong change of address is gone without another in its place.
    assert book.ask("SELECT address FROM nenkin.current_addresses") == "大阪市本町1"
    before, after = book.ask(
        "SELECT before->0->>'address', after FROM nenkin.corrections WHERE of_table = 'addresses'"
    ).split("|")
    assert (before, after) == ("大阪市北町2", "")


def test_two_who_enter_at_once_do_not_overlap(book: Server) -> None:
    first = f"{RUN} ('{PERSON}', '2022-01-01', '2022-06-01', 'full', 0, 1, {LAST})"
    second = f"{RUN} ('{PERSON}', '2022-03-01', '2022-09-01', 'full', 0, 1, {LAST})"
    errors: list[str] = []
    with psycopg.connect(dsn(book)) as one:
        one.execute(first.encode())
        thread = threading.Thread(target=lambda: errors.append(refused(book, second)))
        thread.start()
        time.sleep(0.5)
        assert not errors
        one.commit()
        thread.join(10)
    assert "overlap" in errors[0]


def test_a_person_is_who_the_latest_identity_says(book: Server) -> None:
    book.ask(
        f"INSERT INTO nenkin.identities VALUES ('{PERSON}', '2005-06-01', 1, 'ミタカ ハナコ', '三鷹 花子',"
        f" '1980-02-28', 'female', {LAST}), ('{PERSON}', '2999-01-01', 1, 'ミライ ハナコ', NULL,"
        f" '1980-02-28', 'female', {LAST})"
    )
    asked = f"SELECT name_kana, name_kanji FROM nenkin.current_persons WHERE number = '{PERSON}'"
    assert book.ask(asked) == "ミタカ ハナコ|三鷹 花子"
    assert book.ask("SELECT name_kana FROM nenkin.persons") == "ネンキン ハナコ"


def test_what_is_open_of_a_bill(book: Server) -> None:
    bill = "INSERT INTO nenkin.bills (establishment, month, revision, insured, total, employees, due, act) VALUES"
    book.ask(f"{bill} ('{WORK}', '2020-04-01', 1, 2, 73201, 36600, '2020-05-31', {LAST})")
    assert book.ask("SELECT employer FROM nenkin.bills") == "36601"
    key = uuid.uuid4()
    pay = f"INSERT INTO nenkin.bill_payments VALUES ('{key}', '{WORK}', '2020-04-01', 73200, '2020-05-29', {LAST})"
    book.ask(pay)
    assert book.ask("SELECT total, paid, open FROM nenkin.bill_balances") == "73201|73200|1"
    assert "duplicate key" in refused(book, pay)
    book.ask(
        f"BEGIN; INSERT INTO nenkin.superseded_bills VALUES ('{WORK}', '2020-04-01', 1, {LAST});"
        f"{bill} ('{WORK}', '2020-04-01', 2, 1, 36600, 18300, '2020-05-31', {LAST}); COMMIT"
    )
    assert book.ask("SELECT total, paid, open FROM nenkin.bill_balances") == "36600|73200|-36600"
    book.ask(f"INSERT INTO nenkin.superseded_bill_payments VALUES ('{key}', {LAST})")
    assert book.ask("SELECT total, paid, open FROM nenkin.bill_balances") == "36600|0|36600"


def test_a_posting_can_be_superseded_and_the_ledger_keeps_it(book: Server) -> None:
    book.ask(
        "INSERT INTO nenkin.contributions (key, number, month, amount)"
        f" VALUES ('{uuid.uuid4()}', '{PERSON}', '2021-04-01', 16610)"
    )
    months = f"SELECT count(*) FROM nenkin.contribution_months WHERE number = '{PERSON}' AND month = '2021-04-01'"
    assert book.ask(months) == "1"
    book.ask(
        f"INSERT INTO nenkin.superseded_contributions SELECT id, {LAST} FROM nenkin.contributions"
    )
    assert book.ask(months) == "0"
    assert book.ask("SELECT sum(entries) FROM nenkin.ledger") == "1"

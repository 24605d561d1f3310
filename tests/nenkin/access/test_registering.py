"""One issuer: registering asks the numbers system, and nothing is half between the two databases."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from itertools import repeat

import httpx
import pytest

from tests.dr_acting.postgres import Server, server
from tests.nenkin.application import PERSON, Application, application, command, dsn
from tests.nenkin.conftest import SETTINGS
from tests.nenkin.numbers.office import NAMES, where


@pytest.fixture(scope="module")
def both() -> Iterator[Server]:
    """A server whose own database holds the numbers; the records in one beside it have issued some already."""
    with server() as made:
        made.start(*SETTINGS)
        made.ask("CREATE DATABASE records")
        done, _ = command(made, "migrate", **where(made))
        assert done.returncode == 0, done.stderr
        with application(made, NENKIN_DSN_RECORDS=dsn(made, "records")) as alone:
            old = [alone.register(office="0301", name_kana=next(NAMES)) for _ in range(3)]
        assert old == ["0301-000001", "0301-000002", "0301-000003"]
        yield made


@pytest.fixture(scope="module")
def desk(both: Server) -> Iterator[Application]:
    """The service on both."""
    with application(both, **where(both)) as made:
        yield made


def register(desk: Application, key: str = "", **changes: object) -> httpx.Response:
    """Ask for a person, a new one by default."""
    body = PERSON | {"name_kana": next(NAMES), "office": "5161"} | changes
    headers = {"Idempotency-Key": key or str(uuid.uuid4())}
    return desk.client.post("/v1/persons", json=body, headers=headers)


def records(both: Server, query: str) -> str:
    return both.command("psql", "-XAtq", "-d", dsn(both, "records"), "-c", query).strip()


def test_the_numbers_issue_and_the_records_keep(desk: Application, both: Server) -> None:
    answer = register(desk)
    number = answer.json()["number"]
    assert answer.status_code == 201
    assert both.ask(f"SELECT asked_office FROM nenkin.numbers WHERE number = '{number}'") == "5161"
    kept = records(both, f"SELECT count(*) FROM nenkin.persons WHERE number = '{number}'")
    assert kept == "1"
    issued = "SELECT count(*) FROM nenkin.issued_serials WHERE office = '5161'"
    assert records(both, issued) == "0"


def test_the_same_key_is_the_same_person(desk: Application) -> None:
    key, name = str(uuid.uuid4()), next(NAMES)
    first, second = (register(desk, key, name_kana=name) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    other = register(desk, key)
    assert other.status_code == 409
    assert "take a new key" in other.json()["reason"]


def test_a_number_that_was_issued_before_a_crash_is_used_by_the_retry(
    desk: Application, both: Server
) -> None:
    """The process died between the two databases: the number is there, the person is not."""
    key, name = str(uuid.uuid4()), next(NAMES)
    body = PERSON | {"name_kana": name, "office": "5161"}
    issued = desk.client.post("/v1/numbers", json=body, headers={"Idempotency-Key": key})
    number = issued.json()["number"]
    answer = register(desk, key, name_kana=name)
    assert (answer.status_code, answer.json()["number"]) == (201, number)
    assert both.ask("SELECT * FROM nenkin.serial_faults") == ""


def test_records_that_are_lost_leave_a_number_for_the_retry(
    desk: Application, both: Server
) -> None:
    key, name = str(uuid.uuid4()), next(NAMES)
    records(both, "ALTER TABLE nenkin.persons RENAME TO hidden")
    try:
        answer = register(desk, key, name_kana=name)
    finally:
        records(both, "ALTER TABLE nenkin.hidden RENAME TO persons")
    assert answer.status_code == 504
    assert "ask again with this key" in answer.json()["reason"]
    number = both.ask(f"SELECT number FROM nenkin.numbers WHERE key = '{key}'")
    again = register(desk, key, name_kana=name)
    assert (again.status_code, again.json()["number"]) == (201, number)


def test_one_key_at_many_counters_is_one_person(desk: Application) -> None:
    key, name = str(uuid.uuid4()), next(NAMES)
    ask = lambda _: register(desk, key, name_kana=name)  # noqa: E731
    answers = list(desk.threads.map(ask, repeat(None, 12)))
    told = {a.json()["number"] for a in answers if a.status_code in (200, 201)}
    assert len(told) == 1
    assert {a.status_code for a in answers} <= {200, 201, 503, 504}


def test_who_may_have_a_number_is_registered_under_a_provisional_one(desk: Application) -> None:
    name = next(NAMES)
    first, second = register(desk, name_kana=name), register(desk, name_kana=name)
    assert first.json()["number"].startswith("5161-")
    assert second.json()["number"].startswith("990")


def test_a_key_is_demanded_where_a_number_is_issued(desk: Application) -> None:
    answer = desk.client.post("/v1/persons", json=PERSON | {"office": "5161"})
    assert answer.status_code == 422
    assert "Idempotency-Key: is missing" in answer.json()["reason"]


def test_what_the_records_issued_is_taken_over(desk: Application, both: Server) -> None:
    refused = register(desk, office="0301")
    assert refused.status_code == 409
    assert "serials up to 3 of which the numbers do not know" in refused.json()["reason"]
    done, report = command(both, "adopt", **where(both))
    assert done.returncode == 0, done.stderr
    assert (report["changed"], report["numbers"]) == (True, 3)
    done, report = command(both, "adopt", **where(both))
    assert (report["changed"], report["known"]) == (False, 3)
    assert both.ask("SELECT * FROM nenkin.serial_faults") == ""
    assert register(desk, office="0301").json()["number"] == "0301-000004"


def test_an_office_that_both_issued_for_is_left_to_a_person(both: Server) -> None:
    records(
        both,
        "INSERT INTO nenkin.issued_serials VALUES ('0401', 1);"
        "INSERT INTO nenkin.persons (number, name_kana, birth_date, sex)"
        " VALUES ('0401-000001', 'ヨソ ハナ', '1950-01-01', 'female')",
    )
    with application(both, **where(both)) as made:
        body = PERSON | {"name_kana": next(NAMES), "office": "0401"}
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        made.client.post("/v1/numbers", json=body, headers=headers)
    done, report = command(both, "adopt", **where(both))
    assert done.returncode == 1
    assert (
        "number 0401-000001 is held by one person in the records and by another"
        in (report["error"])
    )

"""Posting: once for each key, only what can be right, and nothing over something."""

from __future__ import annotations

import uuid
from collections import Counter
from itertools import repeat

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.dr_acting.postgres import Server
from tests.nenkin.application import Application, ledger

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@pytest.fixture(scope="module")
def number(service: Application) -> str:
    """A person to post for."""
    return service.register()


def key() -> str:
    return str(uuid.uuid4())


def test_a_post_is_in_the_ledger_and_in_the_history(
    service: Application, records: Server, number: str
) -> None:
    mine = key()
    answer = service.post(mine, number)
    assert answer.status_code == 201
    posted = answer.json()
    assert {"key": mine, "number": number, "month": "2005-04", "amount": 13580}.items() <= (
        posted.items()
    )
    assert ledger(records)[mine] == (f"{number}|2005-04|13580", 1)
    history = service.client.get(f"/v1/persons/{number}/history").json()
    entry = {name: posted[name] for name in ("id", "key", "month", "amount", "posted_at")}
    assert entry in history["contributions"]


def test_the_same_again_gets_the_first_answer(service: Application, number: str) -> None:
    mine = key()
    first, second = service.post(mine, number), service.post(mine.upper(), number)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()


def test_another_body_under_the_same_key_is_a_conflict(
    service: Application, records: Server, number: str
) -> None:
    mine = key()
    service.post(mine, number)
    for answer in (service.post(mine, number, 13579), service.post(mine, "2101-999999")):
        assert answer.status_code == 409
        assert answer.json()["outcome"] == "refused"
    assert ledger(records)[mine] == (f"{number}|2005-04|13580", 1)


def test_the_same_key_at_the_same_time_is_posted_once(
    service: Application, records: Server, number: str
) -> None:
    for _ in range(5):
        mine = key()
        amounts = [13580, 13579] * 10
        answers = list(service.threads.map(service.post, repeat(mine), repeat(number), amounts))
        count = Counter(answer.status_code for answer in answers)
        assert count == {201: 1, 200: 9, 409: 10}
        told = {answer.text for answer in answers if answer.status_code != 409}
        assert len(told) == 1
        assert ledger(records)[mine][1] == 1


@pytest.mark.parametrize(
    ("month", "amount", "status", "reason"),
    [
        ("2004-03", 13300, 201, ""),
        ("2005-03", 13301, 422, "amount: the premium of 2005-03 is 13300 yen, not more"),
        ("2006-03", 13580, 201, ""),
        ("2006-04", 13860, 201, ""),
        ("2006-03", 13581, 422, "amount: the premium of 2006-03 is 13580 yen, not more"),
        ("2026-03", 17510, 201, ""),
        ("2026-04", 100, 422, "month: no premium is on record for 2026-04"),
        ("1998-03", 100, 422, "month: no premium is on record for 1998-03"),
        ("2005-13", 100, 422, "a month is written YYYY-MM"),
        ("2005-4", 100, 422, "a month is written YYYY-MM"),
        ("2005-04", 0, 422, "greater than or equal to 1"),
        ("2005-04", "13580", 422, "valid integer"),
        ("2005-04", True, 422, "valid integer"),
        ("2005-04", 13580.5, 422, "valid integer"),
    ],
)
def test_month_and_amount_must_fit(
    service: Application, number: str, month: str, amount: object, status: int, reason: str
) -> None:
    body = {"number": number, "month": month, "amount": amount}
    answer = service.client.post("/v1/contributions", json=body, headers={"Idempotency-Key": key()})
    assert answer.status_code == status
    assert reason in answer.json().get("reason", "")


def test_a_number_that_is_not_on_record(service: Application) -> None:
    answer = service.post(key(), "2101-999999")
    assert answer.status_code == 404
    assert answer.json() == {"outcome": "refused", "reason": "number 2101-999999 is not on record"}
    assert service.client.get("/v1/persons/2101-999999/history").status_code == 404
    assert service.client.get("/v1/persons/2101-9/history").status_code == 422


@pytest.mark.parametrize("sent", [{}, {"Idempotency-Key": "1"}])
def test_a_key_is_demanded(service: Application, number: str, sent: dict[str, str]) -> None:
    body = {"number": number, "month": "2005-04", "amount": 13580}
    answer = service.client.post("/v1/contributions", json=body, headers=sent)
    assert answer.status_code == 422
    assert "Idempotency-Key" in answer.json()["reason"]


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.sampled_from(["/v1/persons", "/v1/contributions"]),
    JSON
    | st.fixed_dictionaries(
        {"number": JSON, "month": JSON, "amount": JSON},
        optional={"name_kana": JSON, "birth_date": JSON, "sex": JSON},
    ),
)
def test_no_request_is_a_defect(service: Application, path: str, body: object) -> None:
    answer = service.client.post(path, json=body, headers={"Idempotency-Key": key()})
    assert 400 <= answer.status_code < 500
    assert answer.json()["outcome"] == "refused"
    assert answer.json()["reason"]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff", b"[1,", b'{"number": "\\ud800"}', b"NaN", b'{"amount": Infinity}'],
)
def test_what_is_not_json_is_refused(service: Application, content: bytes) -> None:
    headers = {"Idempotency-Key": key(), "Content-Type": "application/json"}
    answer = service.client.post("/v1/contributions", content=content, headers=headers)
    assert answer.status_code in (400, 422)
    assert answer.json()["outcome"] == "refused"


def test_a_history_comes_in_pages(service: Application, records: Server) -> None:
    mine = service.register()
    records.ask(
        "INSERT INTO nenkin.contributions (key, number, month, amount) "
        f"SELECT gen_random_uuid(), '{mine}', '2005-04-01', n FROM generate_series(1, 1001) n"
    )
    after, amounts = 0, []
    while after is not None:
        page = service.client.get(f"/v1/persons/{mine}/history", params={"after": after}).json()
        amounts += [entry["amount"] for entry in page["contributions"]]
        assert page["number"] == mine
        after = page["next"]
    assert amounts == list(range(1, 1002))


@pytest.mark.parametrize("table", ["contributions", "persons"])
@pytest.mark.parametrize("act", ["UPDATE nenkin.{} SET number = number", "DELETE FROM nenkin.{}"])
def test_nothing_is_overwritten(records: Server, table: str, act: str) -> None:
    with pytest.raises(AssertionError, match=f"{table} is append-only"):
        records.ask(act.format(table))

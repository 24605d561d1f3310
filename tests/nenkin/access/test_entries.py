"""Rows are entered and superseded in one act, once, and what contradicts the record is refused whole."""

from __future__ import annotations

import re
import uuid
from typing import Any

import httpx
import pytest

from tests.dr_acting.postgres import Server
from tests.nenkin.application import Application

RUN = {"of": "contribution_runs", "kind": "paid", "amount": 13300}
PERIOD = {"of": "periods", "category": 1}
HOME = {"of": "addresses", "postcode": "5300000", "address": "大阪市本町1"}
ACCOUNT = {"of": "accounts", "kind": 1, "bank": "0001", "branch": "001", "account": "1234567"}


def post(service: Application, number: str, key: str = "", **form: Any) -> httpx.Response:
    headers = {"Idempotency-Key": key or str(uuid.uuid4())}
    return service.client.post("/v1/entries", json={"number": number} | form, headers=headers)


@pytest.fixture
def number(service: Application) -> str:
    """A person with an address, an account, a period and a run."""
    made = service.register()
    rows = [
        HOME | {"since": "2000-02-27"},
        ACCOUNT | {"since": "2000-02-27", "holder_kana": "ネンキン ハナコ"},
        PERIOD | {"acquired": "2000-02-27", "lost": "2003-04-01"},
        RUN | {"first": "2000-02", "last": "2003-03"},
    ]
    assert post(service, made, enter=rows).status_code == 201
    return made


def view(service: Application, number: str) -> dict[str, Any]:
    found: dict[str, Any] = service.client.get(f"/v1/persons/{number}").json()
    return found


def test_a_record_is_on_one_page(service: Application, number: str) -> None:
    seen = view(service, number)
    assert seen["addresses"] == [
        {"since": "2000-02-27", "revision": 1, "postcode": "5300000", "address": "大阪市本町1"}
    ]
    assert seen["accounts"][0]["account"] == "****567"
    assert seen["periods"][0]["lost"] == "2003-04-01"
    assert (seen["contribution_runs"][0]["first"], seen["contribution_runs"][0]["last"]) == (
        "2000-02",
        "2003-03",
    )
    assert seen["numbers"] is None  # nobody issues beside this service


def test_a_correction_supersedes_and_keeps_what_was(service: Application, number: str) -> None:
    wrong = {"of": "contribution_runs", "begins": "2000-02-01", "revision": 1}
    right = [
        RUN | {"first": "2000-02", "last": "2001-03"},
        RUN | {"first": "2001-04", "last": "2003-03", "kind": "full", "amount": 0},
    ]
    key = str(uuid.uuid4())
    first = post(service, number, key, supersede=[wrong], enter=right)
    again = post(service, number, key, supersede=[wrong], enter=right)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    runs = view(service, number)["contribution_runs"]
    assert [(r["first"], r["revision"], r["kind"]) for r in runs] == [
        ("2000-02", 2, "paid"),
        ("2001-04", 1, "full"),
    ]
    answer = service.client.get(f"/v1/persons/{number}/corrections").json()
    [one] = answer["corrections"]
    assert (one["of"], one["operator"], one["purpose"]) == ("contribution_runs", "op-1", "notice")
    assert (len(one["before"]), len(one["after"])) == (1, 2)
    other = post(service, number, key, enter=right)
    assert other.status_code == 409
    assert "take a new key" in other.json()["reason"]


def test_an_account_is_masked_in_corrections_as_well(service: Application, number: str) -> None:
    wrong = {"of": "accounts", "begins": "2000-02-27", "revision": 1}
    right = ACCOUNT | {"since": "2000-02-27", "account": "7654321", "holder_kana": "ネンキン"}
    assert post(service, number, supersede=[wrong], enter=[right]).status_code == 201
    text = service.client.get(f"/v1/persons/{number}/corrections").text
    assert {"****567", "****321"} <= set(re.findall(r"\*+\d+", text))
    assert re.search("1234567|7654321", text) is None


def test_a_posting_is_superseded_by_its_id(service: Application, number: str) -> None:
    identity = service.post(str(uuid.uuid4()), number).json()["id"]
    wrong = {"of": "contributions", "id": identity}
    stranger = service.register()
    assert post(service, stranger, supersede=[wrong]).status_code == 404
    assert len(view(service, number)["contributions"]) == 1
    assert post(service, number, supersede=[wrong]).status_code == 201
    assert view(service, number)["contributions"] == []
    assert post(service, number, supersede=[wrong]).status_code == 409


@pytest.mark.parametrize(
    ("form", "status", "sentence"),
    [
        ({}, 422, "nothing is entered and nothing superseded"),
        ({"enter": [HOME | {"since": "2000-02-27"}]}, 409, "addresses of 2000-02-27: a row stands"),
        (
            {"enter": [PERIOD | {"acquired": "2003-03-01"}]},
            409,
            "periods of 2003-03-01: it overlaps with what stands",
        ),
        (
            {"enter": [RUN | {"first": "2003-03", "last": "2003-04"}]},
            409,
            "contribution_runs of 2003-03-01: it overlaps",
        ),
        (
            {"supersede": [{"of": "addresses", "begins": "1999-01-01", "revision": 1}]},
            404,
            "has no row that begins 1999-01-01 as revision 1",
        ),
        (
            {
                "enter": [
                    PERIOD
                    | {"acquired": "2010-01-01", "category": 2, "establishment": "8999-00001"}
                ]
            },
            404,
            "establishment 8999-00001 is not on record",
        ),
        (
            {"enter": [PERIOD | {"acquired": "2010-01-01", "category": 2}]},
            422,
            "category 2 has one",
        ),
        (
            {"enter": [PERIOD | {"acquired": "2010-01-02", "lost": "2010-01-01"}]},
            422,
            "lost: 2010-01-01 is not behind acquired, 2010-01-02",
        ),
        ({"enter": [RUN | {"first": "2010-02", "last": "2010-01"}]}, 422, "is before first"),
        (
            {"enter": [RUN | {"first": "2010-02", "last": "2010-03", "kind": "full"}]},
            422,
            "nothing is paid for full months",
        ),
        (
            {"enter": [HOME | {"since": "2010-01-01", "of": "secrets"}]},
            422,
            "enter.1: Input tag 'secrets'",
        ),
    ],
)
def test_what_contradicts_is_refused_whole(
    service: Application,
    records: Server,
    number: str,
    form: dict[str, Any],
    status: int,
    sentence: str,
) -> None:
    before = view(service, number)
    acts = records.ask("SELECT count(*) FROM nenkin.acts")
    good = [] if not form else [HOME | {"since": "2020-01-01"}]
    answer = post(service, number, **form | {"enter": good + form.get("enter", [])} if form else {})
    assert answer.status_code == status, answer.text
    assert sentence in answer.json()["reason"]
    assert view(service, number) == before
    assert records.ask("SELECT count(*) FROM nenkin.acts") == acts


def test_a_number_that_is_not_on_record(service: Application) -> None:
    answer = post(service, "8999-999999", enter=[HOME | {"since": "2000-02-27"}])
    assert (answer.status_code, answer.json()["reason"]) == (
        404,
        "number 8999-999999 is not on record",
    )

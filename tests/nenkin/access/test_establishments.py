"""Establishments are registered once, viewed with their bills, and logged like persons."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest

from tests.dr_acting.postgres import Server
from tests.nenkin.access.clerks import events, operator
from tests.nenkin.application import Application

FORM = {
    "code": "2101-00701",
    "joined_on": "2000-04-01",
    "labour_insurance": "13101234567000",
    "name": "控工業株式会社",
    "postcode": "1810001",
    "address": "三鷹市井の頭1",
}


def register(service: Application, key: str = "", **changes: Any) -> httpx.Response:
    headers = {"Idempotency-Key": key or str(uuid.uuid4())}
    return service.client.post("/v1/establishments", json=FORM | changes, headers=headers)


def test_it_is_registered_once_and_viewed_with_its_bills(
    service: Application, records: Server
) -> None:
    key = str(uuid.uuid4())
    first, again = register(service, key), register(service, key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert register(service, key, name="他社").status_code == 409
    taken = register(service)
    assert "2101-00701 is on record" in taken.json()["reason"]
    act = first.json()["act"]
    records.ask(
        "INSERT INTO nenkin.bills (establishment, month, insured, total, employees, due, act)"
        f" VALUES ('2101-00701', '2005-04-01', 2, 90001, 45000, '2005-05-31', {act});"
        "INSERT INTO nenkin.bill_payments (key, establishment, month, amount, paid_on, act)"
        f" VALUES (gen_random_uuid(), '2101-00701', '2005-04-01', 90000, '2005-05-31', {act})"
    )
    seen = service.client.get("/v1/establishments/2101-00701").json()
    assert [one["name"] for one in seen["addresses"]] == [FORM["name"]]
    assert seen["labour_insurance"] == FORM["labour_insurance"]
    assert seen["bills"] == [
        {"month": "2005-04", "total": 90001, "paid": 90000, "open": 1, "due": "2005-05-31"}
    ]
    # Two registrations under one key, two that were refused, a view.
    logged = [(e["kind"], e["outcome"]) for e in events(records, "subject = '2101-00701'")]
    assert logged == [
        ("register", "done"),
        ("register", "done"),
        ("register", "refused"),
        ("register", "refused"),
        ("view", "done"),
    ]


def test_an_officer_sees_who_viewed_it(service: Application, records: Server) -> None:
    register(service, code="2101-00702")
    service.client.get("/v1/establishments/2101-00702")
    records.ask(
        "INSERT INTO nenkin.operators (operator, revision, role, granted_by, reason)"
        " VALUES ('officer-2', 1, 'officer', 'chief', 'test')"
    )
    with operator(service, "officer-2", "audit") as officer:
        said = officer.get("/v1/establishments/2101-00702/accesses").json()["events"]
    assert [one["kind"] for one in said] == ["view", "register"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"code": "9101-00001"}, "code: String should match pattern"),
        ({"labour_insurance": "1"}, "labour_insurance: String should match pattern"),
        ({"name": " "}, "name: Value error, a text is not empty"),
        ({"joined_on": "2000-04-31"}, "joined_on: Value error, day is out of range"),
        ({"colour": "red"}, "colour: Extra inputs are not permitted"),
    ],
)
def test_bad_input_gets_a_sentence(
    service: Application, change: dict[str, str], sentence: str
) -> None:
    answer = register(service, **change)
    assert answer.status_code == 422
    assert sentence in answer.json()["reason"]

"""Claims handed in over HTTP: kept once, decided by the daily run, and told where they stand."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from nenkin.migrate import migrate
from nenkin.payments.awarding import award_claims, received_claims
from nenkin.payments.connection import Connection, open_connection
from tests.dr_acting.postgres import Server
from tests.nenkin.application import Application, application, dsn
from tests.nenkin.benefits.rulebook import RULES
from tests.nenkin.payments.test_awarding import CLAIM
from tests.nenkin.payments.world import branches, number


@pytest.fixture(scope="module")
def payments(records: Server) -> str:
    records.ask("CREATE DATABASE payments")
    where = dsn(records, "payments")
    asyncio.run(migrate("payments", where))
    return where


@pytest.fixture(scope="module")
def counter(records: Server, payments: str) -> Iterator[Application]:
    """A service on both databases."""
    with application(records, NENKIN_DSN_PAYMENTS=payments) as made:
        yield made


@pytest.fixture
def book(payments: str, tmp_path: Path) -> Iterator[Connection]:
    with open_connection(payments) as made:
        branches(made, tmp_path)
        yield made


def hand_in(counter: Application, claim: dict[str, Any], key: str = "") -> httpx.Response:
    headers = {"Idempotency-Key": key or str(uuid.uuid4())}
    return counter.client.post("/v1/claims", json=claim, headers=headers)


def state(counter: Application, receipt: str) -> dict[str, Any]:
    answer = counter.client.get(f"/v1/claims/{receipt}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_claim_is_kept_once_and_decided_by_the_daily_run(
    counter: Application, book: Connection
) -> None:
    good = CLAIM | {"receipt": "W1", "number": number(701)}
    short = good | {"receipt": "W2", "number": number(702)}
    short["credits"] = [{"kind": "paid", "first": "2020-04", "months": 12}]
    key = str(uuid.uuid4())
    assert [hand_in(counter, good, key).status_code for _ in range(2)] == [201, 200]
    assert hand_in(counter, good | {"receipt": "W9"}, key).status_code == 409
    again = hand_in(counter, good)
    assert (again.status_code, "W1 was given to another claim" in again.text) == (409, True)
    assert hand_in(counter, short).status_code == 201
    assert [state(counter, one)["state"] for one in ("W1", "W2")] == ["received", "received"]
    waiting = received_claims(book)
    assert [claim.receipt for claim in waiting] == ["W1", "W2"]
    award_claims(book, RULES, waiting, date(2025, 7, 1), "tanaka")
    awarded, refused = state(counter, "W1"), state(counter, "W2")
    assert (awarded["state"], awarded["first_paid"], awarded["refusal"]) == (
        "awarded",
        "2025-07-15",
        None,
    )
    assert (refused["state"], refused["decided"]) == ("refused", None)
    assert "at least 120" in refused["refusal"]
    # What was refused is not decided again by itself.
    assert received_claims(book) == []


def test_who_asks_and_what_is_wrong_is_said(counter: Application, records: Server) -> None:
    wrong = hand_in(counter, CLAIM | {"number": "12"})
    assert (wrong.status_code, "number" in wrong.json()["reason"]) == (422, True)
    bare = httpx.post(
        f"{counter.client.base_url}/v1/claims",
        json=CLAIM | {"receipt": "W3"},
        headers={"Idempotency-Key": str(uuid.uuid4())},
    )
    assert bare.status_code == 422
    assert counter.client.get("/v1/claims/W3").status_code == 404
    paid = counter.client.get(f"/v1/pensioners/{number(701)}/payments")
    assert (paid.status_code, paid.json()["payments"]) == (200, [])
    asked = (
        "SELECT count(*) FROM nenkin.access_events WHERE kind = 'view payments' AND subject = '{}'"
    )
    assert records.ask(asked.format(number(701))) == "1"

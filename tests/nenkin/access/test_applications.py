"""Electronic applications: once for each receipt number, with a time in each state and a sentence for a refusal."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import httpx
import pytest

from nenkin.access.applications import followers
from tests.dr_acting.postgres import Server
from tests.nenkin.access.clerks import events, grant, operator
from tests.nenkin.application import Application

_RECEIPTS = (f"20260601-{place:06d}" for place in count(1))


@pytest.fixture(scope="module")
def portal(service: Application, records: Server) -> Iterator[httpx.Client]:
    """The portal, which hands over and asks for states."""
    grant(records, "portal-1", "channel")
    with operator(service, "portal-1", "application") as client:
        yield client


def content(number: str, **changes: Any) -> dict[str, Any]:
    said = {"number": number, "month": "2004-03", "amount": 13300} | changes
    return {"form": "contribution", "content": said, "sent_at": "2026-06-01T09:00:00+09:00"}


def put(portal: httpx.Client, receipt: str, body: dict[str, Any]) -> httpx.Response:
    return portal.put(f"/v1/applications/{receipt}", json=body)


def move(
    service: Application, receipt: str, state: str, reason: str | None = None
) -> httpx.Response:
    body = {"state": state, "reason": reason}
    return service.client.post(f"/v1/applications/{receipt}/states", json=body)


def test_the_same_application_is_taken_once(service: Application, portal: httpx.Client) -> None:
    number, receipt = service.register(), next(_RECEIPTS)
    first, again = (put(portal, receipt, content(number)) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert [one["state"] for one in again.json()["states"]] == ["received"]
    other = put(portal, receipt, content(number, amount=1))
    assert other.status_code == 409
    assert other.json()["reason"] == f"receipt {receipt} is of another application"


def test_it_goes_through_states_and_is_posted_once(
    service: Application, portal: httpx.Client
) -> None:
    number, receipt = service.register(), next(_RECEIPTS)
    put(portal, receipt, content(number))
    assert move(service, receipt, "examining").status_code == 201
    accepted = [move(service, receipt, "accepted") for _ in range(2)]
    assert [one.status_code for one in accepted] == [201, 200]
    history = service.client.get(f"/v1/persons/{number}/history").json()
    assert [one["amount"] for one in history["contributions"]] == [13300]
    said = portal.get(f"/v1/applications/{receipt}").json()
    assert [one["state"] for one in said["states"]] == ["received", "examining", "accepted"]
    *timed, last = [one["seconds"] for one in said["states"]]
    assert all(seconds >= 0 for seconds in timed)
    assert last is None
    late = move(service, receipt, "examining")
    assert late.status_code == 409
    assert "examining does not follow accepted, nothing does" in late.json()["reason"]


def test_what_is_no_form_is_refused_with_a_sentence(
    service: Application, portal: httpx.Client
) -> None:
    for changes, sentence in (
        ({"form": "claim"}, "form: 'claim' is none of contribution, entries"),
        ({"content": {"number": "2101-1"}}, "contribution: number: Value error, a basic pension"),
    ):
        receipt = next(_RECEIPTS)
        said = put(portal, receipt, content("2101-000001") | changes).json()
        assert said["state"] == "refused"
        assert sentence in said["states"][-1]["reason"]
        assert portal.get(f"/v1/applications/{receipt}").json() == said


def test_a_refusal_has_a_reason(service: Application, portal: httpx.Client) -> None:
    receipt = next(_RECEIPTS)
    put(portal, receipt, content(service.register()))
    assert "why it is refused" in move(service, receipt, "refused").json()["reason"]
    assert move(service, receipt, "refused", "添付書類がない").status_code == 201
    said = portal.get(f"/v1/applications/{receipt}").json()
    assert said["states"][-1]["reason"] == "添付書類がない"


def test_what_cannot_be_posted_is_not_accepted(service: Application, portal: httpx.Client) -> None:
    receipt = next(_RECEIPTS)
    put(portal, receipt, content("8999-999997"))
    answer = move(service, receipt, "accepted")
    assert (answer.status_code, answer.json()["reason"]) == (
        404,
        "number 8999-999997 is not on record",
    )
    assert portal.get(f"/v1/applications/{receipt}").json()["state"] == "received"


def test_the_portal_sees_states_and_no_record(
    service: Application, portal: httpx.Client, records: Server
) -> None:
    number, receipt = service.register(), next(_RECEIPTS)
    put(portal, receipt, content(number))
    for path in (f"/v1/persons/{number}", f"/v1/applications/{receipt}/content"):
        assert portal.get(path).status_code == 403
    moved = portal.post(f"/v1/applications/{receipt}/states", json={"state": "accepted"})
    assert moved.status_code == 403
    seen = service.client.get(f"/v1/applications/{receipt}/content").json()
    assert seen["content"]["number"] == number
    kinds = [e["kind"] for e in events(records, f"detail = '{receipt}' AND subject = '{number}'")]
    assert kinds == ["apply", "application"]


@pytest.mark.parametrize("path", ["", "/content"])
def test_an_unknown_receipt(service: Application, path: str) -> None:
    answer = service.client.get(f"/v1/applications/20990101-000001{path}")
    assert (answer.status_code, answer.json()["reason"]) == (
        404,
        "receipt 20990101-000001 is not on record",
    )


def test_every_state_is_reached_and_ends() -> None:
    table = followers()
    reached = {"received"}
    while more := {n for s in reached for n in table[s]} - reached:
        reached |= more
    assert reached == set(table)
    assert {state for state, after in table.items() if not after} == {"accepted", "refused"}

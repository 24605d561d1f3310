"""Outside staff key twice without seeing anything; equal is posted once, different is decided."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.dr_acting.postgres import Server
from tests.nenkin.access.clerks import events, grant, operator
from tests.nenkin.access.test_gate import paths
from tests.nenkin.application import ASKED, Application

_BATCHES = (f"batch-{place}" for place in count())


@dataclass
class Room:
    """Two who key, a third, and who decides."""

    one: httpx.Client
    two: httpx.Client
    third: httpx.Client
    chief: httpx.Client


@pytest.fixture(scope="module")
def room(service: Application, records: Server) -> Iterator[Room]:
    """The keying room; one of its staff keys what is to be decided as well."""
    for name in ("key-1", "key-2", "key-3"):
        grant(records, name, "keying")
    grant(records, "chief-1", "supervisor")
    names = ("key-1", "key-2", "key-3", "chief-1")
    one, two, third, chief = (operator(service, name, "keying") for name in names)
    with one, two, third, chief:
        yield Room(one, two, third, chief)


def sheet(number: str, amount: int = 13300) -> dict[str, Any]:
    return {"number": number, "month": "2004-03", "amount": amount}


def key(client: httpx.Client, batch: str, *sheets: dict[str, Any]) -> httpx.Response:
    numbered = [{"sheet": place, "content": one} for place, one in enumerate(sheets, start=1)]
    body = {"batch": batch, "form": "contribution", "sheets": numbered}
    return client.post("/v1/keyings", json=body)


def posted(service: Application, number: str) -> list[int]:
    history = service.client.get(f"/v1/persons/{number}/history").json()
    return [one["amount"] for one in history["contributions"]]


def test_equal_keyings_are_posted_once(service: Application, room: Room, records: Server) -> None:
    number, batch = service.register(), next(_BATCHES)
    assert key(room.one, batch, sheet(number)).status_code == 201
    assert posted(service, number) == []
    second = key(room.two, batch, sheet(number))
    # Who keys is not told whether it agrees.
    assert (second.status_code, second.json()) == (201, {"batch": batch, "sheets": 1})
    assert posted(service, number) == [13300]
    for client in (room.one, room.two):
        assert key(client, batch, sheet(number)).status_code == 200
    third = key(room.third, batch, sheet(number))
    assert (third.status_code, third.json()["reason"]) == (
        409,
        "sheet 1: it was keyed twice already",
    )
    assert posted(service, number) == [13300]
    done = [(e["operator"], e["outcome"]) for e in events(records, f"detail = '{batch}/1'")]
    assert done[:2] == [("key-1", "done"), ("key-2", "done")]


def test_one_operator_cannot_key_both(service: Application, room: Room) -> None:
    number, batch = service.register(), next(_BATCHES)
    key(room.one, batch, sheet(number))
    assert key(room.one, batch, sheet(number)).status_code == 200
    other = key(room.one, batch, sheet(number, 1))
    assert (other.status_code, other.json()["reason"]) == (
        409,
        "sheet 1: you keyed it otherwise; that stays",
    )
    assert posted(service, number) == []


def test_a_difference_is_listed_and_decided_by_another(service: Application, room: Room) -> None:
    number, batch = service.register(), next(_BATCHES)
    key(room.one, batch, sheet(number), sheet(number, 100))
    key(room.two, batch, sheet(number, 13030), sheet(number, 100))
    assert posted(service, number) == [100]
    [found] = room.chief.get(f"/v1/keyings/{batch}/differences").json()["differences"]
    assert (found["sheet"], found["differs"]) == (1, ["amount"])
    assert (found["first"]["amount"], found["second"]["amount"]) == (13300, 13030)
    path = f"/v1/keyings/{batch}/1/end"
    ended = [room.chief.post(path, json={"take": 1}) for _ in range(2)]
    assert [one.status_code for one in ended] == [201, 200]
    assert room.chief.post(path, json={"take": 2}).status_code == 409
    assert posted(service, number) == [100, 13300]
    assert room.chief.get(f"/v1/keyings/{batch}/differences").json()["differences"] == []


def test_both_may_be_wrong(service: Application, room: Room) -> None:
    number, batch = service.register(), next(_BATCHES)
    key(room.one, batch, sheet(number, 1))
    key(room.two, batch, sheet(number, 2))
    path = f"/v1/keyings/{batch}/1/end"
    assert room.chief.post(path, json={"content": sheet(number, 3)}).status_code == 201
    assert posted(service, number) == [3]


def test_what_cannot_be_posted_stops_no_other_sheet(
    service: Application, room: Room, records: Server
) -> None:
    number, batch = service.register(), next(_BATCHES)
    sheets = [sheet("8999-999998"), sheet(number, 9_000_000), sheet(number)]
    for client in (room.one, room.two):
        assert key(client, batch, *sheets).status_code == 201
    assert posted(service, number) == [13300]
    ends = records.ask(
        f"SELECT sheet, refused FROM nenkin.keyed_ends WHERE batch = '{batch}' ORDER BY sheet"
    )
    assert ends.splitlines() == [
        "1|number 8999-999998 is not on record",
        "2|amount: the premium of 2004-03 is 13300 yen, not more",
        "3|",
    ]


def test_a_bad_sheet_is_named_and_nothing_of_the_request_taken(
    service: Application, room: Room, records: Server
) -> None:
    number, batch = service.register(), next(_BATCHES)
    answer = key(room.one, batch, sheet(number), sheet(number) | {"month": "2004-13"})
    assert answer.status_code == 422
    assert "sheet 2: contribution: month: Value error, a month is written" in answer.text
    kept = f"SELECT count(*) FROM nenkin.keyed_sheets WHERE batch = '{batch}'"
    assert records.ask(kept) == "0"


def test_who_keys_reads_nobody(service: Application, room: Room, records: Server) -> None:
    number = service.register()
    before = len(events(records, "operator = 'key-1' AND outcome = 'refused'"))
    asked = [(m, p, b) for m, p, b in paths(number) if m == "GET"]
    for method, path, body in asked:
        answer = room.one.request(method, path, json=body)
        assert answer.status_code == 403, path
        assert "has the role keying, which may not" in answer.json()["reason"]
    logged = events(records, "operator = 'key-1' AND outcome = 'refused'")[before:]
    assert len(logged) == len(asked)


@pytest.mark.parametrize("path", ["/v1/persons", "/v1/contributions"])
def test_who_keys_posts_nothing_alone(service: Application, room: Room, path: str) -> None:
    body = {"/v1/persons": {"number": "4101-000099", "name_kana": "ア", "sex": "male"}}
    sent = body.get(path, {"number": service.register(), "month": "2004-03", "amount": 1})
    sent = sent | ({"birth_date": "1950-01-01"} if path == "/v1/persons" else {})
    headers = {"Idempotency-Key": "00000000-0000-4000-8000-000000000001"}
    answer = room.one.post(path, json=sent, headers=headers)
    assert answer.status_code == 403
    assert "may not write" in answer.json()["reason"]
    assert ASKED["Nenkin-Operator"] not in answer.text


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 2)), min_size=1, max_size=6))
def test_however_it_is_keyed_a_sheet_is_posted_at_most_once(
    service: Application, room: Room, acts: list[tuple[str, int]]
) -> None:
    """Two who key the same sheet, rightly or wrongly, as often as they like."""
    number, batch = service.register(), next(_BATCHES)
    said: dict[str, int] = {}
    for who, amount in acts:
        key(room.one if who == "a" else room.two, batch, sheet(number, amount))
        said.setdefault(who, amount)
    agreed = len(said) == 2 and len(set(said.values())) == 1
    assert posted(service, number) == ([said["a"]] if agreed else [])

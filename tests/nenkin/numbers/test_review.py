"""Review: a person decides, and what is decided can be taken back."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest

from tests.dr_acting.postgres import Server
from tests.nenkin.application import Application, command
from tests.nenkin.numbers.office import (
    DECIDED,
    NAMES,
    ask,
    in_force,
    issue,
    merge,
    new,
    unmerge,
    where,
)


@pytest.fixture
def pair(service: Application) -> tuple[int, str, str]:
    """A candidate with its basic and its provisional number."""
    name = next(NAMES)
    basic = new(service, name_kana=name)
    provisional = issue(service, name_kana=name).json()["number"]
    [found] = [one for one in listed(service) if one["other"]["number"] == provisional]
    return found["id"], basic, provisional


def listed(service: Application) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after = 0
    while after is not None:
        page = service.client.get("/v1/candidates", params={"after": after}).json()
        found += page["candidates"]
        after = page["next"]
    return found


def review(
    service: Application, candidate: int, decision: str, key: str = "", **more: str
) -> httpx.Response:
    body = DECIDED | {"decision": decision} | more
    return ask(service, f"/v1/candidates/{candidate}/reviews", body, key)


def is_open(service: Application, candidate: int) -> bool:
    return candidate in {one["id"] for one in listed(service)}


def test_the_same_person_gets_one_number(service: Application, pair: tuple[int, str, str]) -> None:
    candidate, basic, provisional = pair
    key = str(uuid.uuid4())
    first, again = (review(service, candidate, "same", key) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json().items() >= (DECIDED | {"decision": "same"}).items()
    assert in_force(service, provisional) == basic
    assert not is_open(service, candidate)
    act = first.json()["act"]
    answer = review(service, candidate, "different")
    assert (answer.status_code, answer.json()["reason"]) == (
        409,
        f"candidate {candidate} is merged by act {act}; undo that first",
    )
    assert unmerge(service, act).status_code == 201
    assert in_force(service, provisional) == provisional
    assert is_open(service, candidate)


def test_different_persons_are_asked_once(service: Application, pair: tuple[int, str, str]) -> None:
    candidate, basic, provisional = pair
    assert review(service, candidate, "different").json()["act"] is None
    assert not is_open(service, candidate)
    answer = review(service, candidate, "different")
    assert (answer.status_code, answer.json()["reason"]) == (
        409,
        f"candidate {candidate} is decided: different",
    )
    # New evidence may come later.
    assert review(service, candidate, "same").status_code == 201
    assert in_force(service, provisional) == basic


def test_the_heads_of_both_are_merged(service: Application, pair: tuple[int, str, str]) -> None:
    candidate, basic, provisional = pair
    above = new(service)
    merge(service, above, basic)
    assert review(service, candidate, "same").status_code == 201
    assert in_force(service, provisional) == above


def test_what_is_one_already_is_no_candidate(
    service: Application, pair: tuple[int, str, str]
) -> None:
    candidate, basic, provisional = pair
    merged = merge(service, basic, provisional).json()["act"]
    assert not is_open(service, candidate)
    answer = review(service, candidate, "same")
    assert (answer.status_code, answer.json()["reason"]) == (
        409,
        f"both numbers stand under {basic} already",
    )
    unmerge(service, merged)
    assert is_open(service, candidate)


def test_a_basic_number_is_kept(service: Application, pair: tuple[int, str, str]) -> None:
    candidate, basic, provisional = pair
    answer = review(service, candidate, "same", head=provisional)
    assert (answer.status_code, answer.json()["reason"]) == (
        422,
        f"head: {provisional} is a provisional number; name a basic one",
    )
    other = new(service)
    answer = review(service, candidate, "same", head=other)
    assert answer.status_code == 422
    assert f"{other} is none of those in force: {basic}, {provisional}" in answer.json()["reason"]
    assert is_open(service, candidate)
    assert review(service, candidate, "same", head=basic).status_code == 201


def test_candidates_that_share_a_number_are_seen_together(
    service: Application, pair: tuple[int, str, str]
) -> None:
    candidate, basic, _ = pair
    name = service.client.get(f"/v1/numbers/{basic}").json()["name_kana"]
    third = issue(service, name_kana=name).json()["number"]
    beside = [one for one in listed(service) if one["other"]["number"] == third]
    assert len(beside) == 2
    for one in beside:
        assert candidate in one["beside"]
    assert beside[0]["one"]["name_kana"] == name


def test_wrong_reviews(service: Application, pair: tuple[int, str, str]) -> None:
    candidate, basic, _ = pair
    assert review(service, 10**9, "same").status_code == 404
    assert review(service, candidate, "perhaps").status_code == 422
    answer = review(service, candidate, "different", head=basic)
    assert "different persons have no head in common" in answer.json()["reason"]
    key = str(uuid.uuid4())
    merge(service, new(service), new(service), key=key)
    assert review(service, candidate, "same", key).status_code == 409
    key = str(uuid.uuid4())
    review(service, candidate, "different", key)
    assert review(service, candidate, "same", key).status_code == 409


def basic(service: Application, number: str, key: str = "", **more: str) -> httpx.Response:
    return ask(service, f"/v1/numbers/{number}/basic", DECIDED | more, key)


def test_who_is_nobody_else_gets_a_basic_number(
    service: Application, numbers: Server, pair: tuple[int, str, str]
) -> None:
    candidate, other, provisional = pair
    answer = basic(service, provisional, office="3101")
    assert (answer.status_code, answer.json()["reason"]) == (
        409,
        f"candidate {candidate} of {provisional} is to be decided first",
    )
    assert review(service, candidate, "different").status_code == 201
    key = str(uuid.uuid4())
    first, again = (basic(service, provisional, key, office="3101") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    number = first.json()["number"]
    assert number == "3101-000001"
    assert in_force(service, provisional) == number
    # Neither the desk nor the batch asks again whether it is the other one.
    assert command(numbers, "match", **where(numbers))[0].returncode == 0
    assert {other, number} not in [
        {one["one"]["number"], one["other"]["number"]} for one in listed(service)
    ]
    assert basic(service, provisional).status_code == 409
    assert basic(service, other).status_code == 422
    assert basic(service, "9909-000001").status_code == 404
    assert basic(service, provisional, key, office="3102").status_code == 409
    assert numbers.ask("SELECT * FROM nenkin.serial_faults") == ""

"""Consolidation by acts: what is merged, refused, undone, and what was in force when."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.dr_acting.postgres import Server
from tests.nenkin.application import Application
from tests.nenkin.numbers.office import DECIDED, ask, in_force, merge, new, unmerge


@pytest.fixture
def some(service: Application) -> list[str]:
    """Five numbers of five names."""
    return [new(service) for _ in range(5)]


def act(answer: Any) -> int:
    assert answer.status_code == 201, answer.text
    number: int = answer.json()["act"]
    return number


def refusal(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["reason"]


def test_several_stand_under_one(service: Application, some: list[str]) -> None:
    a, b, c, d, _ = some
    body = merge(service, a, b, c).json()
    assert body.items() >= (DECIDED | {"kind": "merge", "head": a, "members": [b, c]}).items()
    assert [in_force(service, number) for number in some[:4]] == [a, a, a, d]
    assert service.client.get(f"/v1/numbers/{c}").json()["numbers"] == [a, b, c]


def test_what_stands_under_a_member_comes_along(service: Application, some: list[str]) -> None:
    a, b, c, _, _ = some
    act(merge(service, b, c))
    act(merge(service, a, b))
    assert in_force(service, c) == a


def test_in_force_at_any_time(service: Application, some: list[str]) -> None:
    a, b, _, _, _ = some
    merged = merge(service, a, b).json()
    undone = unmerge(service, merged["act"]).json()
    issued = service.client.get(f"/v1/numbers/{b}").json()["issued_at"]
    assert merged["acted_at"] < undone["acted_at"]
    assert in_force(service, b, at=issued) == b
    assert in_force(service, b, at=merged["acted_at"]) == a
    assert in_force(service, b, at=undone["acted_at"]) == b
    assert in_force(service, b) == b
    answer = service.client.get(f"/v1/numbers/{b}", params={"at": "2005-04-01T00:00:00+09:00"})
    assert refusal(answer)[0] == 404
    assert f"number {b} was issued later" in refusal(answer)[1]


def test_a_circle_is_refused(service: Application, some: list[str]) -> None:
    a, b, c, _, _ = some
    act(merge(service, a, b))
    assert refusal(merge(service, b, a)) == (
        409,
        f"head: {b} stands under {a}, which cannot be put under it; undo that first",
    )
    act(merge(service, c, a))
    assert refusal(merge(service, b, c))[0] == 409
    assert [in_force(service, number) for number in (a, b, c)] == [c, c, c]


def test_a_merged_one_is_not_merged_again(service: Application, some: list[str]) -> None:
    a, b, c, d, _ = some
    act(merge(service, a, b))
    assert refusal(merge(service, c, b)) == (
        409,
        f"members: {b} stands under {a}; name {a}, or undo that first",
    )
    assert refusal(merge(service, b, d)) == (
        409,
        f"head: {b} stands under {a}; name {a}, or undo that first",
    )
    assert refusal(merge(service, a, b)) == (409, f"members: {b} stands under {a} already")
    # A member that is at fault keeps the others out as well.
    assert refusal(merge(service, c, d, b))[0] == 409
    assert in_force(service, d) == d


def test_what_others_were_merged_onto_is_undone_only_on_purpose(
    service: Application, some: list[str]
) -> None:
    a, b, c, d, e = some
    first = act(merge(service, a, b))
    apart = act(merge(service, d, e))
    onto = act(merge(service, a, c))
    above = act(merge(service, d, a))
    assert refusal(unmerge(service, first)) == (
        409,
        f"act {first}: later merges rest on it ({onto}, {above}); undo them, or set keep_later",
    )
    assert in_force(service, b) == d
    act(unmerge(service, first, keep_later=True))
    assert [in_force(service, number) for number in some] == [d, b, d, d, d]
    # Nothing rests on the last; on the one apart the last does.
    assert refusal(unmerge(service, apart))[1].count(f"({above})") == 1
    act(unmerge(service, above))
    act(unmerge(service, apart))
    assert [in_force(service, number) for number in some] == [a, b, a, d, e]


@pytest.mark.parametrize("how", ["merge", "unmerge"])
def test_an_act_is_entered_once_for_each_key(
    service: Application, some: list[str], how: str
) -> None:
    a, b, c, _, _ = some
    key = str(uuid.uuid4())
    first = merge(service, a, b, key=str(uuid.uuid4()) if how == "unmerge" else key)
    if how == "unmerge":
        act_of_merge = act(first)
        first = unmerge(service, act_of_merge, key)
        again = unmerge(service, act_of_merge, key)
    else:
        again = merge(service, a, b, key=key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert refusal(merge(service, a, c, key=key)) == (
        409,
        f"key {key} was used for another act; take a new key",
    )
    assert refusal(unmerge(service, 10**9, key))[0] == 409


def test_what_cannot_be_undone(service: Application, some: list[str]) -> None:
    merged = act(merge(service, *some[:2]))
    undone = act(unmerge(service, merged))
    assert refusal(unmerge(service, merged)) == (409, f"act {merged} was undone by act {undone}")
    assert refusal(unmerge(service, undone)) == (
        422,
        f"act: {undone} is an un-merge; to undo it, merge again",
    )
    assert refusal(unmerge(service, 10**12)) == (404, f"act {10**12} is not on record")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"approver": "佐藤"}, "'佐藤' drafted this; another approves it"),
        ({"reason": " "}, "reason: Value error, a text is not empty"),
        ({"members": []}, "at least 1 item"),
        ({"members": ["2101-000009", "2101-000009"]}, "a number stands there twice"),
        ({"members": ["2101-000001"]}, "2101-000001 is the head"),
        ({"head": "2101-1"}, "a basic pension number is"),
    ],
)
def test_bad_input_gets_a_sentence(
    service: Application, change: dict[str, Any], reason: str
) -> None:
    body = DECIDED | {"head": "2101-000001", "members": ["2101-000002"]} | change
    answer = ask(service, "/v1/merges", body)
    assert answer.status_code == 422
    assert reason in answer.json()["reason"]


def test_a_number_that_is_not_on_record(service: Application, some: list[str]) -> None:
    assert refusal(merge(service, some[0], "0001-000001")) == (
        404,
        "number 0001-000001 is not on record",
    )
    assert service.client.get("/v1/numbers/0001-000001").status_code == 404


@pytest.mark.parametrize(("head", "member"), [("d", "b"), ("c", "d")])
def test_no_program_puts_a_number_under_two_or_in_a_circle(
    service: Application, numbers: Server, some: list[str], head: str, member: str
) -> None:
    """b stands under a, c under d; the tables themselves refuse d over b, and c over d."""
    named = dict(zip("abcd", some, strict=False))
    act(merge(service, named["a"], named["b"]))
    act(merge(service, named["d"], named["c"]))
    said = numbers.ask(
        "DO $$ BEGIN INSERT INTO nenkin.acts (key, head, drafter, approver, reason, acted_at) VALUES"
        f" (gen_random_uuid(), '{named[head]}', 'a', 'b', 'c', clock_timestamp());"
        f" INSERT INTO nenkin.folds SELECT '{named[member]}', max(id) FROM nenkin.acts;"
        " RAISE 'entered'; EXCEPTION WHEN restrict_violation THEN NULL; END $$; SELECT 'refused'"
    )
    assert said == "refused"

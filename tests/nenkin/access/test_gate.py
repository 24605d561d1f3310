"""Nothing is read or written without who asks, and nothing without an event of it."""

from __future__ import annotations

import time
import uuid
from typing import Any

import pytest

from nenkin.access.caller import HEADERS, purposes
from tests.dr_acting.postgres import Server
from tests.nenkin.access.clerks import bare, events, grant
from tests.nenkin.application import ASKED, PERSON, Application, set_standby


def paths(number: str) -> list[tuple[str, str, dict[str, Any] | None]]:
    return [
        ("GET", f"/v1/persons/{number}", None),
        ("GET", f"/v1/persons/{number}/history", None),
        ("GET", "/v1/persons?birth_date=1950-02-28", None),
        ("GET", "/v1/establishments/2101-00001", None),
        ("GET", f"/v1/persons/{number}/accesses", None),
        ("GET", "/v1/operators/op-1/accesses", None),
        ("GET", f"/v1/persons/{number}/corrections", None),
        ("GET", "/v1/keyings/b/differences", None),
        ("GET", "/v1/applications/20260601-0001", None),
        ("GET", "/v1/applications/20260601-0001/content", None),
        ("POST", "/v1/persons", PERSON),
        ("POST", "/v1/contributions", {"number": number, "month": "2005-04", "amount": 100}),
    ]


@pytest.mark.parametrize("missing", HEADERS)
def test_every_route_demands_who_asks(service: Application, records: Server, missing: str) -> None:
    number = service.register()
    said = {name: value for name, value in ASKED.items() if name != missing}
    said["Idempotency-Key"] = str(uuid.uuid4())
    before = len(events(records, "outcome = 'refused'"))
    with bare(service, **said) as client:
        for method, path, body in paths(number):
            answer = client.request(method, path, json=body)
            assert answer.status_code == 422, path
            assert f"header.{missing}: is missing; a record is read or written" in answer.text
            assert PERSON["name_kana"] not in answer.text
    column = missing.removeprefix("Nenkin-").lower()
    logged = events(records, "outcome = 'refused'")[before:]
    assert [event[column] for event in logged] == [None] * len(paths(number))
    assert number in {event["subject"] for event in logged}


@pytest.mark.parametrize(
    ("header", "value", "sentence"),
    [
        ("Nenkin-Purpose", "curiosity", "'curiosity' is not a registered purpose"),
        ("Nenkin-Purpose", "", "'' is not a registered purpose"),
        ("Nenkin-Office", "21", "'21' is not the code of an office, four digits"),
        ("Nenkin-Operator", "a b", "'a b' is not a code"),
        ("Nenkin-Terminal", "-x", "'-x' is not a code"),
    ],
)
def test_who_asks_is_said_rightly(
    service: Application, header: str, value: str, sentence: str
) -> None:
    with bare(service, **ASKED | {header: value}) as client:
        answer = client.get("/v1/persons/2101-000001")
    assert answer.status_code == 422
    assert f"header.{header}: Value error, {sentence}" in answer.json()["reason"]


def test_a_view_is_logged_by_subject_and_by_operator(service: Application, records: Server) -> None:
    number = service.register()
    grant(records, "officer-1", "officer")
    with bare(service, **ASKED | {"Nenkin-Purpose": "claim"}) as client:
        seen = client.get(f"/v1/persons/{number}").json()
    assert (seen["number"], seen["name_kana"]) == (number, PERSON["name_kana"])
    asks = ASKED | {"Nenkin-Operator": "officer-1", "Nenkin-Purpose": "audit"}
    with bare(service, **asks) as officer:
        who = officer.get(f"/v1/persons/{number}/accesses").json()["events"]
        what = officer.get("/v1/operators/op-1/accesses").json()["events"]
        assert officer.get(f"/v1/persons/{number}").status_code == 403
        again = officer.get(f"/v1/persons/{number}/accesses").json()["events"]
    view, register = who
    assert (view["kind"], view["operator"], view["purpose"]) == ("view", "op-1", "claim")
    assert (view["terminal"], view["office"], view["outcome"]) == ("terminal-1", "2101", "done")
    assert view["fields"] == ["birth_date", "name_kana", "number", "registered_at", "sex"]
    assert register["kind"] == "register"
    assert what[:2] == who
    # Who looks at the log leaves a trace in it as well, and so does what was refused.
    assert [(e["kind"], e["outcome"]) for e in again[:2]] == [
        ("view", "refused"),
        ("watch", "done"),
    ]
    assert "may not read" in again[0]["detail"]


def test_a_clerk_does_not_see_who_saw_what(service: Application) -> None:
    for path in ("/v1/persons/2101-000001/accesses", "/v1/operators/op-1/accesses"):
        answer = service.client.get(path)
        assert answer.status_code == 403
        assert "has the role clerk, which may not watch: officer may" in answer.json()["reason"]


def test_a_search_is_logged_for_each_who_was_found(service: Application, records: Server) -> None:
    mine = {"birth_date": "1931-05-07"}
    numbers = sorted(service.register(**mine, name_kana=f"サガシ {x}") for x in ("ハナ", "ヒナ"))
    service.register(**mine, name_kana="ヨソ ハナ")
    found = service.client.get("/v1/persons", params=mine | {"name_kana": "サガシ"}).json()
    assert [one["number"] for one in found["persons"]] == numbers
    assert found["next"] is None
    for number in numbers:
        [event] = events(records, f"subject = '{number}' AND kind = 'found'")
        assert event["fields"] == "birth_date,name_kana,number,sex"
    [asked] = events(records, "kind = 'search' AND detail LIKE '%サガシ%'")
    assert asked["detail"] == "サガシ 1931-05-07"


@pytest.mark.parametrize("asked", [{}, {"name_kana": "サガ"}])
def test_a_search_for_half_the_country_is_refused(
    service: Application, asked: dict[str, str]
) -> None:
    answer = service.client.get("/v1/persons", params=asked)
    assert answer.status_code == 422
    assert "is too short; give 3 signs or a birth date" in answer.json()["reason"]


def test_a_search_comes_in_pages(service: Application) -> None:
    numbers = sorted(service.register(name_kana="ページ メクル") for _ in range(51))
    first = service.client.get("/v1/persons", params={"name_kana": "ページ"}).json()
    assert first["next"] == numbers[49]
    asked = {"name_kana": "ページ", "after": first["next"]}
    second = service.client.get("/v1/persons", params=asked).json()
    told = [one["number"] for one in first["persons"] + second["persons"]]
    assert (told, second["next"]) == (numbers, None)


def test_a_post_and_its_event_are_one_transaction(service: Application, records: Server) -> None:
    number, key = service.register(), str(uuid.uuid4())
    assert service.post(key, number).status_code == 201
    same = records.ask(
        "SELECT count(*) FROM nenkin.access_events e JOIN nenkin.contributions c ON e.detail = c.key::text"
        f" WHERE c.key = '{key}' AND e.xmin = c.xmin AND e.subject = c.number"
    )
    assert same == "1"


def test_what_is_not_on_record_is_logged_as_refused(service: Application, records: Server) -> None:
    assert service.client.get("/v1/persons/8999-555555").status_code == 404
    [event] = events(records, "subject = '8999-555555'")
    assert (event["outcome"], event["fields"]) == ("refused", "")
    assert event["detail"] == "number 8999-555555 is not on record"


def test_nothing_is_shown_before_its_event_is_durable(
    service: Application, records: Server
) -> None:
    number = service.register()
    set_standby(records, "nobody")
    try:
        started = time.monotonic()
        answer = service.client.get(f"/v1/persons/{number}")
        assert time.monotonic() - started < 2
        assert answer.status_code == 503
        assert PERSON["name_kana"] not in answer.text
    finally:
        set_standby(records, "")
    assert service.client.get(f"/v1/persons/{number}").status_code == 200


def test_reads_at_once_share_commits(service: Application, records: Server) -> None:
    number = service.register()
    views = list(service.threads.map(service.client.get, [f"/v1/persons/{number}"] * 100))
    assert {view.status_code for view in views} == {200}
    mine = f"FROM nenkin.access_events WHERE subject = '{number}' AND kind = 'view'"
    count, commits = records.ask(f"SELECT count(*), count(DISTINCT xmin::text) {mine}").split("|")
    assert (int(count), int(commits) < 100) == (100, True)


def test_events_are_never_changed(records: Server) -> None:
    for act in ("UPDATE nenkin.access_events SET kind = ''", "DELETE FROM nenkin.access_events"):
        with pytest.raises(AssertionError, match="access_events is append-only"):
            records.ask(act)


def test_purposes_are_data() -> None:
    assert {"consultation", "claim", "notice", "correction", "audit"} <= set(purposes())

"""The short way to a record is the ordinary way to it: answer, event and refusals are the same."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

import pytest

from nenkin.people.load import Population, load
from nenkin.people.numbering import parts
from tests.dr_acting.postgres import Server
from tests.nenkin.access.clerks import bare, events, grant, operator
from tests.nenkin.application import ASKED, PERSON, Application, dsn, hanging, set_standby

# With a question behind its path a request goes the ordinary way.
WAYS = ("", "?way=ordinary")
KEPT = (
    "operator",
    "terminal",
    "office",
    "purpose",
    "kind",
    "subject",
    "outcome",
    "fields",
    "detail",
)


def kept(event: dict[str, Any]) -> dict[str, Any]:
    return {name: event[name] for name in KEPT}


def test_both_ways_show_and_log_the_same(service: Application, records: Server) -> None:
    load(dsn(records), Population(7, date(2026, 3, 1)), parts(0, 40), 1)
    numbers = records.ask("SELECT number FROM nenkin.persons WHERE act IS NOT NULL").split()
    shown = set()
    for number in numbers:
        answers = [service.client.get(f"/v1/persons/{number}{way}") for way in WAYS]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert answers[0].json() == answers[1].json()
        assert answers[0].headers["content-type"] == "application/json"
        body = answers[0].json()
        assert (body["number"], body["numbers"]) == (number, None)
        # Other files of this folder may have looked at it before, by another service.
        seen = events(records, f"subject = '{number}' AND kind = 'view'")[-2:]
        logged = [kept(one) for one in seen]
        assert logged[0] == logged[1]
        holds = sorted(name for name, value in body.items() if value not in (None, []))
        assert logged[0]["fields"] == ",".join(holds)
        shown |= set(holds)
    assert {"accounts", "addresses", "contribution_runs", "decisions", "periods"} <= shown


@pytest.mark.parametrize("way", WAYS)
def test_both_ways_refuse_the_same(service: Application, records: Server, way: str) -> None:
    number = service.register()
    name = f"quick-{len(way)}"
    grant(records, name, "keying")
    with operator(service, name) as outside:
        answer = outside.get(f"/v1/persons/{number}{way}")
    assert answer.status_code == 403
    assert answer.json()["reason"].startswith(f"operator {name} has the role keying")
    [event] = events(records, f"operator = '{name}'")
    assert (event["subject"], event["outcome"], event["kind"]) == (number, "refused", "view")
    assert service.client.get(f"/v1/persons/8999-000000{way}").status_code == 422
    missing = service.client.get(f"/v1/persons/8999-777777{way}")
    assert (missing.status_code, missing.json()["outcome"]) == (404, "refused")
    with bare(service, **ASKED | {"Nenkin-Purpose": "curiosity"}) as client:
        answer = client.get(f"/v1/persons/{number}{way}")
    assert answer.status_code == 422
    assert PERSON["name_kana"] not in answer.text


def test_who_asks_twice_over_is_refused(service: Application) -> None:
    number = service.register()
    twice = [*ASKED.items(), ("Nenkin-Purpose", "curiosity")]
    first = [("Nenkin-Purpose", "curiosity"), *ASKED.items()]
    with bare(service) as client:
        assert client.get(f"/v1/persons/{number}", headers=first).status_code == 422
        # As the framework reads it: the first one counts.
        assert client.get(f"/v1/persons/{number}", headers=twice).status_code == 200


def test_what_was_said_is_kept_sign_by_sign(service: Application, records: Server) -> None:
    said = "q\"u\\o{t,e}'NULL"
    with bare(service, **ASKED | {"Nenkin-Terminal": said, "Nenkin-Operator": ""}) as client:
        assert client.get("/v1/persons/8999-666666").status_code == 422
    [event] = events(records, "subject = '8999-666666'")
    assert (event["terminal"], event["operator"]) == (said, None)


def test_a_commit_that_was_cut_short_shows_nothing(service: Application, records: Server) -> None:
    number = service.register()
    set_standby(records, "nobody")
    try:
        asked = service.threads.submit(service.client.get, f"/v1/persons/{number}")
        ends = time.monotonic() + 1.2
        while not hanging(records) and time.monotonic() < ends:
            time.sleep(0.02)
        records.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
        )
        answer = asked.result()
        assert answer.status_code == 503
        assert PERSON["name_kana"] not in answer.text
    finally:
        set_standby(records, "")
    assert service.client.get(f"/v1/persons/{number}").status_code == 200

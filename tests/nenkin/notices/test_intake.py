"""What comes in electronically is checked by the same definition that the screen shows and the paper prints."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import httpx
import psycopg
import pytest

from nenkin.access.caller import Caller
from nenkin.access.desk import Desk
from nenkin.access.gate import Gate
from nenkin.benefits.ages import month_number
from nenkin.database import Database
from nenkin.notices.relief import relieved
from nenkin.outcome import Rejected
from tests.dr_acting.postgres import Server
from tests.nenkin.access.clerks import grant, operator
from tests.nenkin.application import Application, command, dsn

_RECEIPTS = (f"20260701-{place:06d}" for place in count(1))
CALLER = Caller("op-1", "terminal-1", "2101", "notice")
START = month_number(2020, 4)
MOVED = {
    "name_kana": "ネンキン ハナコ",
    "birth_date": "1950-02-28",
    "postcode": "100-0001",
    "address": "東京都千代田区1-1",
    "since": "2026-04-01",
}


@pytest.fixture(scope="module")
def portal(service: Application, records: Server) -> Iterator[httpx.Client]:
    """The portal, which hands over and asks for states."""
    grant(records, "portal-1", "channel")
    with operator(service, "portal-1", "application") as client:
        yield client


def put(portal: httpx.Client, receipt: str, content: object) -> dict[str, Any]:
    body = {"form": "address_change", "content": content, "sent_at": "2026-06-01T09:00:00+09:00"}
    answer = portal.put(f"/v1/applications/{receipt}", json=body)
    assert answer.status_code == 201, answer.text
    last: dict[str, Any] = answer.json()["states"][-1]
    return last


def accept(service: Application, receipt: str) -> httpx.Response:
    for state in ("examining", "accepted"):
        body = {"state": state, "reason": None}
        answer = service.client.post(f"/v1/applications/{receipt}/states", json=body)
    return answer


def test_a_notice_is_entered_when_it_is_accepted(
    service: Application, records: Server, portal: httpx.Client
) -> None:
    number, receipt = service.register(), next(_RECEIPTS)
    assert put(portal, receipt, {"number": number, **MOVED})["state"] == "received"
    assert accept(service, receipt).status_code == 201
    with psycopg.connect(dsn(records)) as connection:
        rows = connection.execute(
            "SELECT since::text, postcode, address FROM nenkin.current_addresses WHERE number = %s",
            (number,),
        ).fetchall()
    assert rows == [("2026-04-01", "1000001", "東京都千代田区1-1")]
    _, said = command(records, "usage", "--today", "2026-06-30")
    uses = {(one["output"], one["face"]): one["uses"] for one in said["outputs"]}
    assert uses["address_change", "intake"] >= 1


def test_a_notice_that_is_wrong_is_refused_with_its_sentences(
    service: Application, portal: httpx.Client
) -> None:
    content = {"number": service.register(), **MOVED, "postcode": "1", "since": "2999-01-01"}
    last = put(portal, next(_RECEIPTS), content)
    assert last["state"] == "refused"
    for words in ("変更後の郵便番号「1」: 数字7桁", "変更年月日「2999-01-01」"):
        assert words in last["reason"]
    last = put(portal, next(_RECEIPTS), {"number": 1})
    assert "texts by field" in last["reason"]


def test_a_notice_of_somebody_else_is_not_entered(
    service: Application, portal: httpx.Client
) -> None:
    receipt = next(_RECEIPTS)
    content = {"number": service.register(), **MOVED, "birth_date": "1950-03-01"}
    assert put(portal, receipt, content)["state"] == "received"
    answer = accept(service, receipt)
    assert answer.status_code == 422
    assert "昭和25年2月28日」と一致しません" in answer.json()["reason"]


@contextmanager
def desk(records: Server) -> Iterator[tuple[Desk, asyncio.Runner]]:
    with asyncio.Runner() as runner:
        database = Database(dsn(records), 2)
        yield Desk(Gate(database), "2101"), runner
        runner.run(_closed(database))


async def _closed(database: Database) -> None:
    database.close()


def test_rows_are_entered_once_and_what_was_is_kept(service: Application, records: Server) -> None:
    number = service.register()
    with psycopg.connect(dsn(records), autocommit=True) as connection:
        connection.execute(
            "INSERT INTO nenkin.acts (key, operator, terminal, office, purpose)"
            " VALUES (gen_random_uuid(), 'test', 'test', '2101', 'drill')"
        )
        connection.execute(
            "INSERT INTO nenkin.contribution_runs (number, first, last, kind, amount, act) VALUES"
            " (%(n)s, '2020-04-01', '2020-06-01', 'unpaid', 0, (SELECT min(id) FROM nenkin.acts)),"
            " (%(n)s, '2020-07-01', '2020-09-01', 'unpaid', 0, (SELECT min(id) FROM nenkin.acts))",
            {"n": number},
        )
    with desk(records) as (made, runner):
        seen = runner.run(made.view_person(CALLER, number)).body
        form, key = relieved(seen, "full", START + 1, START + 4), uuid.uuid4()
        assert runner.run(made.post_entries(CALLER, key, form)).status == 201
        assert runner.run(made.post_entries(CALLER, key, form)).status == 200
        with pytest.raises(Rejected) as stale:
            runner.run(made.post_entries(CALLER, uuid.uuid4(), form))
        assert stale.value.status == 409
        again = runner.run(made.view_person(CALLER, number)).body
        assert [(one["first"], one["last"], one["kind"]) for one in again["contribution_runs"]] == [
            ("2020-04", "2020-04", "unpaid"),
            ("2020-05", "2020-08", "full"),
            ("2020-09", "2020-09", "unpaid"),
        ]
        [correction] = runner.run(made.read_corrections(CALLER, number)).body["corrections"]
        assert correction["operator"] == "op-1"

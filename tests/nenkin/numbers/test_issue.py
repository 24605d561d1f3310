"""Issue: each office from 1 on, once for each key, and provisional for who may have a number already."""

from __future__ import annotations

import uuid

import httpx
import pytest

from tests.dr_acting.postgres import Server
from tests.nenkin.application import PERSON, Application, ledger
from tests.nenkin.numbers.office import NAMES, issue, new


def test_an_office_issues_from_one_on(service: Application) -> None:
    assert [new(service, office="5161") for _ in range(3)] == [
        f"5161-{serial:06d}" for serial in (1, 2, 3)
    ]
    assert new(service).startswith("2101-")


def test_the_same_key_gives_the_same_number(service: Application, numbers: Server) -> None:
    key = str(uuid.uuid4())
    body = {"name_kana": next(NAMES), "office": "4101", "address": "三鷹市　１－２"}
    first, second = (issue(service, key, **body) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert first.json().items() >= (
        PERSON | {"number": "4101-000001", "kind": "basic"} | body | {"address": "三鷹市 1-2"}
    ).items() - {("office", "4101")}
    assert ledger(numbers)[key] == ("4101|1950-02-28|female", 1)
    assert new(service, office="4101") == "4101-000002"


@pytest.mark.parametrize(
    "change",
    [{"sex": "male"}, {"birth_date": "1950-03-01"}, {"office": "4103"}, {"address": "三田"}],
)
def test_a_key_is_never_used_twice(service: Application, change: dict[str, str]) -> None:
    key, name = str(uuid.uuid4()), next(NAMES)
    assert issue(service, key, name_kana=name, office="4102").status_code == 201
    answer = issue(service, key, **({"name_kana": name, "office": "4102"} | change))
    assert answer.status_code == 409
    assert "was used for another person or office" in answer.json()["reason"]


def test_who_may_have_a_number_gets_a_provisional_one(service: Application) -> None:
    first = new(service, name_kana="シンドウ シヅオ", office="1101")
    key = str(uuid.uuid4())
    second = issue(service, key, name_kana="シンドウシズオ", office="1102")
    assert second.status_code == 201
    number = second.json()["number"]
    assert number.startswith("9900-")
    assert second.json()["kind"] == "provisional"
    assert second.json()["candidates"] == [first]
    third = issue(service, name_kana="シンドウ　シズオー", office="1101").json()
    assert third["candidates"] == [first, number]
    # What came later does not change the first answer.
    assert issue(service, key, name_kana="シンドウシズオ", office="1102").json() == second.json()
    assert new(service, name_kana="シンドウ シツオ", office="1101") == "1101-000002"
    assert new(service, name_kana="シンドウ シヅオ", sex="male", office="1101") == "1101-000003"
    assert (
        new(service, name_kana="シンドウ シヅオ", birth_date="1950-03-01", office="1101")
        == "1101-000004"
    )
    listed = service.client.get("/v1/candidates", params={"level": "duplicate"}).json()
    pairs = [(one["one"]["number"], one["other"]["number"]) for one in listed["candidates"]]
    assert {(first, number), (first, third["number"]), (number, third["number"])} <= set(pairs)


def test_a_name_that_says_nothing_is_like_no_other(service: Application) -> None:
    answers = [issue(service, name_kana="ー", office="1201") for _ in range(2)]
    assert [answer.json()["number"] for answer in answers] == ["1201-000001", "1201-000002"]


def test_a_number_that_is_held_is_confirmed(service: Application) -> None:
    name = next(NAMES)
    number = new(service, name_kana=name, office="1301")
    answer = issue(service, name_kana=name.replace(" ", ""), number=number)
    assert (answer.status_code, answer.json()["number"]) == (200, number)
    assert issue(service, name_kana=next(NAMES), number=number).status_code == 409
    answer = issue(service, name_kana=name, number="1301-000002")
    assert answer.status_code == 404
    assert answer.json()["reason"] == "number 1301-000002 is not on record"


def test_many_at_once_leave_no_hole(service: Application, numbers: Server) -> None:
    names = [next(NAMES) for _ in range(40)]

    def ask(name: str) -> httpx.Response:
        return issue(service, name_kana=name, office="7801")

    answers = list(service.threads.map(ask, names))
    issued = sorted(answer.json()["number"] for answer in answers if answer.status_code == 201)
    assert issued == [f"7801-{serial:06d}" for serial in range(1, len(issued) + 1)]
    assert len(issued) >= 10
    assert {answer.status_code for answer in answers} <= {201, 503}
    assert numbers.ask("SELECT * FROM nenkin.serial_faults") == ""


def test_one_person_at_two_counters_gets_one_basic_number(service: Application) -> None:
    def ask(office: int) -> httpx.Response:
        return issue(service, name_kana="ドウジ ニマドグチ", office=f"60{office:02d}")

    answers = list(service.threads.map(ask, range(8)))
    issued = [answer.json()["kind"] for answer in answers if answer.status_code == 201]
    assert issued.count("basic") == 1
    assert {answer.status_code for answer in answers} <= {201, 503, 504}


def test_the_last_serial_and_its_alarm(service: Application, numbers: Server) -> None:
    """The tables are filled by hand: the office issued all but two of what the limit allows."""
    numbers.ask("UPDATE nenkin.limits SET value = 3, alarm_at = 2 WHERE name = 'office_serials'")
    try:
        assert [new(service, office="0101") for _ in range(3)][-1] == "0101-000003"
        answer = issue(service, name_kana=next(NAMES), office="0101")
        assert answer.status_code == 409
        assert "0101 has issued its last serial (limit office_serials)" in answer.json()["reason"]
        limits = {one["name"]: one for one in service.client.get("/v1/limits").json()["limits"]}
        found = limits["office_serials"]
        assert (found["value"], found["has_alarm"], found["owner"] != "") == (3, True, True)
        assert {"office": "0101", "used": 3, "has_alarm": True} in found["nearest"]
        assert limits["provisional_serials"]["has_alarm"] is False
    finally:
        numbers.ask(
            "UPDATE nenkin.limits SET value = 999999, alarm_at = 900000 WHERE name = 'office_serials'"
        )
    assert new(service, office="0101") == "0101-000004"


def test_a_full_provisional_series_is_followed_by_the_next(
    service: Application, numbers: Server
) -> None:
    name = next(NAMES)
    new(service, name_kana=name)
    issued = [issue(service, name_kana=name).json()["number"] for _ in range(2)]
    last = int(issued[-1][-6:])
    bound = "UPDATE nenkin.limits SET value = {}, alarm_at = 1 WHERE name = 'provisional_serials'"
    numbers.ask(bound.format(last))
    try:
        assert issue(service, name_kana=name).json()["number"] == "9901-000001"
    finally:
        numbers.ask(bound.format(999999))


def test_nothing_is_overwritten(numbers: Server) -> None:
    for table in ("numbers", "candidates", "acts", "folds", "reviews", "crowds"):
        said = numbers.ask(
            f"DO $$ BEGIN TRUNCATE nenkin.{table} CASCADE; RAISE 'truncated'; "
            "EXCEPTION WHEN restrict_violation THEN NULL; END $$; SELECT 'refused'"
        )
        assert said == "refused"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"office": "9900"}, "'9900' is not an office code"),
        ({"address": "a" * 501}, "address: String should have at most 500 characters"),
        ({"address": "a\x00b"}, "a text holds no control signs"),
        ({"name_kana": "年金"}, "a name is written in katakana"),
        ({"birth_date": "1849-12-31"}, "a birth date lies between"),
        ({"number": "2101-000001", "office": "2101"}, "not both"),
    ],
)
def test_bad_input_gets_a_sentence(
    service: Application, change: dict[str, str], reason: str
) -> None:
    answer = issue(service, **change)
    assert answer.status_code == 422
    assert reason in answer.json()["reason"]

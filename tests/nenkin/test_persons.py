"""Registering: one person for each number, and no number twice."""

from __future__ import annotations

import httpx
import pytest

from tests.dr_acting.postgres import Server
from tests.nenkin.application import PERSON, Application


def test_a_person_comes_with_a_number(service: Application) -> None:
    answer = service.client.post("/v1/persons", json=PERSON | {"number": "4101-000007"})
    assert answer.status_code == 201
    person = answer.json()
    assert person.items() >= (PERSON | {"number": "4101-000007"}).items()
    history = service.client.get("/v1/persons/4101-000007/history").json()
    assert history == PERSON | {"number": "4101-000007", "contributions": [], "next": None}


def test_the_same_person_again_gets_the_first_answer(service: Application) -> None:
    body = PERSON | {"number": "4101-000008"}
    first, second = (service.client.post("/v1/persons", json=body) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()


@pytest.mark.parametrize("other", [{"sex": "male"}, {"birth_date": "1950-03-01"}])
def test_a_number_is_never_given_to_another(service: Application, other: dict[str, str]) -> None:
    body = PERSON | {"number": "4101-000009"}
    service.client.post("/v1/persons", json=body)
    answer = service.client.post("/v1/persons", json=body | other)
    assert answer.status_code == 409
    assert answer.json()["reason"] == "number 4101-000009 belongs to another person"


def test_an_office_issues_in_order_and_skips_what_is_taken(service: Application) -> None:
    assert service.register(office="5161") == "5161-000001"
    service.register(number="5161-000002")
    service.register(number="5161-000003")
    assert [service.register(office="5161") for _ in range(2)] == ["5161-000004", "5161-000005"]
    assert service.register().startswith("2101-")


def test_many_at_once_get_different_numbers(service: Application) -> None:
    def register(_: int) -> httpx.Response:
        return service.client.post("/v1/persons", json=PERSON | {"office": "7801"})

    answers = list(service.threads.map(register, range(40)))
    numbers = sorted(a.json()["number"] for a in answers if a.status_code == 201)
    # On a busy machine some are refused, and what is refused leaves no gap.
    assert numbers == [f"7801-{serial:06d}" for serial in range(1, len(numbers) + 1)]
    assert len(numbers) >= 10
    assert {answer.status_code for answer in answers} <= {201, 503}


def test_an_office_runs_out_of_serials(service: Application, records: Server) -> None:
    records.ask("INSERT INTO nenkin.issued_serials VALUES ('0101', 999998)")
    assert service.register(office="0101") == "0101-999999"
    answer = service.client.post("/v1/persons", json=PERSON | {"office": "0101"})
    assert answer.status_code == 409
    assert "has issued its last serial" in answer.json()["reason"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"number": "2101-000000"}, "number: Value error, a basic pension number is"),
        ({"office": "9900"}, "office: Value error, '9900' is not an office code"),
        ({"number": "2101-000001", "office": "2101"}, "not both"),
        ({"name_kana": "年金花子"}, "name_kana: Value error, a name is written in katakana"),
        ({"name_kana": ""}, "name_kana: Value error"),
        ({"birth_date": "2005-02-29"}, "birth_date: Value error, day is out of range"),
        ({"birth_date": "2999-01-01"}, "a birth date lies between 1850-01-01 and today"),
        ({"birth_date": 0}, "a day is written YYYY-MM-DD"),
        ({"sex": "F"}, "sex: Input should be 'male' or 'female'"),
        ({"colour": "red"}, "colour: Extra inputs are not permitted"),
    ],
)
def test_what_a_person_must_be(
    service: Application, change: dict[str, object], reason: str
) -> None:
    answer = service.client.post("/v1/persons", json=PERSON | change)
    assert answer.status_code == 422
    assert reason in answer.json()["reason"]


def test_half_width_kana_is_kept_as_full_width(service: Application) -> None:
    body = PERSON | {"name_kana": "ﾈﾝｷﾝ ﾊﾅｺ"}
    assert service.client.post("/v1/persons", json=body).json()["name_kana"] == "ネンキン ハナコ"

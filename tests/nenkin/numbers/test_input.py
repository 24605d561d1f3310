"""Whatever is sent gets an answer that is no defect: each form with values that no form should have."""

from __future__ import annotations

import json
import uuid
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.nenkin.application import PERSON, Application
from tests.nenkin.numbers.office import DECIDED

NASTY: list[Any] = [
    None, True, 0, -1, 1, 2**63 - 1, 2**63, 10**30, 1.5, "", " ", "\x00", "a\x00", "\ud800", "ﷺ" * 400,
    "ア", "ー", "９９００－０００００１", "0001-000001", "9900-000001", "2101", "9900", "same", "different",
    "0001-01-01", "9999-12-31", [], [[]], {}, ["0001-000001"], ["0001-000001"] * 2, "'; --", "%s", "\\N",
]  # fmt: skip
FORMS: dict[str, dict[str, Any]] = {
    "/v1/numbers": PERSON | {"number": "0001-000001", "office": "2101", "address": "三鷹市"},
    "/v1/merges": DECIDED | {"head": "0001-000001", "members": ["0001-000002"]},
    "/v1/unmerges": DECIDED | {"act": 1, "keep_later": False},
    "/v1/candidates/1/reviews": DECIDED | {"decision": "same", "head": "0001-000001"},
    "/v1/numbers/9900-000001/basic": DECIDED | {"office": "2101"},
}
MOMENTS = [
    "", "now", "infinity", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2005-04-01",
    "2005-04-01T00:00:00", "1e400", "-1e300", "99999999999999999999",
]  # fmt: skip
SETTINGS = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.parametrize("path", FORMS)
@SETTINGS
@given(data=st.data())
def test_forms(service: Application, path: str, data: st.DataObject) -> None:
    form = dict(FORMS[path])
    for name in data.draw(st.sets(st.sampled_from([*form, "more"]), min_size=1, max_size=3)):
        if data.draw(st.booleans()):
            form[name] = data.draw(st.sampled_from(NASTY) | st.text(max_size=20))
        else:
            form.pop(name, None)
    key = data.draw(st.sampled_from([str(uuid.uuid4()), "", "x", "0" * 32]))
    headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
    answer = service.client.post(path, content=json.dumps(form), headers=headers)
    assert answer.status_code < 500, (form, answer.text)
    if answer.status_code >= 400:
        assert answer.json()["outcome"] == "refused"
        assert answer.json()["reason"]


@pytest.mark.parametrize("moment", MOMENTS)
def test_moments(service: Application, moment: str) -> None:
    path = "/v1/numbers/0001-000001"
    assert service.client.get(path, params={"at": moment}).status_code in (404, 422)


@pytest.mark.parametrize("name", ["after", "level"])
@pytest.mark.parametrize("value", [str(one) for one in NASTY if one != "\ud800"])
def test_pages(service: Application, name: str, value: str) -> None:
    for path in ("/v1/candidates", "/v1/crowds"):
        answer = service.client.get(path, params={name: value})
        assert answer.status_code in (200, 422)


@pytest.mark.parametrize("value", [str(one) for one in NASTY if one != "\ud800"])
def test_paths(service: Application, value: str) -> None:
    answer = service.client.get(f"/v1/numbers/{quote(value, safe='')}")
    assert answer.status_code < 500
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    path = f"/v1/candidates/{quote(value, safe='')}/reviews"
    answer = service.client.post(path, json=DECIDED | {"decision": "same"}, headers=headers)
    assert answer.status_code < 500

"""No request that the OpenAPI allows, and none that it forbids, ends in a defect."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from schemathesis import Case, GenerationMode, openapi
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok

from nenkin.settings import Settings
from nenkin.web import build_app
from tests.dr_acting.postgres import Server
from tests.nenkin.access.clerks import grant
from tests.nenkin.application import ASKED, Application, application, command, dsn

NOWHERE = Settings({"records": "host=nowhere", "numbers": "host=nowhere"})
SCHEMA = openapi.from_dict(build_app(NOWHERE).openapi())
OPERATIONS = {
    found.ok().label: found.ok() for found in SCHEMA.get_all_operations() if isinstance(found, Ok)
}
# Health and limits take nothing that could be wrong.
FUZZED = [label for label in OPERATIONS if "/health/" not in label and "/limits" not in label]
# Who has the right of a route that is not a clerk's.
ROLES = {
    "accesses": "officer",
    "keyings": "keying",
    "differences": "supervisor",
    "end": "supervisor",
}
RECEIPT = "20260601-999999"


@pytest.fixture(scope="module")
def service(records: Server) -> Iterator[Application]:
    """The service on the records and on numbers beside them, with all its routes."""
    records.ask("CREATE DATABASE numbers")
    beside = {"NENKIN_DSN_NUMBERS": dsn(records, "numbers")}
    for verb in ("migrate", "adopt"):
        done, _ = command(records, verb, **beside)
        assert done.returncode == 0, done.stderr + done.stdout
    with application(records, **beside) as made:
        yield made


@pytest.fixture(scope="module")
def known(service: Application, records: Server) -> dict[str, Any]:
    """What is there under the names that paths use."""
    number = service.register()
    for role in set(ROLES.values()):
        grant(records, f"fuzz-{role}", role)
    body = {
        "form": "contribution",
        "content": {"number": number, "month": "2004-03", "amount": 100},
        "sent_at": "2026-06-01T09:00:00Z",
    }
    assert service.client.put(f"/v1/applications/{RECEIPT}", json=body).status_code == 201
    said = {"number": number, "code": "2101-00001", "operator": "op-1", "batch": "fuzz"}
    return said | {"candidate": 1, "sheet": 1, "receipt": RECEIPT}


def asks(label: str) -> dict[str, str]:
    """The headers of somebody who may."""
    role = next((ROLES[part] for part in reversed(label.split("/")) if part in ROLES), None)
    who = {"Nenkin-Operator": f"fuzz-{role}"} if role else {}
    return ASKED | who | {"Idempotency-Key": str(uuid.UUID(int=7))}


def fuzz(service: Application, known: dict[str, Any], label: str, examples: int) -> set[int]:
    """Send so many requests of each mode to an operation; the statuses that were answered."""
    operation, statuses = OPERATIONS[label], set[int]()
    named = {name: value for name, value in known.items() if f"{{{name}}}" in label}
    base = str(service.client.base_url).rstrip("/")
    ways: list[tuple[GenerationMode, dict[str, Any]]] = [
        # Somebody who may, about somebody who is there; then whatever comes.
        (GenerationMode.POSITIVE, {"headers": asks(label), "path_parameters": named or None}),
        (GenerationMode.POSITIVE, {"headers": asks(label)}),
        (GenerationMode.NEGATIVE, {}),
    ]
    for mode, fixed in ways:

        @seed(7)
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(operation.as_strategy(mode, **fixed))
        def send(case: Case[Any]) -> None:
            answer = case.call(base_url=base, timeout=5)
            statuses.add(answer.status_code)
            case.validate_response(answer, checks=[not_a_server_error])

        send()
    return statuses


def test_every_operation_is_fuzzed() -> None:
    assert len(OPERATIONS) >= 28
    assert "GET /v1/persons/{number}" in OPERATIONS


@pytest.mark.parametrize("label", FUZZED)
def test_no_request_is_a_defect(service: Application, known: dict[str, Any], label: str) -> None:
    statuses = fuzz(service, known, label, 4)
    assert {422} <= statuses or label.startswith("GET")


@pytest.mark.long
@pytest.mark.parametrize("label", FUZZED)
def test_no_request_of_many_is_a_defect(
    service: Application, known: dict[str, Any], label: str
) -> None:
    fuzz(service, known, label, 40)

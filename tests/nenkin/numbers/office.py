"""What a clerk of an office asks of the numbers."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from itertools import count
from typing import Any

import httpx

from tests.dr_acting.postgres import Server
from tests.nenkin.application import PERSON, Application, dsn

DECIDED = {"drafter": "佐藤", "approver": "鈴木", "reason": "same person by family register"}
_SIGNS = "アイウエオカキクケコサシスセソタチツテト"


def where(server: Server) -> dict[str, str]:
    """The settings of a service on the numbers in a server's own database."""
    return {"NENKIN_DSN_RECORDS": dsn(server, "records"), "NENKIN_DSN_NUMBERS": dsn(server)}


def _names() -> Iterator[str]:
    for index in count():
        signs = ""
        while index or not signs:
            index, sign = divmod(index, len(_SIGNS))
            signs += _SIGNS[sign]
        yield f"ネンキン {signs}"


NAMES = _names()


def ask(service: Application, path: str, body: dict[str, Any], key: str = "") -> httpx.Response:
    """Post under a key, a new one by default."""
    headers = {"Idempotency-Key": key or str(uuid.uuid4())}
    return service.client.post(path, json=body, headers=headers)


def issue(service: Application, key: str = "", **changes: object) -> httpx.Response:
    """Ask for a number."""
    return ask(service, "/v1/numbers", PERSON | changes, key)


def new(service: Application, **changes: object) -> str:
    """A number of a person whose name nobody has."""
    answer = ask(service, "/v1/numbers", PERSON | {"name_kana": next(NAMES)} | changes)
    assert answer.status_code == 201, answer.text
    number: str = answer.json()["number"]
    return number


def merge(service: Application, head: str, *members: str, key: str = "") -> httpx.Response:
    """Put numbers under another."""
    return ask(service, "/v1/merges", DECIDED | {"head": head, "members": members}, key)


def unmerge(service: Application, act: int, key: str = "", **more: object) -> httpx.Response:
    """Take a merge back."""
    return ask(service, "/v1/unmerges", DECIDED | {"act": act} | more, key)


def in_force(service: Application, number: str, **moment: str) -> str:
    """The number in force of a number."""
    answer = service.client.get(f"/v1/numbers/{number}", params=moment)
    assert answer.status_code == 200, answer.text
    found: str = answer.json()["in_force"]
    return found

"""What an office asks of each system: whom it prepares, what it writes and reads, and what the ledger must then hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dr.client.schedule import contribution

__all__ = ["ERRANDS", "Ask", "Errand", "kana"]

_SIGNS = "アイウエオカキクケコサシスセソタ"
"""A sign for each hexadecimal digit; none is another with a mark or written small."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request; `content` is what the ledger must hold under its key if it holds it at all, None for reads."""

    path: str
    body: Mapping[str, object] | None = None
    content: str | None = None


Prepare = Callable[[str, int, str], Ask]
Write = Callable[[str, int, str, Sequence[str]], Ask]
Read = Callable[[int, Sequence[str]], Ask]


@dataclass(frozen=True, slots=True)
class Errand:
    """The requests to one system, by the office's code, the place in the schedule and the key of a request."""

    prepare: Prepare
    """Gives somebody a number, by the answer's `number`."""
    write: Write
    read: Read


def kana(key: str) -> str:
    """A name for a person, of a key: so that no two are taken for the same and get doubtful numbers."""
    return "ヒカエ " + "".join(_SIGNS[int(digit, 16)] for digit in key if digit != "-")[:20]


def _born(index: int) -> str:
    return f"{1940 + index % 40}-{index % 12 + 1:02d}-{index % 28 + 1:02d}"


def _register(office: str, index: int, key: str) -> Ask:
    person = {"name_kana": kana(key), "birth_date": _born(index), "sex": "male"}
    return Ask("/v1/persons", person)


def _post(office: str, index: int, key: str, numbers: Sequence[str]) -> Ask:
    body = contribution(index, numbers)
    return Ask("/v1/contributions", body, f"{body['number']}|{body['month']}|{body['amount']}")


def _issue(office: str, index: int, key: str, numbers: Sequence[str] = ()) -> Ask:
    person = {
        "office": office,
        "name_kana": kana(key),
        "birth_date": _born(index),
        "sex": "female",
        "address": "",
    }
    return Ask("/v1/numbers", person, f"{office}|{person['birth_date']}|female")


def _claim(office: str, index: int, key: str, numbers: Sequence[str]) -> Ask:
    number = numbers[index % len(numbers)]
    body = {
        "receipt": key,
        "kind": "old_age",
        "number": number,
        "code": "1150",
        "birth": "1957-04-02",
        "begun": "2022-05",
        "account": {
            "bank": "0001",
            "branch": "001",
            "kind": "1",
            # Accounts differ, so that an entry that belongs to another claim is seen.
            "account": f"{index % 10_000_000:07d}",
            "payee": "ﾋｶｴ ﾀﾛｳ",
        },
        "credits": [{"kind": "paid", "first": "1977-04", "months": 480}],
    }
    return Ask("/v1/claims", body, f"{key}|{number}|1150")


ERRANDS: Mapping[str, Errand] = {
    "records": Errand(
        _register, _post, lambda index, numbers: Ask(f"/v1/persons/{_of(index, numbers)}/history")
    ),
    "numbers": Errand(
        _issue, _issue, lambda index, numbers: Ask(f"/v1/numbers/{_of(index, numbers)}")
    ),
    "payments": Errand(
        _register,
        _claim,
        lambda index, numbers: Ask(f"/v1/pensioners/{_of(index, numbers)}/payments"),
    ),
}
"""By the schema of the application that a service's database holds (`holds` in the estate)."""


def _of(index: int, numbers: Sequence[str]) -> str:
    return numbers[index % len(numbers)]

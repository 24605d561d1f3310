"""The short way to a record: the request that is asked most often, answered before the framework looks at it.

It takes a view of a person's record that is asked in every respect rightly; all else, every fault among it, goes the
ordinary way and is answered there. Both stand on the same desk: right, purpose and event are no other here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from nenkin.access.caller import HEADERS, Caller, InvalidCaller
from nenkin.access.desk import Desk
from nenkin.access.written import Written
from nenkin.number import InvalidNumber, PensionNumber
from nenkin.outcome import Refused, Rejected, Unknown

Failure = Callable[[Exception], Response]

_PATH = "/v1/persons/"
_LENGTH = len(_PATH) + len("2101-000001")
_NAMES = tuple(name.lower().encode() for name in HEADERS)


class Quick:
    """Middleware before the routes."""

    def __init__(self, app: ASGIApp, desk: Desk, failure: Failure) -> None:
        self._app = app
        self._desk = desk
        self._failure = failure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers, or leaves it to the routes."""
        asked = _asked(scope) if scope["type"] == "http" else None
        if asked is None:
            await self._app(scope, receive, send)
            return
        caller, number = asked
        try:
            record = await self._desk.show_person(caller, number)
        except (Rejected, Refused, Unknown) as error:
            await self._failure(error)(scope, receive, send)
            return
        await _send(send, record)


def _asked(scope: Scope) -> tuple[Caller, str] | None:
    path = scope["path"]
    if (
        scope["method"] != "GET"
        or len(path) != _LENGTH
        or not path.startswith(_PATH)
        or scope["query_string"]
    ):
        return None
    said = [(name, value) for name, value in scope["headers"] if name in _NAMES]
    values = dict(said)
    if len(said) != len(_NAMES) or len(values) != len(_NAMES):
        return None
    try:
        return _caller(*(values[name] for name in _NAMES)), _number(path[len(_PATH) :])
    except (InvalidCaller, InvalidNumber):
        return None


@lru_cache(maxsize=4096)
def _caller(*values: bytes) -> Caller:
    # As Starlette reads them; whoever is at work asks hundreds of times a day.
    said = (value.decode("latin-1") for value in values)
    return Caller.of(dict(zip(HEADERS, said, strict=True)))


def _number(text: str) -> str:
    return str(PensionNumber.parse(text))


async def _send(send: Send, record: Written) -> None:
    body = record.text.encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})

"""Requests that were refused before anything was looked at: the sentence, and the event of the attempt."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request

from nenkin.access.caller import HEADERS, Caller, InvalidCaller, purposes
from nenkin.access.event import Event, plain

# Parts of a path that name whose record it is.
_SUBJECTS = ("number", "code")


def sentence(place: Sequence[object], kind: str, message: str) -> str:
    """A fault of a request in words; `place` as pydantic gives it."""
    where = ".".join(str(part) for part in place)
    if kind == "missing" and where == "header.Nenkin-Purpose":
        known = ", ".join(purposes())
        return f"{where}: is missing; a record is read or written for a purpose, one of {known}"
    if kind == "missing" and place[-1] in HEADERS:
        return f"{where}: is missing; a record is read or written by somebody from somewhere"
    return f"{where}: {message}"


def asked_wrongly(request: Request, reason: str) -> Event | None:
    """The event of a refused request, where it did not say rightly who asks; None where it did."""
    if request.url.path.startswith("/health/"):
        return None
    try:
        Caller.of(request.headers)
    except InvalidCaller:
        subject = next((request.path_params.get(name) for name in _SUBJECTS), None)
        named = None if subject is None else plain(str(subject))
        return Event.refused(request.headers, plain(request.method.lower()), named, reason)
    return None

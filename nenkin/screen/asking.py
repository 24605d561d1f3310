"""Whose record is asked for, by whom and why; without a purpose nothing is looked at."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from nenkin.access.caller import Caller
from nenkin.outcome import Rejected
from nenkin.paper.kinds import KINDS, Wrong
from nenkin.screen.seat import Seat

__all__ = ["Asking", "InvalidAsking", "asking", "number_of"]


class InvalidAsking(Exception):
    """No purpose is told; `rest` is what else was asked, to go on with."""

    def __init__(self, number: str, rest: tuple[tuple[str, str], ...]) -> None:
        super().__init__(number)
        self.number = number
        self.rest = rest


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks for which record."""

    caller: Caller
    number: str


def asking(request: Request, seat: Seat, purpose: str | None = None) -> Asking:
    """What a request asks; raises InvalidAsking, and Rejected with 404 for what is no number."""
    number = number_of(request)
    said = request.query_params.get("purpose", "") if purpose is None else purpose
    caller = seat.caller(said)
    if caller is None:
        rest = tuple(
            (name, text) for name, text in request.query_params.items() if name != "purpose"
        )
        raise InvalidAsking(number, rest)
    return Asking(caller, number)


def number_of(request: Request) -> str:
    """The number in a request's path; raises Rejected with 404."""
    written = str(request.path_params["number"])
    try:
        return str(KINDS["number"](written))
    except Wrong as error:
        raise Rejected(404, f"number {written[:40]!r} is not a basic pension number") from error

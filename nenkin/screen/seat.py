"""Who sits at a terminal: operator, terminal and office, kept by a cookie from signing in to signing out.

The screen proves nobody's identity; that is for whoever lets a terminal reach the service, as it is for the API's headers.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from nenkin.access.caller import HEADERS, Caller, InvalidCaller, purposes

__all__ = ["COOKIE", "ForeignRequest", "Seat", "require_own"]

COOKIE = "nenkin-seat"
_PATH = "/screen"
_RULES = {
    "operator": "職員番号を半角英数字（64文字以内、. _ - も可）で入力してください。",
    "terminal": "端末番号を半角英数字（64文字以内、. _ - も可）で入力してください。",
    "office": "課所符号を数字4桁で入力してください。",
}


class ForeignRequest(Exception):
    """A request that would change something was not sent by a page of this screen."""


@dataclass(frozen=True, slots=True)
class Seat:
    """Who sits where; `token` is known to this screen's own pages alone."""

    operator: str
    terminal: str
    office: str
    token: str

    @classmethod
    def of(cls, request: Request) -> Seat | None:
        """Who sits at the terminal that asks, None where nobody has signed in."""
        parts = request.cookies.get(COOKIE, "").split(":")
        if len(parts) != 4 or not parts[3]:
            return None
        seat = cls(*parts)
        return None if faults(seat.said) else seat

    @classmethod
    def sign_in(cls, said: Mapping[str, str]) -> tuple[Seat | None, dict[str, str]]:
        """A new seat from what was keyed, or the sentences for what is wrong."""
        found = faults(said)
        if found:
            return None, found
        return cls(
            said["operator"], said["terminal"], said["office"], secrets.token_urlsafe(24)
        ), {}

    @property
    def said(self) -> dict[str, str]:
        """Operator, terminal and office."""
        return {"operator": self.operator, "terminal": self.terminal, "office": self.office}

    def caller(self, purpose: str) -> Caller | None:
        """Who asks for a purpose, None where that is none."""
        if purpose not in purposes():
            return None
        return Caller(self.operator, self.terminal, self.office, purpose)

    def keep(self, request: Request, response: Response) -> None:
        """Gives the cookie to the browser; it is never sent along from another site's page."""
        response.set_cookie(
            COOKIE,
            ":".join((self.operator, self.terminal, self.office, self.token)),
            path=_PATH,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )


def leave(response: Response) -> None:
    """Takes the cookie back."""
    response.delete_cookie(COOKIE, path=_PATH)


def faults(said: Mapping[str, str]) -> dict[str, str]:
    """By field the sentence for each part of a seat that is wrong."""
    named = dict(zip(HEADERS, ("operator", "terminal", "office"), strict=False))
    found = {}
    for header, name in named.items():
        probe = {"Nenkin-Operator": "x", "Nenkin-Terminal": "x", "Nenkin-Office": "0000"}
        probe |= {"Nenkin-Purpose": next(iter(purposes())), header: said.get(name, "")}
        try:
            Caller.of(probe)
        except InvalidCaller:
            written = said.get(name, "")
            found[name] = f"「{written[:40]}」: {_RULES[name]}" if written else _RULES[name]
    return found


def require_own(request: Request, said: Mapping[str, str], seat: Seat | None) -> None:
    """Raises ForeignRequest where a form was not sent by this screen's own page to whom it was shown."""
    origin = request.headers.get("origin", "")
    site = request.headers.get("sec-fetch-site", "same-origin")
    is_other = origin not in ("", "null") and urlsplit(origin).netloc != request.headers.get("host")
    if is_other or site not in ("same-origin", "none"):
        raise ForeignRequest
    if seat is not None and not secrets.compare_digest(
        said.get("token", "").encode(), seat.token.encode()
    ):
        raise ForeignRequest

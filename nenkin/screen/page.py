"""Pages: templates that escape everything, and headers that allow nothing but this screen's own style sheet and forms."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from nenkin.access.caller import purposes
from nenkin.paper import words
from nenkin.paper.japanese import day_text, month_text, months_text, yen_text
from nenkin.screen.seat import Seat
from nenkin.screen.shown import day_words, month_words

__all__ = ["FOLDER", "guarded", "page"]

FOLDER = Path(__file__).parent / "pages"
# No script at all; a page is in no other site's frame and sends its forms nowhere else.
_GUARD = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Nothing of a person stays behind on a terminal.
    "Cache-Control": "no-store",
}


def page(name: str, seat: Seat | None, status: int = 200, **values: Any) -> Response:
    """The page of a template."""
    # The template's own names stand beside `name`, which is the file's.
    shown = {"seat": seat, "purpose": "", **values}
    text = _environment().get_template(f"{name}.html").render(**shown)
    return guarded(HTMLResponse(text, status))


def guarded(response: Response) -> Response:
    """The response with the headers that every answer of the screen has."""
    response.headers.update(_GUARD)
    return response


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals.update(words=words, purposes=purposes())
    made.filters.update(
        day=day_text,
        month=month_text,
        months=months_text,
        yen=yen_text,
        day_words=day_words,
        month_words=month_words,
    )
    return made

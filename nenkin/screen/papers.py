"""Papers that are opened from a record: estimate, statement and pre-filled notices, as PDF."""

from __future__ import annotations

import asyncio
from functools import cache

from starlette.requests import Request
from starlette.responses import Response

from nenkin.access.desk import Desk
from nenkin.batch import today
from nenkin.benefits.rules import Rules
from nenkin.outcome import Rejected
from nenkin.paper import estimate_sheet, form_sheet, statement_sheet
from nenkin.paper.estimate import Plan, estimate
from nenkin.paper.form import InvalidForm, form
from nenkin.paper.level import Levels
from nenkin.paper.pdf.sheet import Drawing
from nenkin.paper.pdf.single import document
from nenkin.paper.statement import statement
from nenkin.paper.usage import Usage
from nenkin.screen.asking import asking
from nenkin.screen.page import page
from nenkin.screen.reading import read_record
from nenkin.screen.seat import Seat

__all__ = ["Papers"]


class Papers:
    """The papers on a desk."""

    def __init__(self, desk: Desk, usage: Usage) -> None:
        self._desk = desk
        self._usage = usage

    async def estimate(self, request: Request, seat: Seat) -> Response:
        """The estimate under the plan that was chosen."""
        asked = asking(request, seat)
        chosen = form("estimate")
        record = await read_record(self._desk, asked.caller, asked.number, "estimate")
        said = {name: request.query_params.get(name, "") for name in ("future", "until_age")}
        known = chosen.prefill(record.sources())
        texts = {name: chosen.field(name).key_in(value) for name, value in known.items()}
        intake = chosen.check(texts | said, today())
        if intake.faults:
            values = {"number": asked.number, "faults": list(intake.faults.values())}
            return page("refused", seat, 422, purpose=asked.caller.purpose, **values)
        plan = Plan(str(intake.values["future"]), int(str(intake.values["until_age"])))
        day = today()

        def make() -> bytes:
            made = estimate(_levels(), record, plan, day)
            return document(estimate_sheet.drawn(made), estimate_sheet.TITLE)

        content = await asyncio.to_thread(make)
        self._usage.count("estimate", "screen", day)
        self._usage.count("estimate_sheet", "pdf", day)
        return _pdf(content, f"estimate-{asked.number}.pdf")

    async def statement(self, request: Request, seat: Seat) -> Response:
        """The contribution statement."""
        asked = asking(request, seat)
        record = await read_record(self._desk, asked.caller, asked.number, "statement")
        day = today()

        def make() -> bytes:
            made = statement(_levels(), record, day)
            return document(statement_sheet.whole(made), statement_sheet.TITLE)

        content = await asyncio.to_thread(make)
        self._usage.count("statement_sheet", "pdf", day)
        return _pdf(content, f"statement-{asked.number}.pdf")

    async def notice(self, request: Request, seat: Seat) -> Response:
        """A form on paper, pre-filled from the record."""
        asked = asking(request, seat)
        name = str(request.path_params["form"])
        try:
            chosen = form(name)
        except InvalidForm as error:
            raise Rejected(404, str(error)) from error
        record = await read_record(self._desk, asked.caller, asked.number, "form", name)
        day = today()

        def make() -> bytes:
            drawn: Drawing = form_sheet.drawn(chosen, chosen.prefill(record.sources()), day)
            return document(drawn, chosen.title)

        content = await asyncio.to_thread(make)
        self._usage.count(name, "pdf", day)
        return _pdf(content, f"{name}-{asked.number}.pdf")


@cache
def _levels() -> Levels:
    return Levels(Rules.read())


def _pdf(content: bytes, name: str) -> Response:
    return Response(
        content,
        media_type="application/pdf",
        headers={
            "Content-Disposition": f'inline; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        },
    )

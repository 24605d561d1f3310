"""The HTTP face of keying and of electronic applications."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Path
from fastapi.responses import JSONResponse

from nenkin.access.applications import ApplicationForm, Receipt, StateForm
from nenkin.access.caller import Asked
from nenkin.access.counter import Counter
from nenkin.access.keying import Batch, EndForm, KeyingForm
from nenkin.response import response

Sheet = Annotated[int, Path(ge=1, le=999_999)]


def add_routes(app: FastAPI, counter: Counter) -> None:
    """Adds the counter's routes to the application."""

    @app.post("/v1/keyings", status_code=201)
    async def key_sheets(form: KeyingForm, asked: Asked) -> JSONResponse:
        """Takes keyed sheets of a batch in."""
        return response(await counter.key(asked, form))

    @app.get("/v1/keyings/{batch}/differences")
    async def read_differences(batch: Batch, asked: Asked) -> JSONResponse:
        """Sheets that were keyed twice and not alike."""
        return response(await counter.differences(asked, batch))

    @app.post("/v1/keyings/{batch}/{sheet}/end", status_code=201)
    async def end_difference(
        batch: Batch, sheet: Sheet, form: EndForm, asked: Asked
    ) -> JSONResponse:
        """Decides which keying of a sheet is taken, or another content, and posts it."""
        return response(await counter.end(asked, batch, sheet, form))

    @app.put("/v1/applications/{receipt}", status_code=201)
    async def take_application(
        receipt: Receipt, form: ApplicationForm, asked: Asked
    ) -> JSONResponse:
        """Takes an electronic application in, once for each receipt number."""
        return response(await counter.take(asked, receipt, form))

    @app.get("/v1/applications/{receipt}")
    async def read_status(receipt: Receipt, asked: Asked) -> JSONResponse:
        """The states of an application with the time in each, in seconds."""
        return response(await counter.status(asked, receipt))

    @app.get("/v1/applications/{receipt}/content")
    async def read_content(receipt: Receipt, asked: Asked) -> JSONResponse:
        """What was applied for."""
        return response(await counter.content(asked, receipt))

    @app.post("/v1/applications/{receipt}/states", status_code=201)
    async def move_application(receipt: Receipt, form: StateForm, asked: Asked) -> JSONResponse:
        """Puts an application into its next state; `accepted` posts it."""
        return response(await counter.move(asked, receipt, form))

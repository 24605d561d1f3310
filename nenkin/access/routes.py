"""The HTTP face of the desk."""

from __future__ import annotations

import re
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import FastAPI, Header, Path, Query
from fastapi.responses import JSONResponse, Response
from pydantic import AfterValidator

from nenkin.access.caller import Asked, code
from nenkin.access.desk import Desk
from nenkin.access.entries import EntryForm
from nenkin.access.establishment import EstablishmentForm
from nenkin.access.watch import LAST
from nenkin.access.written import Written
from nenkin.forms import ContributionForm, Day, Name, Number, PersonForm
from nenkin.outcome import Rejected
from nenkin.response import response

Key = Annotated[UUID, Header(alias="Idempotency-Key")]
After = Annotated[int, Query(ge=0, le=LAST)]
Before = Annotated[int, Query(ge=1, le=LAST)]
Operator = Annotated[str, AfterValidator(code)]

_CODE = re.compile(r"[0-8][0-9]{3}-[0-9]{5}")


def _establishment(value: str) -> str:
    if _CODE.fullmatch(value) is None:
        raise ValueError("an establishment is four digits of its office, a hyphen and five digits")
    return value


Code = Annotated[str, Path(), AfterValidator(_establishment)]


def add_routes(app: FastAPI, desk: Desk) -> None:
    """Adds the desk's routes to the application."""

    @app.post("/v1/persons", status_code=201)
    async def register_person(
        form: PersonForm,
        asked: Asked,
        key: Annotated[UUID | None, Header(alias="Idempotency-Key")] = None,
    ) -> JSONResponse:
        """Registers a person, once for each idempotency key, and issues a number when none is given."""
        if key is None and form.number is None and desk.has_issuer:
            raise Rejected(
                422, "header.Idempotency-Key: is missing; a number is issued once for each key"
            )
        return response(await desk.register(asked, form, key or uuid4()))

    @app.get("/v1/persons")
    async def search_persons(
        asked: Asked,
        name_kana: Name | None = None,
        birth_date: Day | None = None,
        after: Number | None = None,
    ) -> JSONResponse:
        """Persons by the beginning of a kana name, by birth date, or by both."""
        return response(await desk.search(asked, name_kana, birth_date, after or ""))

    @app.get("/v1/persons/{number}")
    async def view_person(number: Number, asked: Asked) -> Response:
        """A person's record as it stands today."""
        return written_response(await desk.show_person(asked, number))

    @app.get("/v1/persons/{number}/history")
    async def read_history(number: Number, asked: Asked, after: After = 0) -> JSONResponse:
        """A person's record in order of posting."""
        return response(await desk.read_history(asked, number, after))

    @app.get("/v1/persons/{number}/corrections")
    async def read_corrections(number: Number, asked: Asked) -> JSONResponse:
        """What was corrected in a person's record, the latest first."""
        return response(await desk.read_corrections(asked, number))

    @app.post("/v1/entries", status_code=201)
    async def post_entries(form: EntryForm, key: Key, asked: Asked) -> JSONResponse:
        """Enters rows into a person's record and supersedes wrong ones, once for each idempotency key."""
        return response(await desk.post_entries(asked, key, form))

    @app.get("/v1/persons/{number}/accesses")
    async def who_saw_person(number: Number, asked: Asked, before: Before = LAST) -> JSONResponse:
        """Who read or wrote a person's record, the latest first."""
        return response(await desk.who_saw(asked, number, before))

    @app.post("/v1/contributions", status_code=201)
    async def post_contribution(form: ContributionForm, key: Key, asked: Asked) -> JSONResponse:
        """Posts one month's contribution, once for each idempotency key."""
        return response(await desk.post_contribution(asked, key, form))

    @app.post("/v1/establishments", status_code=201)
    async def register_establishment(
        form: EstablishmentForm, key: Key, asked: Asked
    ) -> JSONResponse:
        """Registers an establishment, once for each idempotency key."""
        return response(await desk.register_establishment(asked, key, form))

    @app.get("/v1/establishments/{code}")
    async def view_establishment(code: Code, asked: Asked) -> JSONResponse:
        """An establishment's record as it stands today."""
        return response(await desk.view_establishment(asked, code))

    @app.get("/v1/establishments/{code}/accesses")
    async def who_saw_establishment(
        code: Code, asked: Asked, before: Before = LAST
    ) -> JSONResponse:
        """Who read or wrote an establishment's record, the latest first."""
        return response(await desk.who_saw(asked, code, before))

    @app.get("/v1/operators/{operator}/accesses")
    async def what_operator_saw(
        operator: Operator, asked: Asked, before: Before = LAST
    ) -> JSONResponse:
        """What an operator read and wrote, the latest first."""
        return response(await desk.what_saw(asked, operator, before))


def written_response(record: Written) -> Response:
    """What the database wrote, as it is."""
    return Response(record.text, media_type="application/json")

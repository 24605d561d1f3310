"""The HTTP face of the service."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from nenkin.access.counter import Counter
from nenkin.access.counter_routes import add_routes as add_counter_routes
from nenkin.access.desk import Desk
from nenkin.access.gate import Gate
from nenkin.access.quick import Quick
from nenkin.access.refusal import asked_wrongly, sentence
from nenkin.access.routes import add_routes as add_access_routes
from nenkin.database import Database
from nenkin.numbers.routes import add_routes as add_numbers_routes
from nenkin.outcome import Refused, Rejected, Unknown
from nenkin.paper.usage import Usage
from nenkin.payments.routes import add_routes as add_payments_routes
from nenkin.screen.routes import add_screen
from nenkin.settings import Settings

# Connections to numbers and to payments at most, of those that a host may hold; they are fewer than the records'.
SMALL_POOL = 12

_log = logging.getLogger("nenkin.web")


def build_app(settings: Settings) -> FastAPI:
    """The application on the records database, and on the numbers' and payments' that have a DSN; raises InvalidSettings."""
    records = Database(settings.dsn("records"), settings.pool_size)
    others = {
        name: Database(settings.dsn(name), min(SMALL_POOL, settings.pool_size))
        for name in ("numbers", "payments")
        if name in settings.dsns
    }
    numbers = others.get("numbers")

    usage = Usage(records)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await usage.close()
        for database in (records, *others.values()):
            database.close()

    app = FastAPI(title="nenkin", docs_url=None, redoc_url=None, lifespan=lifespan)
    gate = Gate(records)
    _add_error_answers(app, gate)
    if numbers is not None:
        add_numbers_routes(app, numbers, gate, settings.office)

    if "payments" in others:
        add_payments_routes(app, others["payments"], gate)
    desk = Desk(gate, settings.office, numbers)
    add_access_routes(app, desk)
    add_counter_routes(app, Counter(gate))
    add_screen(app, desk, usage)
    app.add_middleware(Quick, desk=desk, failure=_told)

    @app.get("/health/live")
    async def live() -> JSONResponse:
        """Whether the process answers."""
        return JSONResponse({"status": "live"})

    @app.get("/health/ready")
    async def ready() -> JSONResponse:
        """Whether the records database takes writes."""
        is_writable = await records.is_writable()
        status = "ready" if is_writable else "database not writable"
        return JSONResponse({"status": status}, 200 if is_writable else 503)

    return app


def _failure(status: int, outcome: str, reason: str) -> JSONResponse:
    return JSONResponse({"outcome": outcome, "reason": reason}, status)


def _told(error: Exception) -> JSONResponse:
    """The answer for what a request ended in when it is not fulfilled."""
    if isinstance(error, Rejected):
        return _failure(error.status, "refused", error.reason)
    if isinstance(error, Refused):
        return _failure(503, "refused", str(error))
    return _failure(504, "unknown", str(error))


def _add_error_answers(app: FastAPI, gate: Gate) -> None:
    async def outcome(_: Request, error: Exception) -> JSONResponse:
        return _told(error)

    for kind in (Rejected, Refused, Unknown):
        app.add_exception_handler(kind, outcome)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        faults = (sentence(fault["loc"], fault["type"], fault["msg"]) for fault in error.errors())
        reason = "; ".join(faults)
        event = asked_wrongly(request, reason)
        if event is not None:
            await gate.note(event)
        return _failure(422, "refused", reason)

    @app.exception_handler(HTTPException)
    async def no_such_thing(_: Request, error: HTTPException) -> JSONResponse:
        return _failure(error.status_code, "refused", str(error.detail))

    @app.exception_handler(Exception)
    async def defect(_: Request, error: Exception) -> JSONResponse:
        # A defect of ours may have come after COMMIT: nothing certain can be said.
        _log.error("a defect: %r", error)
        return _failure(500, "unknown", "the service failed; this is a defect")

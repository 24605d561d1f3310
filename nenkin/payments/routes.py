"""The HTTP face of the payment system: claims handed in, where they stand, and what was paid."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import FastAPI, Header, Path
from fastapi.responses import JSONResponse

from nenkin.access.caller import Asked, Caller
from nenkin.access.gate import Gate
from nenkin.connection import Connection
from nenkin.database import Database
from nenkin.forms import Number
from nenkin.payments import receiving
from nenkin.payments.claim import Claim
from nenkin.replay import Answer
from nenkin.response import response

__all__ = ["add_routes"]

Key = Annotated[UUID, Header(alias="Idempotency-Key")]
Receipt = Annotated[str, Path(min_length=1, max_length=100, pattern=r"^[ -~]+$")]


def add_routes(app: FastAPI, payments: Database, gate: Gate) -> None:
    """Adds the payment system's routes; who asked for what is an event of the records database, entered before."""

    @app.post("/v1/claims", status_code=201)
    async def hand_in_claim(claim: Claim, key: Key, asked: Asked) -> JSONResponse:
        """Keeps a claim for the next award run, once for each idempotency key."""
        await _permit(gate, asked, "hand in claim", claim.number, "apply")
        return response(await payments.write(lambda c: receiving.receive(c, key, claim, asked)))

    @app.get("/v1/claims/{receipt}")
    async def read_claim(receipt: Receipt, asked: Asked) -> JSONResponse:
        """Where a claim stands."""
        answer = await payments.read(lambda c: receiving.read_claim(c, receipt))
        await _permit(gate, asked, "view claim", str(answer.body["number"]), "read")
        return response(answer)

    @app.get("/v1/pensioners/{number}/payments")
    async def read_payments(number: Number, asked: Asked) -> JSONResponse:
        """What was paid to a person last."""
        await _permit(gate, asked, "view payments", number, "read")
        return response(await payments.read(lambda c: receiving.read_payments(c, number)))


async def _permit(gate: Gate, caller: Caller, kind: str, number: str, right: str) -> None:
    """Looks at the caller's right and leaves the event behind; raises Rejected or Refused."""

    async def nothing_more(_: Connection) -> Answer:
        return Answer(200, {})

    await gate.read(caller, kind, nothing_more, number, right=right)

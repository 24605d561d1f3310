"""The HTTP face of the numbers database."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import FastAPI, Header, Path, Query
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime

from nenkin.access.caller import Asked, Caller
from nenkin.access.gate import Gate
from nenkin.database import Database, Work
from nenkin.forms import Number
from nenkin.numbers import basic, candidates, issue, limits, lookup, merge, review, unmerge
from nenkin.numbers.forms import BasicForm, IssueForm, MergeForm, ReviewForm, UnmergeForm
from nenkin.replay import Answer
from nenkin.response import response

Key = Annotated[UUID, Header(alias="Idempotency-Key")]
After = Annotated[int, Query(ge=0, le=2**63 - 1)]
Candidate = Annotated[int, Path(ge=1, le=2**63 - 1)]
LevelName = Literal["duplicate", "confirm", "renamed"]


def add_routes(app: FastAPI, numbers: Database, gate: Gate, office: str) -> None:
    """Adds the numbers' routes to the application; `office` issues where a form names none."""

    async def read(asked: Caller, kind: str, work: Work[Answer]) -> JSONResponse:
        return response(await gate.read_beside(numbers, asked, kind, work))

    async def write(asked: Caller, kind: str, work: Work[Answer]) -> JSONResponse:
        return response(await gate.write_beside(numbers, asked, kind, work))

    @app.post("/v1/numbers", status_code=201)
    async def issue_number(form: IssueForm, key: Key, asked: Asked) -> JSONResponse:
        """Issues a number, once for each idempotency key; a provisional one where the person may have one."""
        return await write(asked, "issue", lambda c: issue.issue(c, key, form, office))

    @app.get("/v1/numbers/{number}")
    async def read_number(
        number: Number, asked: Asked, at: AwareDatetime | None = None
    ) -> JSONResponse:
        """A number, and which was in force for it, now or at a moment."""
        return await read(asked, "number", lambda c: lookup.read(c, number, at))

    @app.post("/v1/numbers/{number}/basic", status_code=201)
    async def issue_basic_number(
        number: Number, form: BasicForm, key: Key, asked: Asked
    ) -> JSONResponse:
        """Issues a basic number to the holder of a provisional one who is nobody else on record."""
        return await write(
            asked, "basic", lambda c: basic.issue_basic(c, key, number, form, office)
        )

    @app.post("/v1/merges", status_code=201)
    async def merge_numbers(form: MergeForm, key: Key, asked: Asked) -> JSONResponse:
        """Puts numbers of one person under one of them."""
        return await write(asked, "merge", lambda c: merge.merge(c, key, form))

    @app.post("/v1/unmerges", status_code=201)
    async def unmerge_numbers(form: UnmergeForm, key: Key, asked: Asked) -> JSONResponse:
        """Takes a merge back."""
        return await write(asked, "unmerge", lambda c: unmerge.unmerge(c, key, form))

    @app.get("/v1/candidates")
    async def read_candidates(
        asked: Asked, after: After = 0, level: LevelName | None = None
    ) -> JSONResponse:
        """Candidates that wait for a review."""
        return await read(asked, "candidates", lambda c: candidates.read(c, after, level))

    @app.post("/v1/candidates/{candidate}/reviews", status_code=201)
    async def review_candidate(
        candidate: Candidate, form: ReviewForm, key: Key, asked: Asked
    ) -> JSONResponse:
        """Decides a candidate, and merges the numbers of the same person."""
        return await write(asked, "review", lambda c: review.review(c, key, candidate, form))

    @app.get("/v1/crowds")
    async def read_crowds(asked: Asked, after: After = 0) -> JSONResponse:
        """Numbers too many and too alike to be given as pairs."""
        return await read(asked, "crowds", lambda c: candidates.read_crowds(c, after))

    @app.get("/v1/limits")
    async def read_limits() -> JSONResponse:
        """The limits of the numbers, their owners, and who is near."""
        return response(await numbers.read(limits.read))

"""The HTTP face of the numbers database."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import FastAPI, Header, Path, Query
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime

from nenkin.database import Database
from nenkin.forms import Number
from nenkin.numbers import basic, candidates, issue, limits, lookup, merge, review, unmerge
from nenkin.numbers.forms import BasicForm, IssueForm, MergeForm, ReviewForm, UnmergeForm
from nenkin.replay import Answer

Key = Annotated[UUID, Header(alias="Idempotency-Key")]
After = Annotated[int, Query(ge=0, le=2**63 - 1)]
Candidate = Annotated[int, Path(ge=1, le=2**63 - 1)]
LevelName = Literal["duplicate", "confirm", "renamed"]


def add_routes(app: FastAPI, numbers: Database, office: str) -> None:
    """Adds the numbers' routes to the application; `office` issues where a form names none."""

    @app.post("/v1/numbers", status_code=201)
    async def issue_number(form: IssueForm, key: Key) -> JSONResponse:
        """Issues a number, once for each idempotency key; a provisional one where the person may have one."""
        return _response(await numbers.write(lambda c: issue.issue(c, key, form, office)))

    @app.get("/v1/numbers/{number}")
    async def read_number(number: Number, at: AwareDatetime | None = None) -> JSONResponse:
        """A number, and which was in force for it, now or at a moment."""
        return _response(await numbers.read(lambda c: lookup.read(c, number, at)))

    @app.post("/v1/numbers/{number}/basic", status_code=201)
    async def issue_basic_number(number: Number, form: BasicForm, key: Key) -> JSONResponse:
        """Issues a basic number to the holder of a provisional one who is nobody else on record."""
        return _response(
            await numbers.write(lambda c: basic.issue_basic(c, key, number, form, office))
        )

    @app.post("/v1/merges", status_code=201)
    async def merge_numbers(form: MergeForm, key: Key) -> JSONResponse:
        """Puts numbers of one person under one of them."""
        return _response(await numbers.write(lambda c: merge.merge(c, key, form)))

    @app.post("/v1/unmerges", status_code=201)
    async def unmerge_numbers(form: UnmergeForm, key: Key) -> JSONResponse:
        """Takes a merge back."""
        return _response(await numbers.write(lambda c: unmerge.unmerge(c, key, form)))

    @app.get("/v1/candidates")
    async def read_candidates(after: After = 0, level: LevelName | None = None) -> JSONResponse:
        """Candidates that wait for a review."""
        return _response(await numbers.read(lambda c: candidates.read(c, after, level)))

    @app.post("/v1/candidates/{candidate}/reviews", status_code=201)
    async def review_candidate(candidate: Candidate, form: ReviewForm, key: Key) -> JSONResponse:
        """Decides a candidate, and merges the numbers of the same person."""
        return _response(await numbers.write(lambda c: review.review(c, key, candidate, form)))

    @app.get("/v1/crowds")
    async def read_crowds(after: After = 0) -> JSONResponse:
        """Numbers too many and too alike to be given as pairs."""
        return _response(await numbers.read(lambda c: candidates.read_crowds(c, after)))

    @app.get("/v1/limits")
    async def read_limits() -> JSONResponse:
        """The limits of the numbers, their owners, and who is near."""
        return _response(await numbers.read(limits.read))


def _response(answer: Answer) -> JSONResponse:
    return JSONResponse(answer.body, answer.status)

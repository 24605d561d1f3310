"""An answer as HTTP has it."""

from __future__ import annotations

from fastapi.responses import JSONResponse

from nenkin.replay import Answer

__all__ = ["response"]


def response(answer: Answer) -> JSONResponse:
    """Status and body."""
    return JSONResponse(answer.body, answer.status)

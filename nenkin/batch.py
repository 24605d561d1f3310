"""What every batch command does alike: Japan's date, progress, files whole or not at all, and failures as exit codes."""

from __future__ import annotations

import json
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from nenkin.whole import whole

__all__ = ["failure", "put", "put_document", "say", "today"]

_JAPAN = timedelta(hours=9)


def today() -> date:
    """Japan's date."""
    return (datetime.now(UTC) + _JAPAN).date()


def say(text: str) -> None:
    """Progress, on standard error."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def put(path: Path, text: str) -> None:
    """Writes a file whole or not at all; OSError."""
    with whole(path) as out:
        out.write(text.encode())


def put_document(path: Path, document: dict[str, Any]) -> None:
    """Writes a JSON document for people and programs, whole or not at all; OSError."""
    put(path, json.dumps(document, indent=1, ensure_ascii=False) + "\n")


def failure(error: psycopg.Error | OSError) -> tuple[dict[str, Any], int]:
    """The report and exit code of a batch that ends so: 3 where the database was lost (run it again), else 1."""
    if isinstance(error, psycopg.OperationalError):
        return {"error": f"the database was lost, run the same again: {error}".strip()}, 3
    if isinstance(error, psycopg.Error):
        return {"error": f"the database refused: {error}".strip()}, 1
    return {"error": f"{error.filename}: {error.strerror}"}, 1

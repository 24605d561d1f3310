"""Moments as texts: RFC 3339, in UTC, written in one way."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer

__all__ = ["Moment", "format_moment", "parse_moment", "utc_now"]

_FORM = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z")


def utc_now() -> datetime:
    """Read the machine's clock."""
    return datetime.now(UTC)


def parse_moment(text: object) -> datetime:
    """Read a moment in UTC, with at most microseconds; ValueError says which form is wanted."""
    if isinstance(text, str) and _FORM.fullmatch(text):
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass  # the 30th of February has the form, too
    raise ValueError("is no moment in UTC; write it as 2006-01-31T09:00:00Z")


def format_moment(moment: datetime) -> str:
    """Write a moment in UTC with microseconds, always at the same length."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _read(value: object) -> datetime:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("does not know its zone; give it UTC")
        return value.astimezone(UTC)
    return parse_moment(value)


Moment = Annotated[datetime, BeforeValidator(_read), PlainSerializer(format_moment)]
"""A field of a document that is a moment."""

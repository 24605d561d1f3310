"""What a client may say about a transaction from what came back, and not a word more."""

from __future__ import annotations

import json
from typing import Literal

from dr.client.exchange import Reply

__all__ = ["ReadOutcome", "WriteOutcome", "outcome_of_read", "outcome_of_write"]

WriteOutcome = Literal["acked", "refused", "unknown", "unreached"]
ReadOutcome = Literal["acked", "failed"]

_NO_SERVER = b"No server is available to handle this request"
"""HAProxy's own words in a 503 for a request that reached no application."""


def outcome_of_write(reply: Reply) -> WriteOutcome:
    """Say what is known about a write; unknown wherever it may have been committed."""
    if not reply.reached:
        return "unreached"
    if reply.status is None:
        return "unknown"
    if reply.status in (200, 201):
        return "acked"
    said = _said(reply.body)
    if reply.status == 503 and said is None:
        return "refused" if _NO_SERVER in reply.body else "unknown"
    if reply.status == 503:
        return "refused" if said == "refused" else "unknown"
    if 400 <= reply.status < 500 and said != "unknown":
        return "refused"
    return "unknown"


def outcome_of_read(reply: Reply) -> ReadOutcome:
    """Say whether a read was answered in time."""
    return "acked" if reply.status == 200 else "failed"


def _said(body: bytes) -> str | None:
    """Give the `outcome` that the service put into its answer, None where it put none."""
    try:
        said = json.loads(body)
    except ValueError:
        return None
    value = said.get("outcome") if isinstance(said, dict) else None
    return value if isinstance(value, str) else None

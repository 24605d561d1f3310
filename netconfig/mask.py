"""Secrets taken out of whatever is kept or shown: transcripts, differences, plans, error texts."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["MASK", "mask_secrets"]

MASK = "********"

_SECRET = re.compile(
    r"(?P<before>\b(?:password|secret|key-string|authentication-key|message-digest-key \d+ md5)"
    r"(?: [0-9])? )(?P<secret>\S+)"
)


def mask_secrets(text: str, known: Iterable[str] = ()) -> str:
    """The text with every secret that its keyword or the list of known ones gives away replaced by a mask."""
    for secret in known:
        if secret:
            text = text.replace(secret, MASK)
    return _SECRET.sub(rf"\g<before>{MASK}", text)

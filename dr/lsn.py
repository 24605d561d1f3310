"""Positions in PostgreSQL's write-ahead log (WAL), `0/502F520` in text, bytes in arithmetic."""

from __future__ import annotations

import re

__all__ = ["from_text", "is_lsn", "to_text"]

_LSN = re.compile(r"^[0-9A-Fa-f]{1,8}/[0-9A-Fa-f]{1,8}$")


def is_lsn(text: str) -> bool:
    """Tell whether a text is a position."""
    return _LSN.match(text) is not None


def from_text(text: str) -> int:
    """Give the byte of a position; ValueError where the text is none."""
    if not is_lsn(text):
        raise ValueError(f"'{text}' is no position in the WAL")
    high, low = text.split("/")
    return (int(high, 16) << 32) + int(low, 16)


def to_text(byte: int) -> str:
    """Write a position as PostgreSQL does."""
    return f"{byte >> 32:X}/{byte & 0xFFFFFFFF:X}"

"""Times of an operating day that go past midnight: 26:00 is 02:00 of the next day, up to 47:59 (as JP1 counts)."""

from __future__ import annotations

import re

__all__ = ["PATTERN", "minute_of", "spell_minute"]

PATTERN = r"^([0-3][0-9]|4[0-7]):[0-5][0-9]$"
"""From 00:00 to 47:59."""


def minute_of(text: str) -> int:
    """Minutes from 00:00 of the operating day; ValueError where it is no such time."""
    if not re.match(PATTERN, text):
        raise ValueError(f"{text} is no time from 00:00 to 47:59")
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def spell_minute(minute: int) -> str:
    """A minute of the operating day as people write it; 26:00 and not 02:00."""
    return f"{minute // 60:02}:{minute % 60:02}"

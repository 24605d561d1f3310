"""What the fields of the collection's files may hold; each function raises ValueError with the rule."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from nenkin.payments import fields

__all__ = ["establishment", "month", "one_of", "optional_day", "slip", "subject", "yen"]

_ESTABLISHMENT = re.compile(r"[0-8][0-9]{3}-[0-9]{5}")
_MOST_YEN = 999_999_999_999
_SLIP = re.compile(r"[0-9A-Za-z-]{1,40}")


def establishment(text: str) -> str:
    """The code of an establishment."""
    if not _ESTABLISHMENT.fullmatch(text):
        raise ValueError("an establishment is written 2101-00001")
    return text


def month(text: str) -> date:
    """A month as its first day."""
    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", text):
        raise ValueError("a month is written 2025-04")
    return date.fromisoformat(f"{text}-01")


def subject(text: str) -> str:
    """A person's number or an establishment's code."""
    return establishment(text) if len(text) == len("2101-00001") else fields.number(text)


def yen(text: str) -> int:
    """An amount of up to twelve digits, more than none."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= _MOST_YEN):
        raise ValueError(f"yen are a whole number from 1 to {_MOST_YEN}")
    return int(text)


def slip(text: str) -> str:
    """The number of a slip, receipt or request."""
    if not _SLIP.fullmatch(text):
        raise ValueError("it has 1 to 40 letters, digits and hyphens")
    return text


def optional_day(text: str) -> date | None:
    """A day, or nothing."""
    return fields.day(text) if text else None


def one_of(*words: str) -> Callable[[str], str]:
    """A field that holds one of some words."""

    def parse(text: str) -> str:
        if text not in words:
            raise ValueError(f"it is one of {', '.join(words)}")
        return text

    return parse

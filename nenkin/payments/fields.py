"""What the fields of files that are taken in may hold; each function raises ValueError with the rule."""

from __future__ import annotations

import re
from datetime import date
from functools import cache

from nenkin.number import PensionNumber
from nenkin.payments.period import parse_month
from nenkin.zengin.charset import Charset
from nenkin.zengin.dialect import Dialect
from nenkin.zengin.folding import PAYEE_LENGTH

__all__ = [
    "ACCOUNT_KINDS",
    "account_kind",
    "code",
    "day",
    "digits",
    "month",
    "number",
    "optional",
    "payee",
    "words",
    "yen",
]

ACCOUNT_KINDS = ("1", "2", "4", "9")
_MOST_YEN = 99_999_999
_MOST_WORDS = 200


def number(text: str) -> str:
    """A basic pension number as it is written."""
    return str(PensionNumber.parse(text))


def code(text: str) -> str:
    """A pension code (年金コード)."""
    return digits(text, 4)


def month(text: str) -> int:
    """A month's number."""
    return parse_month(text)


def day(text: str) -> date:
    """A day."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError("a day is written 2025-04-01")
    return date.fromisoformat(text)


def yen(text: str) -> int:
    """An amount of no more than eight digits."""
    if not (text.isascii() and text.isdigit() and int(text) <= _MOST_YEN):
        raise ValueError(f"yen are a whole number from 0 to {_MOST_YEN}")
    return int(text)


def digits(text: str, length: int) -> str:
    """A code of exactly so many digits."""
    if not (text.isascii() and text.isdigit() and len(text) == length):
        raise ValueError(f"it is exactly {length} digits")
    return text


def account_kind(text: str) -> str:
    """A kind of account (預金種目)."""
    if text not in ACCOUNT_KINDS:
        raise ValueError(f"it is one of {', '.join(ACCOUNT_KINDS)}")
    return text


def payee(text: str, length: int = PAYEE_LENGTH) -> str:
    """A name in the banks' characters, folded before."""
    outside = sorted(set(text) - _payee_characters())
    if outside:
        raise ValueError(
            f"{''.join(outside)!r} is not in the banks' character set: fold the name first"
        )
    if not 1 <= len(text) <= length or text != text.strip():
        raise ValueError(f"it has 1 to {length} characters and no blank at an end")
    return text


def words(text: str) -> str:
    """Any text that says something."""
    if not text.strip() or not text.isprintable() or len(text) > _MOST_WORDS:
        raise ValueError(f"it has 1 to {_MOST_WORDS} printable characters and is not blank")
    return text


def optional(text: str) -> int | None:
    """Yen, or nothing."""
    return yen(text) if text else None


@cache
def _payee_characters() -> frozenset[str]:
    return frozenset(Charset.of(Dialect()).characters)

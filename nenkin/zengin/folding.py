"""Bringing text into the characters of the banks' format, once, before it is kept with an account."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from nenkin.zengin.charset import Charset
from nenkin.zengin.dialect import Dialect

PAYEE_LENGTH = 30
_SMALL = str.maketrans("ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ")
_MARKS = {"\u3099": "ﾞ", "\u309a": "ﾟ", "゛": "ﾞ", "゜": "ﾟ"}
_HYPHENS = "‐‑‒–—―−－"
_LONG_VOWELS = "ーｰ"
_COMPANY = ("株式会社", "カブシキガイシャ")


class InvalidText(ValueError):
    """A text holds a character that the format has no byte for; the message names it, its place and the rule."""


class _Table(dict[int, str]):
    """Stops at the first character that folds into nothing."""

    def __missing__(self, code: int) -> str:
        # No LookupError: str.translate would take that as "leave the character as it is".
        raise InvalidText(chr(code))


def fold(text: str, dialect: Dialect) -> str:
    """The half-width form of a text: kana of either width and size, capital letters; raises InvalidText.

    A voiced mark becomes a character of its own, small kana large, a long vowel a hyphen (by the dialect).
    """
    try:
        return text.translate(_table(dialect))
    except InvalidText as error:
        sign = str(error)
        raise InvalidText(
            f"{text!r}: {sign!r} at place {text.index(sign) + 1} has no byte in the banks' character set"
        ) from None


def fold_payee(text: str, dialect: Dialect) -> str:
    """A payee's name (受取人名) as a record holds it: abbreviated, folded, cut after 30 bytes; raises InvalidText."""
    return fold(abbreviate(text), dialect).strip()[:PAYEE_LENGTH].rstrip()


def abbreviate(name: str) -> str:
    """A stock company's name with 株式会社 as ｶ) before, (ｶ behind and (ｶ) within the rest."""
    for word in _COMPANY:
        if name.startswith(word):
            return "ｶ)" + name.removeprefix(word)
        if name.endswith(word):
            return name.removesuffix(word) + "(ｶ"
        name = name.replace(word, "(ｶ)")
    return name


@lru_cache(maxsize=8)
def _table(dialect: Dialect) -> dict[int, str]:
    allowed = set(Charset.of(dialect).characters)
    found = {ord(sign): half for sign, half in _pairs(dialect) if set(half) <= allowed}
    return _Table(found | {ord(sign): sign for sign in allowed})


def _pairs(dialect: Dialect) -> Iterator[tuple[str, str]]:
    half_of = {unicodedata.normalize("NFKC", chr(c)): chr(c) for c in range(0xFF66, 0xFF9E)}
    yield from _MARKS.items()
    for full in map(chr, range(ord("ァ"), ord("ヶ") + 1)):
        parts = unicodedata.normalize("NFD", full.translate(_SMALL))
        half = "".join(_MARKS.get(part) or half_of.get(part, part) for part in parts)
        half = _replaced(half, dialect)
        for sign in (full, chr(ord(full) - 0x60), half_of.get(full, full)):
            yield sign, half
    for sign in map(chr, range(0x21, 0x7F)):
        yield sign, sign.upper()
        yield chr(ord(sign) + 0xFEE0), sign.upper()
    yield "\u3000", " "
    yield from ((sign, "-") for sign in _HYPHENS)
    if dialect.long_vowel != "refused":
        yield from ((sign, "-" if dialect.long_vowel == "folded" else "ｰ") for sign in _LONG_VOWELS)
    yield from (("「", "｢"), ("」", "｣"), ("¥", "\\"), ("￥", "\\"))


def _replaced(half: str, dialect: Dialect) -> str:
    if half == "ｦ" and dialect.wo == "folded":
        return "ｵ"
    if dialect.old_kana == "folded":
        return {"ヰ": "ｲ", "ヱ": "ｴ"}.get(half, half)
    return half

"""The Japanese font that is put into every document, so that it looks alike on every screen and printer."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

from reportlab.pdfbase.ttfonts import TTFont, TTFontFile

__all__ = ["GETA", "FontMissing", "face", "font_path", "library_font", "width", "writable"]

# Debian's fonts-ipaexfont-gothic; its licence lets documents have it inside.
_PATH = Path("/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf")
# What stands for a character that the font does not have (〓, as printers did).
GETA = "〓"
_NAME = "Japanese"
# Most texts of a statement are some months or marks, and stand on many others.
_KEPT = 20_000


class FontMissing(Exception):
    """The font's file is not on this host; the message says what to install."""


def font_path() -> Path:
    """Where the font is: NENKIN_FONT, or Debian's; raises FontMissing."""
    path = Path(os.environ.get("NENKIN_FONT") or _PATH)
    if not path.is_file():
        raise FontMissing(f"{path}: install the package fonts-ipaexfont-gothic, or set NENKIN_FONT")
    return path


@cache
def face() -> TTFontFile:
    """The font's tables, read once; raises FontMissing."""
    return TTFontFile(str(font_path()))


@cache
def library_font() -> TTFont:
    """The same for reportlab's canvas."""
    return TTFont(_NAME, str(font_path()))


@cache
def _widths() -> Mapping[int, float]:
    return {code: width / 1000 for code, width in face().charWidths.items()}


@lru_cache(maxsize=_KEPT)
def writable(text: str) -> str:
    """The text with 〓 for each character that the font does not have."""
    known = _widths()
    if all(ord(one) in known for one in text):
        return text
    return "".join(one if ord(one) in known else GETA for one in text)


def width(text: str, size: float) -> float:
    """The width of a text in the units of `size`."""
    return size * _width(text)


@lru_cache(maxsize=_KEPT)
def _width(text: str) -> float:
    known = _widths()
    return sum(known[ord(one)] for one in text)

"""The characters of the banks' format and their bytes: JIS X 0201, one byte for each, the voiced mark included."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from functools import lru_cache
from string import ascii_uppercase, digits
from typing import Any

from nenkin.dated import rows
from nenkin.zengin.dialect import Dialect

_NO_CHARACTER = "\ufffe"  # marks a byte without a character in a table of the codecs module
_NUL = "\0"
_HALF_WIDTH = 0xFF61 - 0xA1  # JIS X 0201 keeps half-width kana in the order of Unicode, from A1 on
_KANA = "".join(map(chr, range(0xFF71, 0xFF9E)))  # ｱ to ﾝ, without the small ones
_SURE = digits + ascii_uppercase + _KANA + "ﾞﾟ ()-./"
_EBCDIC_TABLE = "zengin_ebcdic"


class InvalidCode(ValueError):
    """The header's code (コード区分) names a character code for which no table is at hand."""


@dataclass(frozen=True, slots=True)
class Charset:
    """Characters and bytes of one file; a character outside raises UnicodeError in both directions."""

    characters: str
    table: str  # 256 characters, the one of each byte

    @classmethod
    def of(cls, dialect: Dialect, code: str = "0") -> Charset:
        """Of a dialect and the header's code, "0" JIS X 0201 or "1" EBCDIC; raises InvalidCode."""
        return _charset(dialect, code)

    def encode(self, text: str) -> bytes:
        """The bytes of a text; raises UnicodeEncodeError, which names the first place at fault."""
        return self._encode(text, self.table)

    def encode_lines(self, text: str) -> bytes:
        """The bytes of a text that holds line ends besides; raises UnicodeEncodeError."""
        return self._encode(text, f"{self.table[:10]}\n{self.table[11:13]}\r{self.table[14:]}")

    def _encode(self, text: str, table: str) -> bytes:
        place = text.find(_NUL)
        if place >= 0:
            raise UnicodeEncodeError("zengin", text, place, place + 1, "no such character")
        # A table whose first byte is NUL is one that charmap_build makes a fast map of.
        return codecs.charmap_encode(text, "strict", _encoding_map(_NUL + table[1:]))[0]

    def decode(self, data: bytes) -> str:
        """The text of bytes; raises UnicodeDecodeError, which names the first place at fault."""
        return codecs.charmap_decode(data, "strict", self.table)[0]


@lru_cache(maxsize=64)
def _encoding_map(table: str) -> Any:
    return codecs.charmap_build(table)


@lru_cache(maxsize=32)
def _charset(dialect: Dialect, code: str) -> Charset:
    characters = _SURE + _disputed(dialect)
    table = [_NO_CHARACTER] * 256
    for character, byte in _bytes(code).items():
        if character in characters:
            table[byte] = character
    return Charset(characters, "".join(table))


def _disputed(dialect: Dialect) -> str:
    signs = {",": dialect.comma, "ｰ": dialect.long_vowel, "ｦ": dialect.wo}
    signs |= {"｢": dialect.brackets, "｣": dialect.brackets, "\\": dialect.yen_sign}
    return "".join(sign for sign, choice in signs.items() if choice == "allowed")


def _bytes(code: str) -> dict[str, int]:
    if code == "0":
        ascii_bytes = {chr(byte): byte for byte in range(0x20, 0x7F)}
        return ascii_bytes | {chr(byte + _HALF_WIDTH): byte for byte in range(0xA1, 0xE0)}
    if code != "1":
        raise InvalidCode(f"コード区分 {code!r}: it is 0 (JIS) or 1 (EBCDIC)")
    try:
        return {row["character"]: int(row["byte"], 16) for row in rows(_EBCDIC_TABLE)}
    except FileNotFoundError as error:
        raise InvalidCode(
            "コード区分 '1': the kana of EBCDIC differ by maker; put the maker's table with the columns character, "
            f"byte (hex) and source as {_EBCDIC_TABLE}.csv into the folder that NENKIN_TABLES names, or ask for JIS"
        ) from error

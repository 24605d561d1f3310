"""Keys of kana names: what is written in several ways gets one key.

All kana lie in one block of Unicode, so that a name is one byte a character once its upper bytes are checked and
dropped; a table of 256 bytes then makes keys of thousands of names at once.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

from nenkin.dated import rows

_BLOCK = 0x30
_GAP = "\u3000"  # a blank, as a character of the same block as kana
END = "\u300a"  # ends a name where many stand in one text: of the same block, and in no name
_GAP_BYTE, _END_BYTE = b"\x00", b"\x0a"
_LONG = "ー"
_HYPHENS = str.maketrans(dict.fromkeys("-‐‑‒–—―−", _LONG))
_KATAKANA = "".join(map(chr, range(ord("ァ"), ord("ヴ") + 3)))
_HIRAGANA = "".join(chr(ord(sign) - 0x60) for sign in _KATAKANA)
_LARGE = str.maketrans("ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ")
_SAME_SOUND = str.maketrans("ヂヅヲヰヱ", "ジズオイエ")


class InvalidName(ValueError):
    """A name holds what is no kana; the message names the sign and the name."""


class Keys(NamedTuple):
    """The keys of a name, in bytes that mean nothing by themselves.

    `match` folds what sounds the same and drops blanks and long vowels. `loose` drops the voiced marks of it. `plain`
    drops them from what was not folded: シヅオ is シズオ by `loose` and シツオ by `plain`, which no one key can be.
    `given` is the match key of the given name, empty where no blank divides the name.
    """

    match: bytes
    loose: bytes
    plain: bytes
    given: bytes


def keys(name: str) -> Keys:
    """The keys of one name; raises InvalidName."""
    [words] = match_words([name])
    [loose], [plain] = loose_keys([name])
    return Keys(b"".join(words), loose, plain, given_key(words))


def match_words(names: Sequence[str]) -> list[list[bytes]]:
    """The match keys of the words of each of many names; raises InvalidName."""
    found = _low_bytes(_joined(names), len(names)).translate(_tables()[0], _low(_LONG))
    # Of a name that begins or ends with blanks the given name is not what stands beside them.
    return [[word for word in of_one.split(_GAP_BYTE) if word] for of_one in found.split(_END_BYTE)]


def given_key(words: Sequence[bytes]) -> bytes:
    """The key of the given name among the words of a name."""
    return words[-1] if len(words) > 1 else b""


def loose_keys(names: Sequence[str]) -> tuple[list[bytes], list[bytes]]:
    """The loose and the plain keys of many names; raises InvalidName."""
    return joined_keys(_joined(names), len(names))


def joined_keys(names: str, count: int) -> tuple[list[bytes], list[bytes]]:
    """The loose and the plain keys of `count` names in one text, parted by END; raises InvalidName."""
    data = _low_bytes(names, count)
    _, loose, plain = _tables()
    drop = _GAP_BYTE + _low(_LONG)
    return (
        data.translate(loose, drop).split(_END_BYTE),
        data.translate(plain, drop).split(_END_BYTE),
    )


def kanji_key(name: str) -> str:
    """A name in kanji with blanks dropped and the variants of the table `kanji_variants` made one."""
    return "".join(unicodedata.normalize("NFKC", name).translate(_variants()).split())


def _joined(names: Sequence[str]) -> str:
    text = END.join(names)
    if text.count(END) != len(names) - 1:
        _refuse(names)
    return text


def _low_bytes(text: str, count: int) -> bytes:
    given = text
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    text = text.replace(" ", _GAP)
    data = text.encode("utf-16-le")
    if data[1::2].strip(bytes([_BLOCK])):
        data = text.translate(_HYPHENS).encode("utf-16-le", "surrogatepass")
    low = data[::2]
    is_kana = not data[1::2].strip(bytes([_BLOCK])) and not low.translate(None, _allowed())
    if not is_kana or low.count(_END_BYTE) != count - 1:
        _refuse(given.split(END))
        raise InvalidName(f"names {given!r}: {END!r} is no kana")
    return low


def _refuse(names: Sequence[str]) -> None:
    allowed = {*_KATAKANA, *_HIRAGANA, _LONG, " "}
    for name in names:
        for sign in unicodedata.normalize("NFKC", name).translate(_HYPHENS):
            if sign not in allowed:
                raise InvalidName(f"name {name!r}: {sign!r} is no kana")


@cache
def _allowed() -> bytes:
    return _low(_KATAKANA + _HIRAGANA + _LONG + _GAP + END)


@cache
def _tables() -> tuple[bytes, bytes, bytes]:
    """The tables of the match, the loose and the plain key."""
    return (
        _table(lambda sign: sign.translate(_SAME_SOUND)),
        _table(lambda sign: _unvoiced(sign.translate(_SAME_SOUND))),
        _table(_unvoiced),
    )


def _table(fold: Callable[[str], str]) -> bytes:
    table = bytearray(range(256))
    for katakana, hiragana in zip(_KATAKANA, _HIRAGANA, strict=True):
        made = _low(fold(katakana.translate(_LARGE)))
        table[ord(_low(katakana))] = table[ord(_low(hiragana))] = ord(made)
    return bytes(table)


def _unvoiced(sign: str) -> str:
    return unicodedata.normalize("NFD", sign)[0]


def _low(signs: str) -> bytes:
    return signs.encode("utf-16-le")[::2]


@cache
def _variants() -> dict[int, str]:
    return {ord(row["variant"]): row["one"] for row in rows("kanji_variants")}

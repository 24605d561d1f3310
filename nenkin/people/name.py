"""Names of people who do not exist, and what may have been done to a name that was written twice."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from nenkin.dated import rows

Draw = Callable[[], float]
Name = tuple[str, str]  # kana and kanji

_HOMOPHONES = {"ズ": "ヅ", "ヅ": "ズ", "ジ": "ヂ", "ヂ": "ジ", "オ": "ヲ"}
_LARGE = dict(zip("ァィゥェォッャュョ", "アイウエオツヤユヨ", strict=True))
_VOICED, _SEMIVOICED = "\u3099", "\u309a"


@dataclass(frozen=True, slots=True)
class Names:
    """All surnames and the given names of each sex."""

    surnames: tuple[Name, ...]
    given: dict[str, tuple[Name, ...]]


@cache
def names() -> Names:
    """The names that the parts of the table `people_name_parts` make."""
    parts: dict[str, list[Name]] = {}
    for row in rows("people_name_parts"):
        parts.setdefault(row["part"], []).append((row["kana"], row["kanji"]))

    def joined(what: str) -> tuple[Name, ...]:
        firsts, lasts = parts[f"{what}_first"], parts[f"{what}_last"]
        return tuple((a + b, c + d) for a, c in firsts for b, d in lasts if c != d)

    return Names(joined("surname"), {sex: joined(sex) for sex in ("male", "female")})


def homophone(kana: str, draw: Draw) -> str | None:
    """A name with one sign written as another that sounds the same; None where it has none."""
    return _replaced(kana, _HOMOPHONES, draw)


def large(kana: str, draw: Draw) -> str | None:
    """A name with one small kana written large; None where it has none."""
    return _replaced(kana, _LARGE, draw)


def miskeyed(kana: str, draw: Draw) -> str | None:
    """A name with one voiced mark left out or keyed too much; None where no sign can bear one."""
    return _replaced(kana, _voiced_or_not(), draw)


def variant(kanji: str) -> str | None:
    """A name with a kanji written as one of its variants; None where it has none."""
    for row in rows("kanji_variants"):
        if row["one"] in kanji:
            return kanji.replace(row["one"], row["variant"])
    return None


def _replaced(kana: str, signs: dict[str, str], draw: Draw) -> str | None:
    places = [place for place, sign in enumerate(kana) if sign in signs]
    if not places:
        return None
    place = places[int(draw() * len(places))]
    return kana[:place] + signs[kana[place]] + kana[place + 1 :]


@cache
def _voiced_or_not() -> dict[str, str]:
    """Each sign that can bear a voiced mark with what it becomes with or without."""
    found = {}
    for code in range(ord("ァ"), ord("ヴ")):
        # The voiced mark last: it is the one that is keyed too much.
        for mark in (_SEMIVOICED, _VOICED):
            marked = unicodedata.normalize("NFC", chr(code) + mark)
            # ヴ, ヷ and their like are keyed by nobody by mistake.
            if len(marked) == 1 and marked < "ヴ":
                found[chr(code)], found[marked] = marked, chr(code)
    return found

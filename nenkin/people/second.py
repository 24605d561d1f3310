"""The second number of a person: what was done to the name when it was issued without seeing that there is a first."""

from __future__ import annotations

from bisect import bisect
from itertools import accumulate

from nenkin.people.name import Draw, Name, homophone, large, miskeyed, variant

SAME, BLANK, HOMOPHONE, VOICED, SMALL = "same", "blank", "homophone", "voiced", "small"
KANJI, SURNAME, SURNAME_MOVED, BIRTH = "kanji", "surname", "surname_moved", "birth"
# How often each is done, in thousandths (made up): of the last two no key can tell that it is one person.
_OFTEN = {
    SAME: 330,
    BLANK: 150,
    HOMOPHONE: 100,
    VOICED: 200,
    SMALL: 70,
    SURNAME: 120,
    SURNAME_MOVED: 15,
    BIRTH: 15,
}
_KINDS = tuple(_OFTEN)
DONE = (*_KINDS, KANJI)
UNSEEN = frozenset({SURNAME_MOVED, BIRTH})
_STEPS = list(accumulate(_OFTEN.values()))


def alter(surname: Name, given: Name, other: Name, draw: Draw) -> tuple[str, str, str]:
    """What was done, and the name in kana and kanji that came of it; `other` is a surname to change to.

    Where a name has no sign for what was to be done it stays the same, and that is what is told; a name with a kanji
    that has variants gets one instead of staying the same.
    """
    done = _KINDS[bisect(_STEPS, draw() * _STEPS[-1])]
    kana, kanji = f"{surname[0]} {given[0]}", f"{surname[1]} {given[1]}"
    if done in {SURNAME, SURNAME_MOVED}:
        return done, f"{other[0]} {given[0]}", f"{other[1]} {given[1]}"
    if done == BLANK:
        return done, kana.replace(" ", ""), kanji
    if done == SAME and (written := variant(kanji)):
        return KANJI, kana, written
    change = {HOMOPHONE: homophone, VOICED: miskeyed, SMALL: large}.get(done)
    if change is None:
        return done, kana, kanji
    changed = change(kana, draw)
    return (done, changed, kanji) if changed else (SAME, kana, kanji)

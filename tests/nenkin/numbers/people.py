"""Persons with several numbers, spelled as they were keyed, and the truth of who is who.

How often a name is keyed otherwise is an assumption: of the numbers 20 % with other kana of the same sound, 5 % without
the blank, 5 % with a voiced mark too many, 5 % of women with another family name, 1 % with that and another address.
Of a thousand persons two have a twin of the same sex whose given name is the same but for voiced marks.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from nenkin.matching.name import keys
from nenkin.matching.person import address_key


def _words(text: str) -> list[str]:
    return text.split()


_FAMILIES = _words("""
    サトウ スズキ タカハシ タナカ イトウ ワタナベ ヤマモト ナカムラ コバヤシ カトウ ヨシダ ヤマダ ササキ ヤマグチ マツモト
    イノウエ キムラ ハヤシ シミズ ヤマザキ モリ アベ イケダ ハシモト ヤマシタ イシカワ ナカジマ マエダ フジタ オガワ
    ゴトウ オカダ ハセガワ ムラカミ コンドウ イシイ サイトウ サカモト エンドウ アオキ フジイ ニシムラ フクダ オオタ ミウラ
    フジワラ オカモト マツダ ナカガワ ナカノ ハラダ オノ タムラ タケウチ カネコ ワダ ナカヤマ イシダ ウエダ モリタ
""")
_SYLLABLES = _words(
    "ア イ カズ キ コ サ シゲ シヅ タケ タダ チヅ トシ ナオ ノブ ハル ヒデ フミ マサ ミツ ヤス ユキ ヨシ"
)
_ENDS = {"male": _words("オ ロウ シ キ ト ヒコ"), "female": _words("コ エ ミ ヨ カ ジュ")}
_SAME = str.maketrans({"ヅ": "ズ", "ヂ": "ジ", "ュ": "ユ"})
_VOICED = str.maketrans(
    "カキクケコサシスセソタチツテトハヒフヘホ", "ガギグゲゴザジズゼゾダヂヅデドバビブベボ"
)

TWINS = 0.002


@dataclass(frozen=True, slots=True)
class Held:
    """One number as it was issued, and the person who holds it."""

    person: int
    number: str
    name: str
    birth: date
    sex: str
    address: str

    def row(self) -> str:
        """It as a line of COPY, with the keys."""
        office, serial = self.number.split("-")
        match = "\\\\x" + keys(self.name).match.hex()
        values = (self.number, office, str(int(serial)), office, self.name, match, str(self.birth))
        return "\t".join((*values, self.sex, self.address, address_key(self.address)))


def _twin(given: str) -> str:
    return given.translate(_VOICED)


def people(count: int, seed: int) -> Iterator[Held]:
    """`count` persons, a fifth of them with two or three numbers, whose spelling differs now and then."""
    dice = random.Random(seed)
    serial = 0
    for person in range(count):
        sex = dice.choice(("male", "female"))
        family = dice.choice(_FAMILIES)
        given = "".join(dice.choices(_SYLLABLES, k=2)) + dice.choice(_ENDS[sex])
        birth = date(1930, 1, 1) + timedelta(days=dice.randrange(365 * 60))
        address = f"三鷹市{dice.randrange(10**6)}番地"
        if dice.random() < TWINS and (twin := _twin(given)) != given:
            serial += 1
            yield Held(-person, f"2101-{serial:06d}", f"{family} {twin}", birth, sex, address)
        for _ in range(dice.choice((1,) * 8 + (2, 3))):
            serial += 1
            name, held_at = f"{family} {given}", address
            what = dice.random()
            if what < 0.20:
                name = name.translate(_SAME)
            elif what < 0.25:
                name = name.replace(" ", "")
            elif what < 0.30:
                place = dice.randrange(len(name))
                name = name[:place] + name[place].translate(_VOICED) + name[place + 1 :]
            elif what < 0.35:
                family = dice.choice(_FAMILIES) if sex == "female" else family
                name = f"{family} {given}"
            elif what < 0.36:
                name, held_at = f"{dice.choice(_FAMILIES)} {given}", f"武蔵野市{serial}"
            yield Held(person, f"2101-{serial:06d}", name, birth, sex, held_at)

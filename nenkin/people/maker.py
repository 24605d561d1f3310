"""Makes blocks of people: table-driven and in text, for a row costs less than PostgreSQL needs to take it in."""

from __future__ import annotations

from datetime import date
from random import Random
from typing import NamedTuple

from nenkin.people.history import Histories, Lines
from nenkin.people.lines import COLUMNS, Block
from nenkin.people.month import DAY, FIRST_DAY, YEAR_MONTH, ordinal
from nenkin.people.name import Name, names
from nenkin.people.numbering import (
    BLOCK,
    ESTABLISHMENTS,
    Part,
    establishments_before,
    office,
    serials_before,
)
from nenkin.people.place import Places, account
from nenkin.people.second import BIRTH, SURNAME_MOVED, alter

# In a group the last places are second numbers of some place before them, as often as not.
GROUP, SECONDS = 40, 2
_SECOND_SHARE = 0.5
# Of those who are of one sex with the one before, who are twins and live together: no second numbers.
_TWIN_SHARE = 0.02
_INSURED_SHARE = 0.69  # domain 0: 70.29 of 101.66 million are insured, the others get a pension
_ADULT, _OLD, _OLDEST = 20 * 12, 65 * 12, 85 * 12
# Whoever was born before is under rules of an older scheme.
_FIRST_BIRTH = ordinal(date(1941, 5, 1))
_MOVED = "2015-10-01"  # when those did who are known at two addresses
_RENAMED = 26 * 12  # the age in months at which a surname changes
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class _Person(NamedTuple):
    """What a second number shares with the first."""

    number: str
    surname: Name
    given: Name
    changed: Name | None
    born: int
    day: int
    sex: str
    home: str
    account: str


class Maker:
    """Makes the blocks of one population."""

    def __init__(self, seed: int, until: date) -> None:
        """`until` is a day of the last month of the histories."""
        self._seed = seed
        self._until = ordinal(until)
        self._histories = Histories(self._until)

    def make(self, part: Part, act: int) -> Block:
        """The places of a part of a block, entered by an act; the same for the same seed, month, place and act."""
        rng = Random(f"{self._seed}/{part.block}")
        return _BlockMaker(self._histories, self._until, rng, part, act).make()


class _BlockMaker:
    """Makes one block."""

    def __init__(self, histories: Histories, until: int, rng: Random, part: Part, act: int) -> None:
        self._histories = histories
        self._until = until
        self._rng = rng
        self._part = part
        self._act = f"{act}\t"
        self._office = office(part.block)
        self._places = Places(self._office)
        self._texts: dict[str, list[str]] = {table: [] for table in COLUMNS}
        self._truth: list[str] = []
        self._codes: list[str] = []

    def make(self) -> Block:
        self._make_establishments()
        for first in range(0, BLOCK, GROUP):
            self._make_group(first)
        tables = {table: "".join(texts) for table, texts in self._texts.items()}
        return Block(tables, "".join(self._truth))

    def _make_establishments(self) -> None:
        draw, before = self._rng.random, establishments_before(self._part.block)
        surnames = names().surnames
        is_first = self._part.low == 0
        for serial in range(before + 1, before + ESTABLISHMENTS + 1):
            code = f"{self._office.code}-{serial:05d}"
            joined = f"19{46 + int(draw() * 12)}-{1 + int(draw() * 12):02d}-01"
            labour = f"{int(draw() * 10**14):014d}"
            name = surnames[int(draw() * len(surnames))][1]
            home = self._places.draw(draw)
            self._codes.append(f"{code}\n")
            if is_first:
                self._texts["establishments"].append(f"{self._act}{code}\t{joined}\t{labour}\n")
                text = f"{self._act}{code}\t{joined}\t株式会社{name}\t{home}\n"
                self._texts["establishment_addresses"].append(text)

    def _make_group(self, first: int) -> None:
        draw, last = self._rng.random, GROUP - SECONDS
        owners: dict[int, list[int]] = {}
        for place in range(last, GROUP):
            if draw() < _SECOND_SHARE:
                owners.setdefault(int(draw() * last), []).append(place)
        seconds = {place for places in owners.values() for place in places}
        later: dict[int, tuple[_Person, Lines]] = {}
        before: _Person | None = None
        for place in range(GROUP):
            if place in seconds:
                self._make_second(first + place, *later[place])
                continue
            places = owners.get(place, [])
            person = self._person(first + place)
            if draw() < _TWIN_SHARE and before is not None:
                person = self._twin(person, before)
            before = person
            lines = self._histories.make(
                self._rng, person.born, person.day, person.sex, self._codes, 1 + len(places)
            )
            if self._part.low <= first + place < self._part.high:
                self._write(person, lines[0], person.changed)
            for other, of_other in zip(places, lines[1:], strict=True):
                later[other] = person, of_other

    def _person(self, place: int) -> _Person:
        draw = self._rng.random
        known = names()
        sex = "female" if draw() < 0.51 else "male"
        given = known.given[sex]
        age = draw()
        if age < _INSURED_SHARE:
            months = _ADULT + int(age / _INSURED_SHARE * (_OLD - _ADULT))
        else:
            # The older, the fewer there are.
            months = _OLD + int((1 - draw() ** 0.5) * (_OLDEST - _OLD))
        born = max(self._until - months, _FIRST_BIRTH)
        day = 1 + int(draw() * (29 if born % 48 == 1 else _DAYS[born % 12]))
        # Some names are more frequent than others, if less so than they are in truth.
        surname = known.surnames[int(draw() ** 1.5 * len(known.surnames))]
        changed = None
        if draw() < (0.15 if sex == "female" else 0.01) and months > _RENAMED:
            changed = known.surnames[int(draw() * len(known.surnames))]
        return _Person(
            self._number(place),
            surname,
            given[int(draw() ** 1.5 * len(given))],
            changed,
            born,
            day,
            sex,
            self._places.draw(draw),
            account(draw),
        )

    @staticmethod
    def _twin(person: _Person, other: _Person) -> _Person:
        """A person as the twin of another: alike in all but the given name and the account."""
        if person.sex != other.sex or person.given[0] == other.given[0]:
            return person
        return person._replace(
            surname=other.surname, changed=None, born=other.born, day=other.day, home=other.home
        )

    def _number(self, place: int) -> str:
        return f"{self._office.code}-{serials_before(self._part.block) + place + 1:06d}"

    def _make_second(self, place: int, first: _Person, lines: Lines) -> None:
        draw, surnames = self._rng.random, names().surnames
        other = first.changed or surnames[int(draw() * len(surnames))]
        while other[0] == first.surname[0]:
            other = surnames[int(draw() * len(surnames))]
        done, kana, kanji = alter(first.surname, first.given, other, draw)
        day, home = first.day, first.home
        if done == BIRTH:
            day = day - 1 if day > 1 else 2
        elif done == SURNAME_MOVED:
            home = self._places.draw(draw)
        if not self._part.low <= place < self._part.high:
            return
        second = first._replace(number=self._number(place), day=day, home=home)
        self._write_as(second, kana, kanji, lines)
        name = f"{first.surname[0]} {first.given[0]}\t{first.surname[1]} {first.given[1]}"
        self._truth.append(
            f"{second.number}\t{first.number}\t{done}\t{name}\t{YEAR_MONTH[first.born]}{DAY[first.day]}\n"
        )

    def _write(self, person: _Person, lines: Lines, changed: Name | None) -> None:
        surname, given = person.surname, person.given
        self._write_as(person, f"{surname[0]} {given[0]}", f"{surname[1]} {given[1]}", lines)
        if changed is not None:
            since = FIRST_DAY[person.born + _RENAMED]
            self._texts["identities"].append(
                f"{self._act}{person.number}\t{since}\t{changed[0]} {given[0]}\t{changed[1]} {given[1]}\t"
                f"{YEAR_MONTH[person.born]}{DAY[person.day]}\t{person.sex}\n"
            )

    def _write_as(self, person: _Person, kana: str, kanji: str, lines: Lines) -> None:
        texts = self._texts
        prefix = f"{self._act}{person.number}\t"
        birth = f"{YEAR_MONTH[person.born]}{DAY[person.day]}"
        texts["persons"].append(f"{prefix}{kana}\t{kanji}\t{birth}\t{person.sex}\n")
        since = lines.periods[0][:10] if lines.periods else FIRST_DAY[self._until]
        if person.day % 3 == 0 and since < _MOVED:
            # A third has moved, within the block of houses.
            texts["addresses"].append(f"{prefix}{since}\t{person.home}-{person.day}\n")
            texts["addresses"].append(f"{prefix}{_MOVED}\t{person.home}\n")
        else:
            texts["addresses"].append(f"{prefix}{since}\t{person.home}\n")
        texts["accounts"].append(f"{prefix}{since}\t{person.account}\t{kana}\n")
        for table, made in zip(("periods", "contribution_runs", "decisions"), lines, strict=True):
            if made:
                texts[table].append(prefix + prefix.join(made))

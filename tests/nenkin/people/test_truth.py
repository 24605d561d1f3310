"""Which numbers are one person is told, and the matcher finds them."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import pytest

from nenkin.matching.batch import Pair, match
from nenkin.matching.level import Level, level
from nenkin.matching.person import Person
from nenkin.people.numbering import BLOCK
from nenkin.people.second import DONE, KANJI, UNSEEN, alter
from tests.nenkin.people.reading import blocks, rows, truth

COUNT = 20_000
WANTED = {
    "same": Level.DUPLICATE,
    "blank": Level.DUPLICATE,
    "homophone": Level.DUPLICATE,
    "small": Level.DUPLICATE,
    "kanji": Level.DUPLICATE,
    "voiced": Level.CONFIRM,
    "surname": Level.RENAMED,
    "surname_moved": None,
    "birth": None,
}


def persons(seed: int) -> dict[str, Person]:
    found: dict[str, Person] = {}
    for block in blocks(seed, COUNT):
        homes = {row["number"]: row["address"] for row in rows(block, "addresses")}
        for row in rows(block, "persons"):
            home = homes[row["number"]]
            found[row["number"]] = Person(
                row["number"], row["name_kana"], row["birth_date"], row["sex"], home
            )
    return found


@pytest.mark.parametrize("seed", [1, 5])
def test_each_second_number_was_treated_as_told(seed: int) -> None:
    known = persons(seed)
    done: Counter[str] = Counter()
    for block in blocks(seed, COUNT):
        for row in truth(block):
            first, second = known[row["person"]], known[row["number"]]
            assert first.sex == second.sex
            assert (first.birth == second.birth) is (row["done"] != "birth")
            assert row["name_kana"] == first.name
            assert level(first, second) == WANTED[row["done"]], row
            done[row["done"]] += 1
    # Few surnames have a kanji with variants.
    assert set(done) | {KANJI} == set(DONE) == set(WANTED)
    assert 0.02 <= sum(done.values()) / COUNT <= 0.03
    assert sum(done[name] for name in UNSEEN) / sum(done.values()) < 0.05


def test_the_matcher_finds_them_and_little_else() -> None:
    known = persons(1)
    one_person = {
        frozenset((row["number"], row["person"]))
        for block in blocks(1, COUNT)
        for row in truth(block)
    }
    # Two seconds of one first are one person too.
    seconds: dict[str, list[str]] = {}
    for block in blocks(1, COUNT):
        for row in truth(block):
            seconds.setdefault(row["person"], []).append(row["number"])
    one_person |= {frozenset(both) for both in seconds.values() if len(both) == 2}
    assert _twins(known, one_person) > COUNT / 200
    in_order = sorted(known.values(), key=lambda one: (one.birth, one.sex))
    found = [pair for pair in match(in_order) if isinstance(pair, Pair)]
    sure = [pair for pair in found if pair.level is Level.DUPLICATE]
    right = {frozenset((pair.one, pair.other)) for pair in found} & one_person
    assert sum(frozenset((p.one, p.other)) in one_person for p in sure) / len(sure) >= 0.999
    assert len(right) / len(one_person) >= 0.95


def _twins(known: dict[str, Person], one_person: set[frozenset[str]]) -> int:
    """How many pairs share birth date, sex and address and are two persons."""
    sharing: dict[tuple[str, str, str], list[str]] = {}
    for one in known.values():
        sharing.setdefault((one.birth, one.sex, one.address), []).append(one.number)
    pairs = [pair for numbers in sharing.values() for pair in combinations(numbers, 2)]
    return sum(frozenset(pair) not in one_person for pair in pairs)


def test_seconds_hold_a_later_part_of_the_history() -> None:
    for block in blocks(1, 10 * BLOCK):
        acquired: dict[str, list[str]] = {}
        for row in rows(block, "periods"):
            acquired.setdefault(row["number"], []).append(row["acquired"])
        for row in truth(block):
            first = acquired[row["person"]]
            assert row["number"] not in acquired or acquired[row["number"]][0] > first[-1]


def test_a_kanji_that_has_variants_is_written_as_one() -> None:
    names = ("サイトウ", "斉藤"), ("ハナ", "花"), ("ヤマダ", "山田")
    assert alter(*names, lambda: 0.0) == (KANJI, "サイトウ ハナ", "齋藤 花")


@pytest.mark.parametrize(
    ("surname", "wanted"),
    [
        ("シヅカ", {"シズカ ア", "シツカ ア", "ジヅカ ア", "シヅガ ア"}),
        ("ア", {"ア ア"}),
        ("ワヲ", {"ワヲ ア"}),
        ("ハパ", {"ハパ ア", "バパ ア", "ハハ ア"}),
    ],
)
def test_what_can_become_of_a_name(surname: str, wanted: set[str]) -> None:
    """Of homophones and voiced marks."""
    made = {
        kana
        for first in (0.55, 0.75)
        for second in (0.0, 0.34, 0.67)
        for _, kana, _ in [
            alter((surname, "x"), ("ア", "y"), ("z", "z"), iter((first, second)).__next__)
        ]
    }
    assert made == wanted

"""Matching many: the same pairs as comparing each with each, in order, as a stream."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nenkin.matching import batch
from nenkin.matching.batch import Crowd, InvalidOrder, Pair, match, match_blocks
from nenkin.matching.block import Block
from nenkin.matching.level import Level, level
from nenkin.matching.name import InvalidName
from nenkin.matching.person import Person, address_key
from nenkin.matching.triple import Triple, open_triples

BORN = ("1950-01-01", "male")


def person(
    number: int, name: str, birth: str = BORN[0], sex: str = BORN[1], at: str = ""
) -> Person:
    return Person(f"2101-{number:06d}", name, birth, sex, at)


FAMILIES = st.sampled_from(
    ["シンドウ", "シントウ", "トヨダ", "トヨタ", "シヅ", "シズ", "シツ", "ー"]
)
GIVENS = st.sampled_from(["シヅオ", "シズオ", "シツオ", "ハナコ", "ハナコー"])
NAMES = st.just("ー") | st.builds(
    str.__add__, FAMILIES, st.builds(str.__add__, st.sampled_from(["", " "]), GIVENS)
)
PERSONS = st.builds(
    Person,
    st.integers(1, 10**6).map(str),
    NAMES,
    st.sampled_from(["1950-01-01", "1950-01-02", "1950-01-03"]),
    st.sampled_from(["female", "male"]),
    st.sampled_from(["", "a", "b"]),
)
POPULATIONS = st.lists(PERSONS, max_size=40, unique_by=lambda one: one.number)


def in_order(persons: list[Person]) -> list[Person]:
    return sorted(persons, key=lambda one: (one.birth, one.sex))


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        (person(1, "シンドウ シヅオ"), person(2, "シンドウシズオ"), Level.DUPLICATE),
        (person(1, "トヨダ"), person(2, "トヨタ"), Level.CONFIRM),
        (person(1, "シヅオ"), person(2, "シツオ"), Level.CONFIRM),
        (person(1, "シヅオ"), person(2, "シズオ"), Level.DUPLICATE),
        (person(1, "シズオ"), person(2, "シツオ"), None),
        (person(1, "ー"), person(2, "ー", at="a"), None),
        (person(1, ""), person(2, ""), None),
        (person(1, "トヨダ"), person(2, "トヨダ", "1950-01-02"), None),
        (person(1, "トヨダ"), person(2, "トヨダ", sex="female"), None),
        (person(1, "ヤマダ ハナコ", at="a"), person(2, "サトウ ハナコ", at="a"), Level.RENAMED),
        (person(1, "ヤマダ ハナコ", at="a"), person(2, "サトウ ハナコ", at="b"), None),
        (person(1, "ヤマダ ハナコ"), person(2, "サトウ ハナコ"), None),
        (person(1, "ヤマダハナコ", at="a"), person(2, "サトウハナコ", at="a"), None),
        (person(1, "ヤマダ ハナコ", at="a"), person(2, "サトウ ハナオ", at="a"), None),
        (
            person(1, "ヤマダ ハナコ", "1950-01-02", at="a"),
            person(2, "サトウ ハナコ", at="a"),
            None,
        ),
    ],
)
def test_the_level_of_a_pair(one: Person, other: Person, wanted: Level | None) -> None:
    assert level(one, other) == level(other, one) == wanted
    found = list(match(in_order([one, other])))
    assert [pair.level for pair in found] == ([wanted] if wanted else [])


@given(POPULATIONS)
def test_the_same_pairs_as_each_with_each(persons: list[Person]) -> None:
    persons = in_order(persons)
    levels = ((level(a, b), a.number, b.number) for a, b in combinations(persons, 2))
    wanted = [Pair(found, one, other) for found, one, other in levels if found]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batch, "CROWD", 40)
        assert list(match(persons)) == wanted


def test_persons_are_asked_for_as_pairs_are_taken() -> None:
    asked = 0

    def source() -> Iterator[Person]:
        nonlocal asked
        for day in range(1, 29):
            for number in (1, 2):
                asked += 1
                yield person(100 * day + number, "トヨダ", f"1950-01-{day:02d}")

    pairs = match(source())
    assert next(pairs) == Pair(Level.DUPLICATE, "2101-000101", "2101-000102")
    # Of the next birth date the first.
    assert asked == 3
    assert len(list(pairs)) == 27


@pytest.mark.parametrize(
    ("names", "at", "wanted"),
    [
        (["トヨダ"] * 4, "", Level.DUPLICATE),
        (["トヨダ", "トヨタ"] * 2, "", Level.CONFIRM),
        (["シヅ", "シツ"] * 2, "", Level.CONFIRM),
        (["ア カ", "イ カ", "ウ カ", "エ カ"], "a", Level.RENAMED),
    ],
)
def test_a_crowd_is_given_as_one(
    monkeypatch: pytest.MonkeyPatch, names: list[str], at: str, wanted: Level
) -> None:
    monkeypatch.setattr(batch, "CROWD", 3)
    persons = [person(number, name, at=at) for number, name in enumerate(names)]
    crowds = [found for found in match(persons) if isinstance(found, Crowd)]
    assert crowds == [Crowd(wanted, tuple(one.number for one in persons))]
    assert not any(isinstance(found, Crowd) for found in match(persons[:3]))


@pytest.mark.parametrize(
    "births",
    [["1950-01-02", "1950-01-01"], ["1950-01-01", "1950-01-02", "1950-01-01"]],
)
def test_persons_out_of_order_are_refused(births: list[str]) -> None:
    persons = [person(number, "トヨダ", birth) for number, birth in enumerate(births)]
    reason = "born 1950-01-01, male: it stands behind 1950-01-02, male"
    with pytest.raises(InvalidOrder, match=reason):
        list(match(persons))


def test_a_name_without_keys_ends_the_pass() -> None:
    with pytest.raises(InvalidName, match="'山田': '山' is no kana"):
        list(match([person(1, "トヨダ"), person(2, "山田")]))


@pytest.mark.parametrize("names", ["トヨダ《トヨダ《トヨダ", "トヨダ", "トヨダ︽トヨダ《トヨダ"])
def test_a_block_with_more_or_fewer_names_than_persons_is_refused(names: str) -> None:
    block = Block(*BORN, ["2101-000001", "2101-000002"], names, ["", ""])
    with pytest.raises(InvalidName, match="is no kana"):
        list(match_blocks([block]))


def test_nobody_matches_nobody() -> None:
    assert list(match([])) == []


def test_matches_are_not_joined_into_clusters() -> None:
    names = ["シズオ", "シツオ", "シヅオ"]
    pairs = [
        pair
        for pair in match([person(number, name) for number, name in enumerate(names, start=1)])
        if isinstance(pair, Pair)
    ]
    one, two, three = (f"2101-00000{number}" for number in (1, 2, 3))
    assert pairs == [Pair(Level.DUPLICATE, one, three), Pair(Level.CONFIRM, two, three)]
    assert list(open_triples(pairs)) == [Triple(one, three, two)]


@given(POPULATIONS)
def test_every_open_triple_is_one(persons: list[Person]) -> None:
    by_number = {one.number: one for one in persons}
    pairs = [pair for pair in match(in_order(persons)) if isinstance(pair, Pair)]
    for one, middle, other in open_triples(pairs):
        assert level(by_number[one], by_number[middle])
        assert level(by_number[middle], by_number[other])
        assert level(by_number[one], by_number[other]) is None


def test_an_address_without_blanks_and_widths() -> None:
    assert address_key("東京都　三鷹市 １−２") == address_key("東京都三鷹市1−2")

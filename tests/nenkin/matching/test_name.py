"""Keys of names against a slow and plain reading of the rules."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nenkin.matching.name import InvalidName, kanji_key, keys, loose_keys

KANA = "".join(chr(code) for code in range(ord("ァ"), ord("ヴ") + 1))
# A voiced mark of its own is no kana, so the half-width ones come with what they belong to.
SIGNS = [*KANA, *"ー -がぎづゎ　ｼﾂｮｰ", "ｶﾞ", "ﾂﾞ", "ﾊﾟ", "は\u3099"]
NAMES = st.lists(st.sampled_from(SIGNS), max_size=12).map("".join)


def spell(name: str) -> str:
    """A name after the steps that come before folding, one by one."""
    text = unicodedata.normalize("NFKC", name)
    text = "".join(chr(ord(sign) + 0x60) if "ぁ" <= sign <= "ゖ" else sign for sign in text)
    for small, large in zip("ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ", strict=True):
        text = text.replace(small, large)
    return text


def match_key(name: str) -> str:
    text = "".join(sign for sign in spell(name) if sign not in " ー-")
    for sign, one in zip("ヂヅヲヰヱ", "ジズオイエ", strict=True):
        text = text.replace(sign, one)
    return text


def without_marks(text: str) -> str:
    parts = unicodedata.normalize("NFD", text)
    return "".join(sign for sign in parts if sign not in "\u3099\u309a -ー")


def test_the_same_and_the_like() -> None:
    one, other = keys("シンドウ シヅオ"), keys("シンドウシズオ")
    assert (one.match, one.loose) == (other.match, other.loose)
    toyoda, toyota = keys("トヨダ"), keys("トヨタ")
    assert toyoda.match != toyota.match
    assert (toyoda.loose, toyoda.plain) == (toyota.loose, toyota.plain)


def test_no_single_key_joins_all_that_is_alike() -> None:
    voiced, same_sound, bare = keys("シヅオ"), keys("シズオ"), keys("シツオ")
    assert voiced.loose == same_sound.loose != bare.loose
    assert voiced.plain == bare.plain != same_sound.plain


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ｼﾝﾄﾞｳ ｼﾂﾞｵ", "シンドウ　シヅオ"),
        ("しんどう しづお", "シンドウ シヅオ"),
        ("ショウタロー", "シヨウタロ"),
        ("タロー", "タロ-"),
        ("タロ−", "タロ‐"),
        ("ヲノ", "オノ"),
        ("ヰノウエ", "イノウエ"),
        ("ヱビス", "エビス"),
        ("ヂ", "ジ"),
        ("ヅ", "ズ"),
        ("  ア イ ", "アイ"),
        ("カ\u3099", "ガ"),
        ("ヵヶ", "カケ"),
    ],
)
def test_what_is_written_in_several_ways(one: str, other: str) -> None:
    assert keys(one).match == keys(other).match


@pytest.mark.parametrize(
    ("name", "given_name"),
    [
        ("ネンキン ハナコ", "ハナコ"),
        ("ネンキン　ハナコ ", "ハナコ"),
        ("ア イ ウ", "ウ"),
        ("ネンキンハナコ", None),
        (" ハナコ", None),
        ("", None),
    ],
)
def test_a_given_name_stands_behind_a_blank(name: str, given_name: str | None) -> None:
    assert keys(name).given == (keys(given_name).match if given_name else b"")


@given(st.lists(NAMES, min_size=1, max_size=8))
def test_the_keys_of_many_are_those_of_each(names: list[str]) -> None:
    each = [keys(name) for name in names]
    assert loose_keys(names) == ([one.loose for one in each], [one.plain for one in each])


@given(NAMES, NAMES)
def test_keys_agree_with_a_slow_reading(one: str, other: str) -> None:
    ours, theirs = keys(one), keys(other)
    assert (ours.match == theirs.match) is (match_key(one) == match_key(other))
    loose = without_marks(match_key(one)) == without_marks(match_key(other))
    assert (ours.loose == theirs.loose) is loose
    plain = without_marks(spell(one)) == without_marks(spell(other))
    assert (ours.plain == theirs.plain) is plain


@given(NAMES, st.integers(0, 12))
def test_blanks_and_long_vowels_change_no_key(name: str, place: int) -> None:
    # Between a kana and a mark of its own a blank would part them.
    name = unicodedata.normalize("NFKC", name)
    for sign in " ー-　":
        changed = name[:place] + sign + name[place:]
        assert keys(changed)[:3] == keys(name)[:3]


@pytest.mark.parametrize(
    ("name", "sign"),
    [
        ("山田", "山"),
        ("ア\nイ", "\n"),
        ("ア《イ", "《"),
        ("ア・イ", "・"),
        ("A", "A"),
        ("ア\0", "\0"),
        ("ヽ", "ヽ"),
        ("ア\U0001f600", "\U0001f600"),
    ],
)
def test_what_is_no_kana_is_refused(name: str, sign: str) -> None:
    with pytest.raises(InvalidName) as raised:
        loose_keys(["アイ", name, "ウ"])
    assert str(raised.value) == f"name {name!r}: {sign!r} is no kana"


@given(st.text(max_size=6))
def test_any_text_has_keys_or_is_refused(text: str) -> None:
    try:
        found = keys(text)
    except InvalidName:
        return
    assert len(found.match) <= len(unicodedata.normalize("NFKC", text))


@pytest.mark.parametrize("variant", ["斉藤", "齋藤", "齊藤", "齎藤", "斉 藤", "齋　藤"])
def test_variants_of_kanji_are_one(variant: str) -> None:
    assert kanji_key(variant) == "斉藤"
    assert kanji_key("佐藤") != kanji_key(variant)

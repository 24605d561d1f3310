"""Text into the characters of the format."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nenkin.zengin.charset import Charset
from nenkin.zengin.folding import InvalidText, abbreviate, fold, fold_payee
from tests.nenkin.zengin.samples import DIALECT


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ネンキン ハナコ", "ﾈﾝｷﾝ ﾊﾅｺ"),
        ("ねんきん　はなこ", "ﾈﾝｷﾝ ﾊﾅｺ"),
        ("ガギパ", "ｶﾞｷﾞﾊﾟ"),
        ("か\u3099ｶﾞ", "ｶﾞｶﾞ"),
        ("シヅオ", "ｼﾂﾞｵ"),
        ("ショウタロー", "ｼﾖｳﾀﾛ-"),
        ("ｼｮｳﾀﾛｰ", "ｼﾖｳﾀﾛ-"),
        ("ヴァヵヶヮッ", "ｳﾞｱｶｹﾜﾂ"),
        ("ヲ", "ｵ"),
        ("ヰヱ", "ｲｴ"),
        ("ａｂc１２3（）．／−", "ABC123()./-"),
    ],
)
def test_text_is_folded(text: str, folded: str) -> None:
    assert fold(text, DIALECT) == folded


@pytest.mark.parametrize(
    ("name", "choice", "text", "folded"),
    [
        ("long_vowel", "allowed", "ロー", "ﾛｰ"),
        ("long_vowel", "refused", "ロー", None),
        ("wo", "allowed", "ヲ", "ｦ"),
        ("wo", "refused", "ヲ", None),
        ("old_kana", "refused", "ヰ", None),
        ("comma", "allowed", "，", ","),
        ("comma", "refused", ",", None),
        ("brackets", "allowed", "「」", "｢｣"),
        ("yen_sign", "allowed", "￥", "\\"),
    ],
)
def test_what_is_disputed_follows_the_dialect(
    name: str, choice: str, text: str, folded: str | None
) -> None:
    dialect = replace(DIALECT, **{name: choice})
    if folded is not None:
        assert fold(text, dialect) == folded
        return
    with pytest.raises(InvalidText, match="has no byte in the banks' character set"):
        fold(text, dialect)


def test_a_refusal_names_the_place() -> None:
    with pytest.raises(InvalidText, match="'ア山': '山' at place 2 has no byte"):
        fold("ア山", DIALECT)


@given(st.text())
def test_what_is_folded_can_be_written_and_folds_to_itself(text: str) -> None:
    try:
        folded = fold(text, DIALECT)
    except InvalidText:
        return
    assert len(Charset.of(DIALECT).encode(folded)) == len(folded)
    assert fold(folded, DIALECT) == folded


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("株式会社ニホン", "ｶ)ニホン"),
        ("ニホン株式会社", "ニホン(ｶ"),
        ("ニホン株式会社トウキョウ", "ニホン(ｶ)トウキョウ"),
        ("カブシキガイシャニホン", "ｶ)ニホン"),
        ("ネンキン ハナコ", "ネンキン ハナコ"),
    ],
)
def test_a_company_is_abbreviated(name: str, short: str) -> None:
    assert abbreviate(name) == short


def test_a_payee_is_cut_after_thirty_bytes() -> None:
    assert fold_payee("ガ" * 20, DIALECT) == "ｶﾞ" * 15
    assert fold_payee("ア" * 29 + " イ", DIALECT) == "ｱ" * 29
    assert fold_payee(" 株式会社ニホン ", DIALECT) == "(ｶ)ﾆﾎﾝ"
    assert fold_payee("株式会社ニホン", DIALECT) == "ｶ)ﾆﾎﾝ"

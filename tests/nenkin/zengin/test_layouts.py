"""Where every field stands, and the table of layouts itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from nenkin.zengin.layout import layouts
from nenkin.zengin.records import FORMS, Header

_BANK = "被仕向銀行番号 2-5 N|被仕向銀行名 6-20 C|被仕向支店番号 21-23 N|被仕向支店名 24-38 C"
_TO_NOVELTY = "預金種目 43 N|口座番号 44-50 N|受取人名 51-80 C|振込金額 81-90 I|新規コード 91 N"
_CREDIT = f"データ区分 1 =|{_BANK}|手形交換所番号 39-42 B|{_TO_NOVELTY}"
POSITIONS = {
    "header": (
        "データ区分 1 =|種別コード 2-3 N|コード区分 4 N|振込依頼人コード 5-14 N|振込依頼人名 15-54 C|振込指定日 55-58 N|"
        "仕向銀行番号 59-62 N|仕向銀行名 63-77 C|仕向支店番号 78-80 N|仕向支店名 81-95 C|預金種目 96 N|口座番号 97-103 N|"
        "ダミー 104-120 ="
    ),
    "transfer": (
        f"{_CREDIT}|顧客コード1 92-101 N|顧客コード2 102-111 N|振込指定区分 112 N|識別表示 113 =|ダミー 114-120 ="
    ),
    "transfer_edi": f"{_CREDIT}|EDI情報 92-111 C|振込指定区分 112 N|識別表示 113 =|ダミー 114-120 =",
    "salary": f"{_CREDIT}|社員番号 92-101 N|所属コード 102-111 N|ダミー 112-120 =",
    "debit": (
        f"データ区分 1 =|{_BANK}|ダミー 39-42 =|預金種目 43 N|口座番号 44-50 N|預金者名 51-80 C|引落金額 81-90 I|"
        "新規コード 91 N|顧客番号 92-111 C|振替結果コード 112 N|ダミー 113-120 ="
    ),
    "trailer": "データ区分 1 =|合計件数 2-7 I|合計金額 8-19 I|ダミー 20-120 =",
    "debit_trailer": (
        "データ区分 1 =|合計件数 2-7 I|合計金額 8-19 I|振替済件数 20-25 I|振替済金額 26-37 I|振替不能件数 38-43 I|"
        "振替不能金額 44-55 I|ダミー 56-120 ="
    ),
    "end": "データ区分 1 =|ダミー 2-120 =",
}
VALUES = {
    ("header", "record"): "1",
    ("header", "kind"): "11 12 21 71 72 91",
    ("header", "code"): "0 1",
    ("header", "account_kind"): "1 2 9",
    ("transfer", "record"): "2",
    ("transfer", "account_kind"): "1 2 4 9",
    ("transfer", "novelty"): "0 1 2",
    ("transfer", "speed"): "7 8",
    ("transfer_edi", "identification"): "Y",
    ("salary", "account_kind"): "1 2 4 9",
    ("debit", "account_kind"): "1 2 3 9",
    ("debit", "result"): "0 1 2 3 4 8 9",
    ("trailer", "record"): "8",
    ("debit_trailer", "record"): "8",
    ("end", "record"): "9",
}


@pytest.mark.parametrize("name", POSITIONS)
def test_every_field_stands_where_the_standard_has_it(name: str) -> None:
    fields = layouts()[name].fields
    assert "|".join(f"{f.term} {f.position} {f.kind}" for f in fields) == POSITIONS[name]
    assert sum(field.length for field in fields) == 120


def test_no_layout_is_without_its_positions() -> None:
    assert set(layouts()) == set(POSITIONS)


@pytest.mark.parametrize(("layout", "name"), VALUES)
def test_what_a_code_may_be(layout: str, name: str) -> None:
    [field] = [field for field in layouts()[layout].fields if field.name == name]
    assert " ".join(field.values) == VALUES[layout, name]


def test_rows_have_the_fields_of_their_layouts() -> None:
    assert Header._fields == tuple(field.name for field in layouts()["header"].given)
    for form in FORMS.values():
        assert form.row._fields == tuple(field.name for field in form.layout.given), form.name


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["a,1,119,C,x,,,"], "a has 119 bytes instead of 120"),
        (["a,1,1,C,x,,,", "a,3,118,C,y,,,"], "a, y does not begin at 2"),
    ],
)
def test_a_table_with_a_gap_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: list[str], reason: str
) -> None:
    text = "\n".join(["layout,position,length,type,field,values,term,source", *lines])
    (tmp_path / "zengin_layouts.csv").write_text(text, encoding="utf-8")
    monkeypatch.setenv("NENKIN_TABLES", str(tmp_path))
    layouts.cache_clear()
    try:
        with pytest.raises(ValueError, match=reason):
            layouts()
    finally:
        layouts.cache_clear()

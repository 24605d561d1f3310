"""One definition serves screen, notice, PDF and intake: what it reads, what it refuses and with which words."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from nenkin.paper import form as definitions
from nenkin.paper.form import Form, InvalidForm, form, forms
from nenkin.paper.form_sheet import drawn
from nenkin.paper.kinds import KINDS, Wrong
from nenkin.paper.pdf.single import document
from tests.nenkin.paper.persons import month, person

TODAY = date(2026, 11, 30)

READ = [
    ("number", "2101-000001", "2101-000001"),
    ("number", "２１０１０００００１", "2101-000001"),
    ("number", "2101－000001", "2101-000001"),
    ("kana", "ねんきん　はなこ", "ネンキン ハナコ"),
    ("kana", "ﾈﾝｷﾝ ﾊﾅｺ", "ネンキン ハナコ"),
    ("words", " 東京都 ", "東京都"),
    ("day", "2025年4月1日", date(2025, 4, 1)),
    ("day", "2025/4/1", date(2025, 4, 1)),
    ("month", "2025-04", month("2025-04")),
    ("yen", "１７，５１０円", 17510),
    ("count", "0", 0),
    ("postcode", "168-0071", "1680071"),
    ("establishment", "2101-00001", "2101-00001"),
]
REFUSED = [
    ("number", "2101-00001", "10桁"),
    ("number", "2101-000000", "000001から"),
    ("kana", "年金花子", "カタカナ"),
    ("kana", "ネンキン  Hanako", "カタカナ"),
    ("words", "あ" * 101, "100文字以内"),
    ("words", "東京\n都", "改行なし"),
    ("day", "2025-02-29", "暦にある日"),
    ("day", "令和7年4月1日", "西暦"),
    ("month", "2025-13", "年月"),
    ("yen", "-1", "円単位"),
    ("yen", "17510.5", "円単位"),
    ("count", "1000", "0から999"),
    ("postcode", "168007", "数字7桁"),
    ("bank", "12345", "数字4桁"),
    ("establishment", "9101-00001", "事業所番号"),
]


@pytest.mark.parametrize(("kind", "text", "value"), READ)
def test_what_is_keyed_is_read(kind: str, text: str, value: object) -> None:
    assert KINDS[kind](text) == value


@pytest.mark.parametrize(("kind", "text", "rule"), REFUSED)
def test_what_cannot_be_read_is_refused_with_its_rule(kind: str, text: str, rule: str) -> None:
    with pytest.raises(Wrong, match=rule):
        KINDS[kind](text)


def test_the_policys_forms_are_there() -> None:
    wanted = {"acquisition", "address_change", "exemption", "claim", "estimate", "contribution"}
    assert wanted <= set(forms())
    assert all(one.owner and one.purpose and one.title for one in forms().values())


@pytest.mark.parametrize("name", forms())
def test_every_source_is_a_place_in_a_record(name: str) -> None:
    places = person(account=("1", "0001", "001", "1234567", "ネンキン ハナコ")).sources()
    assert {field.source for field in form(name).fields if field.source} <= set(places)


@pytest.mark.parametrize("name", forms())
def test_what_a_record_fills_in_is_read_again(name: str) -> None:
    chosen = form(name)
    record = person(account=("1", "0001", "001", "1234567", "ネンキン ハナコ"))
    known = chosen.prefill(record.sources())
    texts = {field: chosen.field(field).key_in(value) for field, value in known.items()}
    assert chosen.check(texts, TODAY).values == known


@pytest.mark.usefixtures("font")
@pytest.mark.parametrize("name", forms())
def test_the_paper_has_every_label_and_what_is_known(name: str) -> None:
    chosen = form(name)
    known = chosen.prefill(person().sources())
    made = document(drawn(chosen, known, TODAY), chosen.title)
    reader = PdfReader(BytesIO(made))
    text = "".join(page.extract_text() for page in reader.pages)
    assert len(reader.pages) == 1
    for field in chosen.fields:
        assert field.label in text
        if not field.choices:
            assert field.show(known.get(field.name)) in text
    assert document(drawn(chosen, known, TODAY), chosen.title) == made


EXEMPTION = {"number": "2101-000001", "name_kana": "ネンキン ハナコ", "birth_date": "1970-07-15"}
EXEMPTION |= {"kind": "full", "first": "2025-07", "last": "2026-06", "reason": "income"}
PAID = {"number": "2101-000001", "month": "2025-04", "amount": "17510"}
MOVED = {"number": "2101-000001", "name_kana": "ネンキン ハナコ", "birth_date": "1970-07-15"}
MOVED |= {"postcode": "1680071", "address": "東京都杉並区1", "since": "2026-04-01"}
FAULTS = [
    ("exemption", EXEMPTION, {"last": "2025-06"}, {"first": "最後の月より後"}),
    ("exemption", EXEMPTION, {"last": "2031-06"}, {"first": "60か月以内"}),
    (
        "exemption",
        EXEMPTION,
        {"first": "2006-06", "last": "2006-06", "kind": "quarter"},
        {"first": "まだ"},
    ),
    ("exemption", EXEMPTION, {"kind": "free"}, {"kind": "全額免除・4分の3免除"}),
    ("exemption", EXEMPTION, {"kind": ""}, {"kind": "空欄"}),
    ("contribution", PAID, {"amount": "17520"}, {"amount": "17,510円で、それを超えて"}),
    ("contribution", PAID, {"amount": "0"}, {"amount": "1円以上"}),
    ("contribution", PAID, {"month": "1990-04"}, {"amount": "登録されていません"}),
    ("contribution", PAID, {"colour": "red"}, {"colour": "にない項目"}),
    ("address_change", MOVED, {"since": "2026-12-01"}, {"since": "令和8年11月30日"}),
    ("address_change", MOVED, {"since": "1970-07-14"}, {"since": "生年月日"}),
    (
        "address_change",
        MOVED,
        {"postcode": "", "address": ""},
        {"postcode": "空欄", "address": "空欄"},
    ),
]


@pytest.mark.parametrize(("name", "right", "changes", "wanted"), FAULTS)
def test_every_fault_has_a_sentence(
    name: str, right: dict[str, str], changes: dict[str, str], wanted: dict[str, str]
) -> None:
    chosen = form(name)
    assert chosen.check(right, TODAY).faults == {}
    faults = chosen.check(right | changes, TODAY).faults
    assert set(faults) == set(wanted)
    for field, words in wanted.items():
        assert words in faults[field]
        if changes.get(field) and field in {each.name for each in chosen.fields}:
            assert chosen.field(field).label in faults[field]


def test_what_an_applicant_says_of_the_record_must_be_right() -> None:
    chosen = form("address_change")
    values = chosen.check(MOVED | {"birth_date": "1970-07-16"}, TODAY).values
    found = chosen.disagreements(values, person().sources())
    assert list(found) == ["birth_date"]
    assert "昭和45年7月16日" in found["birth_date"]
    assert "昭和45年7月15日" in found["birth_date"]
    assert chosen.disagreements(chosen.check(MOVED, TODAY).values, person().sources()) == {}


FIELD = '[[fields]]\nname = "one"\nlabel = "一"\nkind = "{}"\n'
HEAD = 'title = "t"\nowner = "o"\npurpose = "p"\nnote = "n"\n'
BROKEN = [
    (HEAD + FIELD.format("colour"), "colour"),
    (HEAD + FIELD.format("words") * 2, "stands twice"),
    (HEAD + FIELD.format("choice"), "choices"),
    (HEAD + FIELD.format("words") + 'rule = "sometimes"\n', "sometimes"),
    (HEAD + FIELD.format("words") + '[[rules]]\nrule = "in_order"\nfields = ["two"]\n', "two"),
    (FIELD.format("words"), "title"),
    (HEAD, "fields"),
    ("[", "broken.toml"),
]


@pytest.mark.parametrize(("text", "named"), BROKEN)
def test_a_wrong_definition_is_refused(text: str, named: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidForm, match=named):
        definitions._read(path)


def test_a_form_that_is_not_there_is_named() -> None:
    with pytest.raises(InvalidForm, match="address_change"):
        form("nothing")
    assert isinstance(form("claim"), Form)

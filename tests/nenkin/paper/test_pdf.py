"""Pages as PDF: the same bytes each time, the font inside, and nothing lost between library and prepared page."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader
from pypdf.generic import StreamObject

from nenkin.paper.level import Levels
from nenkin.paper.pdf.font import FontMissing, font_path, width, writable
from nenkin.paper.pdf.sheaf import Sheaf
from nenkin.paper.pdf.sheet import MM, Drawing
from nenkin.paper.pdf.single import document
from nenkin.paper.statement import statement
from nenkin.paper.statement_sheet import prepared, whole, written
from tests.nenkin.paper.persons import person, run

pytestmark = pytest.mark.usefixtures("font")
DAY = date(2026, 5, 1)
RECORD = person(run("1990-07", "2024-03", "paid", 13300), run("2024-04", "2026-03", "unpaid", 0))


def sheaf(levels: Levels, count: int) -> bytes:
    file = BytesIO()
    made = Sheaf(file, prepared(DAY))
    for number in range(1, count + 1):
        record = replace(RECORD, number=f"2101-{number:06d}", name_kanji=f"年金 花子{number}")
        made.add(written(statement(levels, record, DAY)).texts)
    made.finish()
    return file.getvalue()


def lines(text: str) -> set[str]:
    return {line.strip() for line in text.splitlines() if line.strip()}


def test_both_ways_say_the_same(levels: Levels) -> None:
    record = replace(RECORD, number="2101-000001", name_kanji="年金 花子1")
    [single] = PdfReader(BytesIO(document(whole(statement(levels, record, DAY)), "t"))).pages
    page = PdfReader(BytesIO(sheaf(levels, 2))).pages[0]
    own = {text.text for text in written(statement(levels, record, DAY)).texts}
    said = page.extract_text()
    assert {one for one in own if one not in said} == set()
    assert {one for one in own if one not in single.extract_text()} == set()
    assert "最近2年の月ごとの状況" in single.extract_text()


def test_a_statement_says_what_is_recorded(levels: Levels) -> None:
    [page] = PdfReader(BytesIO(sheaf(levels, 1))).pages
    text = page.extract_text()
    # 1990-07 to 2024-03 are 405 months; of 24 unpaid ones all are overdue on 1 May 2026.
    for words in ("405月", "24月", "合わせて24月", "55歳", "昭和45年7月15日", "5,386,500円"):
        assert words in text
    # 831,700 is FY2025's, 847,300 FY2026's: 847,300 × 405 / 480.
    assert "714,909円" in text


def test_the_same_bytes_each_time_and_the_font_inside(levels: Levels) -> None:
    made = sheaf(levels, 3)
    assert made == sheaf(levels, 3)
    reader = PdfReader(BytesIO(made), strict=True)
    assert len(reader.pages) == 3
    assert made.count(b"/FontFile2") == 1
    # A TrueType font begins so.
    objects = [reader.get_object(number) for number in range(1, 9)]
    streams = [one.get_data() for one in objects if isinstance(one, StreamObject)]
    assert sum(one.startswith(b"\x00\x01\x00\x00") for one in streams) == 1
    single = document(whole(statement(levels, RECORD, DAY)), "t")
    assert single == document(whole(statement(levels, RECORD, DAY)), "t")
    assert b"FontFile2" in single


def test_each_page_is_one_persons(levels: Levels) -> None:
    pages = PdfReader(BytesIO(sheaf(levels, 12))).pages
    for number, page in enumerate(pages, start=1):
        found = lines(page.extract_text())
        assert f"年金 花子{number}　様" in found
        assert f"2101-{number:06d}" in found


def test_a_sign_that_the_font_does_not_have_is_not_left_out() -> None:
    assert writable("𠮷野 花子") in {"𠮷野 花子", "〓野 花子"}
    assert writable("年金 🗻") == "年金 〓"


def test_a_text_that_is_too_long_is_made_smaller() -> None:
    page = Drawing()
    page.text(10, 10, "東京都杉並区高井戸西" * 10, 10, 50)
    [text] = page.texts
    assert width(text.text, text.size) <= 50 * MM + 0.01
    page.right(100, 10, "1円", 10)
    assert page.texts[1].x == pytest.approx(100 - width("1円", 10) / MM)


def test_a_paragraph_begins_no_line_with_a_stop() -> None:
    page = Drawing()
    page.paragraph(10, 10, "あ" * 10 + "。" + "い" * 9, 10, 10 * 10 / MM)
    assert [text.text for text in page.texts] == ["あ" * 10 + "。", "い" * 9]


def test_a_missing_font_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NENKIN_FONT", str(tmp_path / "none.ttf"))
    with pytest.raises(FontMissing, match="fonts-ipaexfont-gothic"):
        font_path()

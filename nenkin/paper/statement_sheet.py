"""The page of the contribution statement: what is the same for all, and the texts of one person."""

from __future__ import annotations

from datetime import date
from functools import cache

from nenkin.benefits.ages import first_day
from nenkin.paper.japanese import day_text, month_text, months_text, year_text, yen_text
from nenkin.paper.pdf.sheet import Drawing
from nenkin.paper.statement import Statement
from nenkin.remuneration.national import payable_until

__all__ = ["TITLE", "masked", "prepared", "whole", "written"]

TITLE = "年金加入記録と納付状況のお知らせ"
_LEFT, _RIGHT = 20.0, 190.0
_KINDS = (
    ("国民年金　第1号　納付済", "paid"),
    ("　　　　　全額免除", "full"),
    ("　　　　　4分の3免除", "three_quarters"),
    ("　　　　　半額免除", "half"),
    ("　　　　　4分の1免除", "quarter"),
    ("　　　　　学生納付特例", "student"),
    ("　　　　　納付猶予", "deferment"),
    ("　　　　　未納（納期限を過ぎたもの）", "unpaid"),
    ("国民年金　第3号", "dependant"),
    ("厚生年金保険（第2号）", "employees"),
)
_ROW = 7.0
_TABLE = 92.0
_MARKS = (("paid", "納"), ("employees", "厚"), ("dependant", "3"), ("unpaid", "未"))
_MARK = {
    **dict(_MARKS),
    "full": "全",
    "three_quarters": "¾",
    "half": "半",
    "quarter": "¼",
    "student": "学",
    "deferment": "猶",
}
_MONTHS = 24
_GRID = 188.0
_CELL = 170.0 / 12
_SPANS = 4


@cache
def prepared(day: date) -> Drawing:
    """What every statement of a day has."""
    page = Drawing()
    page.text(_LEFT, 24, TITLE, 16)
    page.line(_LEFT, 27, _RIGHT, 27, 1.2)
    page.text(118, 37, "基礎年金番号", 9)
    page.text(118, 44, "生年月日", 9)
    page.text(118, 51, "年齢", 9)
    page.text(118, 58, "作成日", 9)
    page.text(_LEFT, _TABLE - 12, "1　これまでの加入月数", 12)
    page.box(_LEFT, _TABLE - 8, 108, _ROW)
    page.centre(_LEFT + 38, _TABLE - 3.2, "区分", 9)
    page.centre(_LEFT + 92, _TABLE - 3.2, "月数", 9)
    y = _TABLE - 1
    for label, _ in _KINDS:
        page.text(_LEFT + 2, y + 4.8, label, 9.5)
        page.line(_LEFT, y, _LEFT + 108, y, 0.3)
        y += _ROW
    page.box(_LEFT, y, 108, _ROW, 0.95)
    page.text(_LEFT + 2, y + 4.8, "受給資格期間（免除・合算対象を含む）", 9.5)
    page.line(_LEFT + 76, _TABLE - 8, _LEFT + 76, y + _ROW, 0.3)
    page.frame(_LEFT, _TABLE - 8, 108, y + _ROW - _TABLE + 8, 0.8)
    page.line(_LEFT, y, _LEFT + 108, y, 0.8)
    page.text(134, _TABLE - 12, "2　これまでの納付額", 12)
    page.text(134, _TABLE - 1.5, "国民年金保険料の納付額の累計", 9)
    page.text(134, _TABLE + 11, "（平成10年4月以後に記録のある額）", 7.5)
    page.text(134, _TABLE + 22, "3　これまでの記録による", 12)
    page.text(134, _TABLE + 28, "　 老齢年金額（年額）", 12)
    page.text(134, _TABLE + 38, "老齢基礎年金", 9)
    page.text(134, _TABLE + 46, "老齢厚生年金", 9)
    page.line(134, _TABLE + 49, _RIGHT, _TABLE + 49, 0.3)
    page.text(134, _TABLE + 55, "合計", 9)
    page.text(_LEFT, _GRID - 4, "4　最近2年の月ごとの状況", 12)
    for row in range(2):
        top = _GRID + row * 17
        page.box(_LEFT, top, 170, 6)
        for column in range(13):
            page.line(_LEFT + column * _CELL, top, _LEFT + column * _CELL, top + 14, 0.3)
        page.line(_LEFT, top + 6, _RIGHT, top + 6, 0.3)
        page.frame(_LEFT, top, 170, 14, 0.8)
    page.text(
        _LEFT,
        _GRID + 36,
        "納:納付　厚:厚生年金　3:第3号　未:未納　全・¾・半・¼:免除　学:学生納付特例　猶:納付猶予　・:納期限前",
        7.5,
    )
    for place, month in enumerate(range(_first_month(day), _first_month(day) + _MONTHS)):
        row, column = divmod(place, 12)
        first = first_day(month)
        year = f"{str(first.year)[2:]}年" if column == 0 or first.month == 1 else ""
        x = _LEFT + (column + 0.5) * _CELL
        page.centre(x, _GRID + row * 17 + 4.2, f"{year}{first.month}月", 8, _CELL - 1)
    page.text(_LEFT, _GRID + 46, "5　納期限を過ぎた未納の月", 12)
    page.line(_LEFT, 272, _RIGHT, 272, 0.5)
    page.paragraph(
        _LEFT,
        277,
        "記録に「もれ」や「誤り」があると思われるときは、年金事務所にお申し出ください。年金額は、65歳から受け取るときの"
        "額を、これまでの記録だけで計算したものです。今後の加入や法令の改正によって変わります。",
        8,
        170,
    )
    return page


def masked(number: str) -> str:
    """A number of which a letter that goes astray tells four digits only."""
    return f"****-**{number[-4:]}"


def written(made: Statement, *, is_masked: bool = False) -> Drawing:
    """The texts of one person."""
    page = Drawing()
    record, held = made.record, made.held
    if record.postcode:
        page.text(_LEFT, 37, f"〒{record.postcode[:3]}-{record.postcode[3:]}", 10)
    page.text(_LEFT, 43, record.address, 10, 92)
    page.text(_LEFT, 53, f"{record.name}　様", 13, 92)
    page.text(145, 37, masked(record.number) if is_masked else record.number, 10)
    page.text(145, 44, day_text(record.birth), 10)
    page.text(145, 51, f"{made.age}歳", 10)
    page.text(145, 58, day_text(made.day), 10)
    y = _TABLE - 1
    for _, kind in _KINDS:
        page.right(_LEFT + 104, y + 4.8, f"{held.by_kind.get(kind, 0)}月", 9.5)
        y += _ROW
    page.right(_LEFT + 104, y + 4.8, months_text(made.eligible), 9.5, 26)
    if made.eligible < made.needed:
        page.text(
            _LEFT,
            y + 12,
            f"老齢年金を受け取るには{made.needed}月が必要です（あと{made.needed - made.eligible}月）。",
            9,
        )
    page.right(_RIGHT, _TABLE + 6, yen_text(held.paid_yen), 12)
    for place, amount in ((38, made.basic), (46, made.employees)):
        page.right(_RIGHT, _TABLE + place, _amount(amount), 10)
    if made.basic is not None and made.employees is not None:
        page.right(_RIGHT, _TABLE + 55, yen_text(made.basic + made.employees), 12)
    else:
        page.right(_RIGHT, _TABLE + 55, "—", 12)
    if made.level is not None:
        page.text(134, _TABLE + 61, f"{year_text(made.level)}度の額による", 7.5)
    if made.sentence:
        page.paragraph(134, _TABLE + 66, made.sentence, 7.5, 56, 1.4)
    _write_months(page, made)
    _write_unpaid(page, made)
    return page


def whole(made: Statement) -> Drawing:
    """Both on one page."""
    page, own = prepared(made.day), written(made)
    return Drawing(list(page.lines), list(page.boxes), [*page.texts, *own.texts])


def _first_month(day: date) -> int:
    return day.year * 12 + day.month - _MONTHS


def _amount(amount: int | None) -> str:
    return "—" if amount is None else yen_text(amount)


def _write_months(page: Drawing, made: Statement) -> None:
    first = _first_month(made.day)
    marks: dict[int, str] = {}
    for run in made.held.runs:
        if run.last < first:
            continue
        for month in range(max(run.first, first), run.last + 1):
            marks[month] = _MARK[run.kind]
            if run.kind == "unpaid" and not any(a <= month < b for a, b in made.held.unpaid):
                marks[month] = "・"
    for place in range(_MONTHS):
        month = first + place
        row, column = divmod(place, 12)
        x = _LEFT + (column + 0.5) * _CELL
        page.centre(x, _GRID + row * 17 + 11.2, marks.get(month, ""), 10)


def _write_unpaid(page: Drawing, made: Statement) -> None:
    spans = made.held.unpaid
    y = _GRID + 53.0
    if not spans:
        page.text(_LEFT + 4, y, "ありません。", 9.5)
        return
    page.text(_LEFT + 4, y, f"合わせて{made.held.unpaid_months}月", 9.5)
    y += 6
    for first, end in reversed(spans[-_SPANS:]):
        if y > 269:
            break
        until = (
            month_text(first)
            if end - first == 1
            else f"{month_text(first)}から{month_text(end - 1)}まで"
        )
        text = f"{until}（{end - first}月）"
        last_day = payable_until(first_day(end - 1))
        if last_day >= made.day:
            text += f"　最後の月は{day_text(last_day)}まで納められます。"
        page.text(_LEFT + 4, y, text, 9, 166)
        y += 5.5

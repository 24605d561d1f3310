"""The page of the pension estimate."""

from __future__ import annotations

from nenkin.paper.estimate import Estimate, Option
from nenkin.paper.japanese import day_text, month_text, months_text, year_text, yen_text
from nenkin.paper.pdf.sheet import Drawing

__all__ = ["TITLE", "drawn"]

TITLE = "年金見込額試算"
_LEFT, _RIGHT = 20.0, 190.0
_FUTURE = {
    "as_now": "今の加入のまま{age}歳になるまで続けるものとします。",
    "paid": "国民年金の保険料を{age}歳になるまで全額納付するものとします。",
    "none": "今後は加入しないものとします。",
}
_COLUMNS = (62.0, 105.0, 148.0)
_WIDTH = 42.0
_TABLE = 104.0
_BARS = 196.0
_BAR_HEIGHT = 42.0


def drawn(made: Estimate) -> Drawing:
    """The page of one estimate."""
    page = Drawing()
    record = made.record
    page.text(_LEFT, 24, TITLE, 18)
    page.right(_RIGHT, 24, f"作成日　{day_text(made.day)}", 10)
    page.line(_LEFT, 27, _RIGHT, 27, 1.2)
    page.text(_LEFT, 38, f"{record.name}　様", 14, 95)
    for place, (label, text) in enumerate(
        (
            ("基礎年金番号", record.number),
            ("生年月日", f"{day_text(record.birth)}（{made.age}歳）"),
        )
    ):
        page.text(112, 35 + 7 * place, label, 9)
        page.text(138, 35 + 7 * place, text, 10, 52)
    page.text(_LEFT, 54, "試算のもと", 12)
    until = min(made.plan.until_age, 60) if made.plan.future == "paid" else made.plan.until_age
    recorded = sum(run.last + 1 - run.first for run in made.now.runs)
    lines = (
        f"・{_FUTURE[made.plan.future].format(age=until)}",
        f"・受給資格期間は{months_text(made.eligible)}になります（必要な期間 {made.needed}月）。",
        f"・これまでの記録は {months_text(recorded)}、うち納期限を過ぎた未納 {made.now.unpaid_months}月です。",
        f"・金額は{year_text(made.level)}度の額と率による年額で、税・社会保険料を引く前のものです。",
    )
    y = 61.0
    for line in lines:
        page.text(_LEFT + 2, y, line, 10, 168)
        y += 6.5
    page.text(_LEFT, _TABLE - 6, "受け取り始める年齢ごとの見込額", 12)
    _write_table(page, made)
    _draw_bars(page, made)
    page.line(_LEFT, 262, _RIGHT, 262, 0.5)
    page.paragraph(
        _LEFT,
        268,
        "この試算は、作成日の記録と上の前提によるもので、実際の年金額を約束するものではありません。65歳より前に受け取ると"
        "1か月ごとに減り、66歳以後に受け取ると1か月ごとに増え、その率は生涯変わりません。加給年金額・振替加算、"
        "65歳前の特別支給の老齢厚生年金、在職による支給停止は含みません。",
        8.5,
        170,
    )
    return page


def _write_table(page: Drawing, made: Estimate) -> None:
    top = _TABLE - 2
    rows = ("受け取り始める月", "老齢基礎年金", "老齢厚生年金", "合計（年額）", "ひと月あたり")
    heights = (9.0, 9.0, 9.0, 11.0, 9.0)
    page.box(_LEFT, top, 170, 9)
    page.box(_LEFT, top + 36, 170, 11, 0.96)
    for option, x in zip(made.options, _COLUMNS, strict=True):
        name = {60: "60歳から（繰上げ）", 65: "65歳から", 70: "70歳から（繰下げ）"}
        page.centre(x + _WIDTH / 2, top + 6, name.get(option.age, f"{option.age}歳から"), 10)
        page.line(x, top, x, top + 56, 0.3)
        _write_option(page, option, x + _WIDTH - 3, top + 9, heights)
    y = top + 9
    for label, height in zip(rows, heights, strict=True):
        page.line(_LEFT, y, _RIGHT, y, 0.3)
        page.text(_LEFT + 2, y + height / 2 + 1.6, label, 10)
        y += height
    page.frame(_LEFT, top, 170, y - top, 0.8)
    y += 5
    for option in made.options:
        if option.sentence:
            page.text(_LEFT + 2, y, f"{option.age}歳から：{option.sentence}", 8.5, 168)
            y += 5


def _write_option(
    page: Drawing, option: Option, x: float, y: float, heights: tuple[float, ...]
) -> None:
    starts = option.starts.year * 12 + option.starts.month - 1
    monthly = None if option.total is None else option.total // 12
    texts = (
        (month_text(starts), 10.0),
        (_amount(option.basic), 10.5),
        (_amount(option.employees), 10.5),
        (_amount(option.total), 13.0),
        (_amount(monthly), 10.0),
    )
    for (text, size), height in zip(texts, heights, strict=True):
        page.right(x, y + height / 2 + 1.7, text, size, _WIDTH - 4)
        y += height


def _draw_bars(page: Drawing, made: Estimate) -> None:
    """Bars of the yearly totals, basic below and employees' above, all to one scale."""
    most = max((option.total or option.basic or 0 for option in made.options), default=0)
    page.text(_LEFT, _BARS - 8, "年額の比較", 12)
    page.box(146, _BARS - 11, 4, 3.5, 0.55)
    page.text(151, _BARS - 8.2, "基礎", 8.5)
    page.box(164, _BARS - 11, 4, 3.5, 0.8)
    page.text(169, _BARS - 8.2, "厚生", 8.5)
    bottom = _BARS + _BAR_HEIGHT + 4
    for option, x in zip(made.options, _COLUMNS, strict=True):
        page.centre(x + _WIDTH / 2, bottom + 5, f"{option.age}歳から", 9)
        if most == 0 or not (option.total or option.basic):
            page.centre(x + _WIDTH / 2, bottom - 3, "—", 9)
            continue
        low = (option.basic or 0) / most * _BAR_HEIGHT
        high = (option.employees or 0) / most * _BAR_HEIGHT
        page.box(x + 11, bottom - low, 20, low, 0.55)
        if high:
            page.box(x + 11, bottom - low - high, 20, high, 0.8)
        told = option.total if option.total is not None else option.basic
        page.centre(x + _WIDTH / 2, bottom - low - high - 1.5, yen_text(told or 0), 8.5)
    page.line(_LEFT, bottom, _RIGHT, bottom, 0.8)


def _amount(amount: int | None) -> str:
    return "—" if amount is None else yen_text(amount)

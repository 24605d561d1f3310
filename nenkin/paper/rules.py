"""The rules that a form's definition names: of one field, and of several."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from nenkin.benefits.ages import first_day, month_of
from nenkin.dated import NoRule
from nenkin.paper.japanese import day_text, yen_text
from nenkin.paper.kinds import Value, Wrong
from nenkin.remuneration.national import InvalidExemption, payable

__all__ = ["FIELD_RULES", "FORM_RULES"]


def _not_future(value: Value, today: date) -> None:
    if isinstance(value, date) and value > today:
        raise Wrong(f"今日（{day_text(today)}）までの日を入力してください。")


def _positive(value: Value, _: date) -> None:
    if isinstance(value, int) and value < 1:
        raise Wrong("1円以上で入力してください。")


def _age(value: Value, _: date) -> None:
    if isinstance(value, int) and not 20 <= value <= 65:
        raise Wrong("20歳から65歳までで入力してください。")


def _in_order(values: Sequence[Value], _: int) -> None:
    first, last = map(_whole, values)
    if last < first:
        raise Wrong("最後の月より後です。最初の月と最後の月を確かめてください。")


def _within_months(values: Sequence[Value], most: int) -> None:
    first, last = map(_whole, values)
    if last - first >= most:
        raise Wrong(
            f"最後の月まで{last - first + 1}か月あります。{most}か月以内で申請してください。"
        )


def _after_birth(values: Sequence[Value], _: int) -> None:
    day, birth = values
    if isinstance(day, date) and isinstance(birth, date) and day < birth:
        raise Wrong(f"生年月日（{day_text(birth)}）より前です。")


def _at_most_premium(values: Sequence[Value], _: int) -> None:
    amount, month = map(_whole, values)
    try:
        premium = payable(first_day(month))
    except NoRule as error:
        raise Wrong("この月の保険料は登録されていません。納付対象月を確かめてください。") from error
    if amount > premium:
        raise Wrong(f"この月の保険料は{yen_text(premium)}で、それを超えています。")


def _exemption_known(values: Sequence[Value], _: int) -> None:
    month, kind = values
    try:
        payable(first_day(_whole(month)), str(kind))
    except (InvalidExemption, NoRule) as error:
        raise Wrong("この月には、選んだ区分の免除等はまだありません。") from error


def _whole(value: Value) -> int:
    assert not isinstance(value, str)
    return value if isinstance(value, int) else month_of(value)


FIELD_RULES: Mapping[str, Callable[[Value, date], None]] = {
    "not_future": _not_future,
    "positive": _positive,
    "age_20_65": _age,
}
FORM_RULES: Mapping[str, Callable[[Sequence[Value], int], None]] = {
    "in_order": _in_order,
    "within_months": _within_months,
    "after_birth": _after_birth,
    "at_most_premium": _at_most_premium,
    "exemption_known": _exemption_known,
}

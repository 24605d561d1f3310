"""The kinds of a form's fields: how what was written is read, and the sentence that says what is wrong with it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date

from nenkin.benefits.ages import month_of
from nenkin.forms import kana as kana_name
from nenkin.number import InvalidNumber, PensionNumber

__all__ = ["KINDS", "Kind", "Value", "Wrong"]

Value = str | int | date
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_MONTH = re.compile(r"(\d{4})[-/.年](\d{1,2})月?")
_LONGEST = 100
_FIRST_YEAR, _LAST_YEAR = 1850, 2099


class Wrong(ValueError):
    """What was written cannot be read; the text is the rule in Japanese, to stand after field and value."""


def _flat(text: str) -> str:
    """As keyed, in half width, without blanks around: what a Japanese keyboard gives is meant alike."""
    return unicodedata.normalize("NFKC", text).strip()


def _number(text: str) -> str:
    flat = re.sub(r"[-‐−ー―]", "", _flat(text))
    if not re.fullmatch(r"[0-9]{10}", flat):
        raise Wrong("数字10桁（4桁-6桁）で入力してください。")
    try:
        return str(PensionNumber.parse(f"{flat[:4]}-{flat[4:]}"))
    except InvalidNumber as error:
        raise Wrong("4桁の課所符号と、000001からの6桁の番号で入力してください。") from error


def _kana(text: str) -> str:
    flat = re.sub(r"\s+", " ", _flat(text))
    # Hiragana is keyed where katakana is meant; the two tables stand 96 places apart.
    katakana = "".join(chr(ord(one) + 96) if "ぁ" <= one <= "ゖ" else one for one in flat)
    try:
        return kana_name(katakana)
    except ValueError as error:
        raise Wrong("カタカナで、氏と名の間を1文字空けて入力してください。") from error


def _words(text: str) -> str:
    words = unicodedata.normalize("NFC", text).strip()
    if len(words) > _LONGEST or any(unicodedata.category(one)[0] == "C" for one in words):
        raise Wrong(f"{_LONGEST}文字以内で、改行なしで入力してください。")
    return words


def _day(text: str) -> date:
    found = _DAY.fullmatch(_flat(text))
    try:
        if found is not None:
            day = date(*map(int, found.groups()))
            if _FIRST_YEAR <= day.year <= _LAST_YEAR:
                return day
    except ValueError:
        pass
    raise Wrong("暦にある日を、西暦で 2025-04-01 のように入力してください。")


def _month(text: str) -> int:
    found = _MONTH.fullmatch(_flat(text))
    if found is not None:
        year, month = map(int, found.groups())
        if _FIRST_YEAR <= year <= _LAST_YEAR and 1 <= month <= 12:
            return month_of(date(year, month, 1))
    raise Wrong("年月を、西暦で 2025-04 のように入力してください。")


def _yen(text: str) -> int:
    flat = _flat(text).removesuffix("円").replace(",", "")
    if not re.fullmatch(r"[0-9]{1,8}", flat):
        raise Wrong("0から99,999,999までの金額を、円単位の数字で入力してください。")
    return int(flat)


def _count(text: str) -> int:
    flat = _flat(text)
    if not re.fullmatch(r"[0-9]{1,3}", flat):
        raise Wrong("0から999までの数字で入力してください。")
    return int(flat)


def _digits(length: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        flat = _flat(text).replace("-", "")
        if not re.fullmatch(rf"[0-9]{{{length}}}", flat):
            raise Wrong(f"数字{length}桁で入力してください。")
        return flat

    return read


def _establishment(text: str) -> str:
    flat = _flat(text)
    if not re.fullmatch(r"[0-8][0-9]{3}-[0-9]{5}", flat):
        raise Wrong("事業所番号を 2101-00001 のように（4桁-5桁）入力してください。")
    return flat


def _choice(text: str) -> str:
    return _flat(text)


Kind = Callable[[str], Value]
KINDS: dict[str, Kind] = {
    "number": _number,
    "kana": _kana,
    "words": _words,
    "day": _day,
    "month": _month,
    "yen": _yen,
    "count": _count,
    "postcode": _digits(7),
    "bank": _digits(4),
    "branch": _digits(3),
    "account": _digits(7),
    "establishment": _establishment,
    "choice": _choice,
}

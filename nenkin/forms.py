"""What a request must look like before it is worth a transaction."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta, timezone
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)

from nenkin.number import PensionNumber, office_code

# Full-width katakana, the long-vowel mark and single spaces between the parts of a name.
_KANA = re.compile(r"[ァ-ヴー]+(?: [ァ-ヴー]+)*")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH = re.compile(r"(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])")
_FIRST_BIRTH = date(1850, 1, 1)
_JAPAN = timezone(timedelta(hours=9))


def _day(value: object) -> date:
    if not isinstance(value, str) or _DAY.fullmatch(value) is None:
        raise ValueError("a day is written YYYY-MM-DD")
    return date.fromisoformat(value)


def _birth(value: date) -> date:
    if not _FIRST_BIRTH <= value <= datetime.now(_JAPAN).date():
        raise ValueError(f"a birth date lies between {_FIRST_BIRTH} and today")
    return value


def _month(value: object) -> date:
    if not isinstance(value, str) or _MONTH.fullmatch(value) is None:
        raise ValueError("a month is written YYYY-MM, from 1900-01 to 2099-12")
    return date.fromisoformat(f"{value}-01")


def kana(value: str) -> str:
    """A name in full-width katakana, made so by NFKC; ValueError with the rule."""
    name = unicodedata.normalize("NFKC", value)
    if len(name) > 100 or _KANA.fullmatch(name) is None:
        raise ValueError("a name is written in katakana, its parts divided by one space")
    return name


def _number(value: str) -> str:
    return str(PensionNumber.parse(value))


Number = Annotated[
    str,
    AfterValidator(_number),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{4}-[0-9]{6}$"}),
]
Name = Annotated[
    str,
    AfterValidator(kana),
    WithJsonSchema({"type": "string", "pattern": "^[ァ-ヴー]+( [ァ-ヴー]+)*$", "maxLength": 100}),
]
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Month = Annotated[
    date,
    BeforeValidator(_month),
    WithJsonSchema({"type": "string", "pattern": "^(19|20)[0-9]{2}-(0[1-9]|1[0-2])$"}),
    # As it is read, so that a form can be kept as JSON and read again.
    PlainSerializer(lambda month: f"{month:%Y-%m}", return_type=str, when_used="json"),
]


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PersonForm(_Form):
    """A person to register: with the number held already, or the office that issues one."""

    number: Number | None = None
    office: Annotated[str, AfterValidator(office_code)] | None = None
    name_kana: Name
    birth_date: Annotated[Day, AfterValidator(_birth)]
    sex: Literal["male", "female"]

    @model_validator(mode="after")
    def _one_source_of_number(self) -> PersonForm:
        if self.number is not None and self.office is not None:
            raise ValueError("give the number or the office that issues one, not both")
        return self


class ContributionForm(_Form):
    """One month's contribution of one person, in yen."""

    number: Number
    month: Month
    amount: Annotated[int, Field(strict=True, ge=1, le=9_999_999)]

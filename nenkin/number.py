"""The basic pension number (基礎年金番号): four digits of the issuing office, six of the serial."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBER = re.compile(r"([0-9]{4})-([0-9]{6})")
_OFFICE = re.compile(r"[0-8][0-9]{3}")
LAST_SERIAL = 999_999
# 990x is a provisional number (仮基礎年金番号); what x tells no source says, so the series follow one another.
PROVISIONAL = tuple(f"990{series}" for series in range(10))


class InvalidNumber(ValueError):
    """The text is not a basic pension number or office code; the message says what is."""


@dataclass(frozen=True, slots=True)
class PensionNumber:
    """A number as it is written on a record: `2101-000001`; it has no check digit."""

    office: str
    serial: int

    def __str__(self) -> str:
        return f"{self.office}-{self.serial:06d}"

    @property
    def is_provisional(self) -> bool:
        """Whether it was issued to somebody who may have a number already."""
        return self.office in PROVISIONAL

    @classmethod
    def parse(cls, text: str) -> PensionNumber:
        """The number written in `text`; raises InvalidNumber."""
        match = _NUMBER.fullmatch(text)
        if match is None or int(match[2]) == 0:
            raise InvalidNumber(
                "a basic pension number is four digits, a hyphen and six digits from 000001 on"
            )
        return cls(match[1], int(match[2]))


def office_code(text: str) -> str:
    """`text` if it is the code of an office that issues numbers; raises InvalidNumber.

    Codes from 9000 on are not offices: 9xxx are mutual-aid associations, 990x provisional numbers.
    """
    if _OFFICE.fullmatch(text) is None:
        raise InvalidNumber(f"{text!r} is not an office code: four digits from 0000 to 8999")
    return text

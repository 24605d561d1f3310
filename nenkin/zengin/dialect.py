"""What two users of the banks' format must agree on, because its sources do not."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date

from nenkin.choices import Choices

_TABLE = "zengin_choices"


@dataclass(frozen=True, slots=True)
class Dialect:
    """The choices of the table `zengin_choices`, each named there with its alternatives."""

    comma: str = "refused"
    long_vowel: str = "folded"
    wo: str = "folded"
    brackets: str = "refused"
    yen_sign: str = "refused"
    old_kana: str = "folded"
    line_end: str = "crlf"
    zero_yen: str = "refused"

    @classmethod
    def at(cls, day: date) -> Dialect:
        """The choices that hold on a day; raises InvalidChoice, NoRule."""
        choices = Choices.read(_TABLE)
        return cls(**{field.name: choices.at(field.name, day) for field in fields(cls)})

    @property
    def line_end_bytes(self) -> bytes:
        """What follows each record."""
        return b"\r\n" if self.line_end == "crlf" else b""

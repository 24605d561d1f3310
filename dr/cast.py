"""The cast of a drill (配役): who is on duty, who else takes part, who only watches.

Without a file everybody on duty is the holder of a role, or the first deputy who is not absent. A file
(`--cast`) says what is different today, and may hold answers for those who are not asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dr.approvals import ScriptedReply
from dr.form_faults import form_fault, in_order
from dr.scenario import Name
from inventory.errors import EstateError
from inventory.marks import Marks, Place, read_marked

__all__ = ["AnswerText", "Cast", "CastText", "InvalidCast", "ReadCast", "Seat", "read_cast"]

_ABSENT = "--absent"


class InvalidCast(Exception):
    """A file that cannot be a cast; `errors` holds everything that is wrong with its form."""

    def __init__(self, errors: tuple[EstateError, ...]) -> None:
        self.errors = errors
        super().__init__("\n".join(str(error) for error in errors))


class AnswerText(BaseModel):
    """What the script says for the person who holds a role, when a step asks."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    step: Name
    role: Name
    # Not yes and no: YAML reads those as true and false.
    answer: Literal["approve", "refuse"] = "approve"
    after_s: Annotated[float, Field(strict=True, ge=0, le=3600)] = 0.0
    words: Annotated[str, Field(max_length=500)] = ""


class CastText(BaseModel):
    """A cast as its file describes it; nothing in it is resolved yet."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    scenario: Name | None = None
    """The only scenario that this cast is for; None = any."""
    roles: dict[str, Name] = {}
    """Who is on duty today, where it is neither the holder nor the first deputy at hand."""
    absent: tuple[Name, ...] = ()
    participants: tuple[Name, ...] = ()
    """Who takes part without a role in a step, such as an office's staff."""
    observers: tuple[Name, ...] = ()
    answers: tuple[AnswerText, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadCast:
    """A cast with the place of each of its keys, for faults that are found later."""

    text: CastText = field(default_factory=CastText)
    marks: Marks = field(default_factory=lambda: Marks(_ABSENT))

    def without(self, absent: Sequence[str]) -> ReadCast:
        """Give the cast with more persons absent, as the command line may say."""
        text = self.text.model_copy(update={"absent": (*self.text.absent, *absent)})
        places: dict[Place, tuple[str, int]] = {
            ("absent", len(self.text.absent) + number): (_ABSENT, number + 1)
            for number in range(len(absent))
        }
        return ReadCast(text, Marks(self.marks.folder, {**self.marks.lines, **places}))


@dataclass(frozen=True, slots=True)
class Seat:
    """Who holds a role in this drill."""

    role: str
    person: str
    is_deputy: bool


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody who is at a drill, by what they do there; only `dr.duties` makes one."""

    seats: Mapping[str, Seat] = field(default_factory=dict)
    """By role: every role that a step names, or that the cast's file fills."""
    participants: tuple[str, ...] = ()
    observers: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    script: Mapping[tuple[str, str], ScriptedReply] = field(default_factory=dict)
    """By step and role."""

    def person(self, role: str) -> str:
        """Give the person who holds a role; "" for a role that is nobody's, such as `machine`."""
        seat = self.seats.get(role)
        return "" if seat is None else seat.person


def read_cast(path: Path) -> ReadCast:
    """Read a file; InvalidCast names every fault of its form."""
    marks = Marks(path.name)
    try:
        raw, errors = read_marked(path, marks)
    except OSError as error:
        why = (error.strerror or "cannot be read").lower()
        fault = EstateError(path.name, 1, "", "", f"is no file: {why}", "name a cast's file")
        raise InvalidCast((fault,)) from None
    if errors:
        raise InvalidCast(tuple(errors))
    try:
        return ReadCast(CastText.model_validate(raw), marks)
    except ValidationError as error:
        parts = {"answers": AnswerText}
        faults = [form_fault(CastText, parts, detail, (), marks) for detail in error.errors()]
        raise InvalidCast(in_order(faults)) from None

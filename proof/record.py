"""An act on an estate, as it is recorded: who did what, why they might, what came of it.

An act contradicts itself, and is refused, where it ended before it started, where somebody approved
their own act, where an override does not name two persons, or where a bad result gives no reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError, model_validator

from proof.canonical import digest, parse
from proof.errors import Fault, InvalidAct, InvalidCanonical
from proof.forms import Count, Document, Hash, Name, Text, faults_of
from proof.moment import Moment

__all__ = [
    "ACT_FORMAT",
    "Act",
    "Actor",
    "Approval",
    "Content",
    "Difference",
    "Override",
    "Result",
    "act_of",
    "content_of",
    "difference_of",
    "read_act",
]

ACT_FORMAT: Literal["hikae.act/1"] = "hikae.act/1"

Words = Annotated[str, Field(strict=True, pattern=r"^[a-z][a-z-]*( [a-z][a-z-]*)*$")]
Change = Annotated[str, Field(strict=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$")]


class Actor(Document):
    """Who acted: the person, in which role, and at which terminal or host."""

    person: Name
    role: Name
    terminal: Name


class Content(Document):
    """A text or file that is kept elsewhere: its SHA-256 and its length in bytes."""

    sha256: Hash
    bytes: Count


class Difference(Content):
    """What the act was to change: the text that was shown before it, and how much of each."""

    counts: dict[Text, Count] = Field(default_factory=dict)


class Result(Document):
    """What came of the act, in sentences."""

    state: Literal["fine", "finding", "failed", "aborted", "refused", "interrupted"]
    sentences: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _ensure_reason(self) -> Result:
        if self.state != "fine" and not self.sentences:
            raise ValueError(f"{self.state} has no reason; write at least one sentence")
        return self


class Approval(Document):
    """Somebody else's word that the act may be done."""

    person: Name
    role: Name
    at: Moment


class Override(Document):
    """A rule that was set aside for this act: why, and the two persons who answer for it."""

    rule: Name
    reason: Text
    persons: Annotated[tuple[Name, ...], AfterValidator(lambda names: _ensure_two(names))]


class Act(Document):
    """One provision, push, drill or other act under a person and a change number."""

    format: Literal["hikae.act/1"] = ACT_FORMAT
    estate: Name
    on: Literal["twin", "production"]
    verb: Words
    who: Actor
    change: Change
    started: Moment
    ended: Moment
    difference: Difference | None = None
    result: Result
    transcripts: dict[Text, Content] = Field(default_factory=dict)
    overrides: tuple[Override, ...] = ()
    approvals: tuple[Approval, ...] = ()

    @model_validator(mode="after")
    def _ensure_consistent(self) -> Act:
        if self.ended < self.started:
            raise ValueError("ended before it started; correct one of them")
        for approval in self.approvals:
            if approval.person == self.who.person:
                raise ValueError(f"{approval.person} approves their own act; name another person")
            if approval.at > self.ended:
                raise ValueError(
                    f"{approval.person} approved after the act ended; record it in a later act"
                )
        return self


def content_of(data: bytes) -> Content:
    """Give hash and length of what is kept elsewhere."""
    return Content(sha256=digest(data), bytes=len(data))


def difference_of(text: str, counts: Mapping[str, int]) -> Difference:
    """Give hash and length of the difference that was shown, and its counts."""
    content = content_of(text.encode())
    return Difference(sha256=content.sha256, bytes=content.bytes, counts=dict(counts))


def act_of(value: object, source: str = "act") -> Act:
    """Give the act that JSON values say; InvalidAct carries every fault."""
    try:
        return Act.model_validate(value)
    except ValidationError as error:
        raise InvalidAct(faults_of(error, source)) from error


def read_act(data: bytes, source: str = "act") -> Act:
    """Read an act from JSON; InvalidAct carries every fault."""
    try:
        value: Any = parse(data)
    except InvalidCanonical as error:
        raise InvalidAct((Fault(source, "", "", str(error), "write JSON"),)) from error
    return act_of(value, source)


def _ensure_two(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(names) != 2 or len(set(names)) != 2:
        raise ValueError("are not two different persons; name two")
    return names

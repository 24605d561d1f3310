"""What a request to the numbers database must look like."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from nenkin.forms import Number, PersonForm
from nenkin.number import office_code

# More members than any person holds numbers, and few enough to be judged one by one.
MOST_MEMBERS = 20


def _plain(value: str) -> str:
    text = unicodedata.normalize("NFKC", value).strip()
    # PostgreSQL keeps no NUL; other control signs and half surrogates are no text either.
    if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in text):
        raise ValueError("a text holds no control signs")
    return text


def _filled(value: str) -> str:
    if not value:
        raise ValueError("a text is not empty")
    return value


Text = Annotated[str, Field(max_length=500), AfterValidator(_plain)]
Filled = Annotated[Text, AfterValidator(_filled)]


class IssueForm(PersonForm):
    """Who needs a number; `number` is one that the person says to hold, `address` may be unknown."""

    address: Text = ""


class _DecisionForm(BaseModel):
    """A decision of two persons: one drafts it with a reason, another approves it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    drafter: Filled
    approver: Filled
    reason: Filled

    @model_validator(mode="after")
    def _two_persons(self) -> _DecisionForm:
        if self.drafter == self.approver:
            raise ValueError(f"approver: {self.approver!r} drafted this; another approves it")
        return self


class BasicForm(_DecisionForm):
    """That the holder of a provisional number is nobody else on record; `office` issues a basic one."""

    office: Annotated[str, AfterValidator(office_code)] | None = None


class MergeForm(_DecisionForm):
    """Numbers of one person: `members` are put under `head`."""

    head: Number
    members: Annotated[tuple[Number, ...], Field(min_length=1, max_length=MOST_MEMBERS)]

    @model_validator(mode="after")
    def _each_once(self) -> MergeForm:
        if self.head in self.members:
            raise ValueError(f"members: {self.head} is the head and cannot stand under itself")
        if len(set(self.members)) < len(self.members):
            raise ValueError("members: a number stands there twice")
        return self


class UnmergeForm(_DecisionForm):
    """The merge `act` to undo; `keep_later` leaves later merges that rest on it in force."""

    act: Annotated[int, Field(strict=True, ge=1, le=2**63 - 1)]
    keep_later: bool = False


class ReviewForm(_DecisionForm):
    """What a candidate is found to be; of the same person, `head` may name the number to keep."""

    decision: Literal["same", "different"]
    head: Number | None = None

    @model_validator(mode="after")
    def _head_of_same(self) -> ReviewForm:
        if self.decision == "different" and self.head is not None:
            raise ValueError("head: different persons have no head in common; leave it out")
        return self

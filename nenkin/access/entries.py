"""Forms of what is entered into a person's record, and of what is superseded because it was wrong."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from nenkin.forms import Day, Month, Name, Number
from nenkin.numbers.forms import Filled

# Rows of a form at most: all of a person's periods and runs, corrected at once.
MOST = 100

Yen = Annotated[int, Field(strict=True, ge=0, le=2**31 - 1)]
Revision = Annotated[int, Field(strict=True, ge=1, le=30_000)]
Establishment = Annotated[str, StringConstraints(pattern=r"^[0-8][0-9]{3}-[0-9]{5}$")]
Postcode = Annotated[str, StringConstraints(pattern=r"^[0-9]{7}$")]
Holder = Annotated[str, StringConstraints(pattern=r"^[ァ-ヴーｦ-ﾟA-Z0-9 ()./-]{1,100}$")]


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class IdentityRow(_Row):
    """Who a person is from a day on."""

    of: Literal["identities"]
    since: Day
    name_kana: Name
    name_kanji: Filled | None = None
    birth_date: Day
    sex: Literal["male", "female"]


class AddressRow(_Row):
    """Where a person lives from a day on."""

    of: Literal["addresses"]
    since: Day
    postcode: Postcode
    address: Filled


class AccountRow(_Row):
    """Where a pension is paid to from a day on; codes and kinds as in the banks' files."""

    of: Literal["accounts"]
    since: Day
    kind: Literal[1, 2, 4, 9]
    bank: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")]
    branch: Annotated[str, StringConstraints(pattern=r"^[0-9]{3}$")]
    account: Annotated[str, StringConstraints(pattern=r"^[0-9]{7}$")]
    holder_kana: Holder


class PeriodRow(_Row):
    """A qualification period, from the day of acquisition until before the day of loss."""

    of: Literal["periods"]
    acquired: Day
    category: Literal[1, 2, 3]
    lost: Day | None = None
    establishment: Establishment | None = None

    @model_validator(mode="after")
    def _fits(self) -> PeriodRow:
        if self.lost is not None and self.lost <= self.acquired:
            raise ValueError(f"lost: {self.lost} is not behind acquired, {self.acquired}")
        if (self.category == 2) != (self.establishment is not None):
            raise ValueError("establishment: category 2 has one, the others have none")
        return self


_FREE = ("full", "student", "deferment", "unpaid")
_NOT_BY_MONTH = ("employees", "dependant")


class RunRow(_Row):
    """Months in a row of one kind and one amount."""

    of: Literal["contribution_runs"]
    first: Month
    last: Month
    kind: Literal[
        "paid",
        "full",
        "three_quarters",
        "half",
        "quarter",
        "student",
        "deferment",
        "unpaid",
        "employees",
        "dependant",
    ]
    amount: Yen | None = None
    is_additional: bool = False

    @model_validator(mode="after")
    def _fits(self) -> RunRow:
        if self.last < self.first:
            raise ValueError(f"last: {self.last:%Y-%m} is before first, {self.first:%Y-%m}")
        if self.is_additional and self.kind != "paid":
            raise ValueError(f"is_additional: goes with paid months only, not with {self.kind}")
        if self.kind in _NOT_BY_MONTH and self.amount is not None:
            raise ValueError(f"amount: {self.kind} months have none")
        if self.kind in _FREE and self.amount not in (None, 0):
            raise ValueError(f"amount: nothing is paid for {self.kind} months")
        return self


class DecisionRow(_Row):
    """A standard monthly remuneration from a month on."""

    of: Literal["decisions"]
    first: Month
    kind: Literal["fixed_time", "revision", "acquisition"]
    average: Yen
    standard: Annotated[Yen, Field(ge=1)]
    establishment: Establishment

    @model_validator(mode="after")
    def _fits(self) -> DecisionRow:
        if self.kind == "fixed_time" and self.first.month != 9:
            raise ValueError(
                f"first: a fixed-time decision holds from September, not {self.first:%Y-%m}"
            )
        return self


class BonusRow(_Row):
    """A bonus and its standard."""

    of: Literal["bonuses"]
    paid_on: Day
    pay: Yen
    standard: Yen
    establishment: Establishment

    @model_validator(mode="after")
    def _fits(self) -> BonusRow:
        if self.standard > self.pay:
            raise ValueError(f"standard: {self.standard} is more than pay, {self.pay}")
        return self


Row = Annotated[
    IdentityRow | AddressRow | AccountRow | PeriodRow | RunRow | DecisionRow | BonusRow,
    Field(discriminator="of"),
]

# The column by which a table's rows are told apart beside the number and the revision.
BEGINS = {
    "identities": "since",
    "addresses": "since",
    "accounts": "since",
    "periods": "acquired",
    "contribution_runs": "first",
    "decisions": "first",
    "bonuses": "paid_on",
}


class Wrong(_Row):
    """A row that is wrong: its table, the day (of a month the first) on which it begins, its revision."""

    of: Literal[
        "identities",
        "addresses",
        "accounts",
        "periods",
        "contribution_runs",
        "decisions",
        "bonuses",
    ]
    begins: Day
    revision: Revision


class WrongPosting(_Row):
    """A single contribution that is wrong, by its id."""

    of: Literal["contributions"]
    id: Annotated[int, Field(strict=True, ge=1, le=2**63 - 1)]


class EntryForm(_Row):
    """Rows entered into a person's record, and rows superseded by them, in one act."""

    number: Number
    supersede: Annotated[
        tuple[Annotated[Wrong | WrongPosting, Field(discriminator="of")], ...],
        Field(max_length=MOST),
    ] = ()
    enter: Annotated[tuple[Row, ...], Field(max_length=MOST)] = ()

    @model_validator(mode="after")
    def _something(self) -> EntryForm:
        if not self.supersede and not self.enter:
            raise ValueError("enter: nothing is entered and nothing superseded")
        return self


def begins(row: Row) -> date:
    """The day on which a row begins."""
    found = getattr(row, BEGINS[row.of])
    assert isinstance(found, date)
    return found

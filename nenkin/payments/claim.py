"""A claim (裁定請求) as it is handed in: the facts that the formulas of nenkin.benefits ask for."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
)

from nenkin.benefits.credits import Kind
from nenkin.benefits.employees import Sex
from nenkin.benefits.survivors import Relation
from nenkin.payments import fields
from nenkin.payments.period import month_text

__all__ = [
    "KINDS",
    "LUMPS",
    "Account",
    "Averages",
    "Claim",
    "Credit",
    "Deceased",
    "Earned",
    "Month",
    "Share",
    "Spouse",
    "Strict",
    "Yen",
]

KINDS = ("old_age", "special", "disability", "survivors", "widows", "disability_lump", "death_lump")
LUMPS = ("disability_lump", "death_lump")
_LONGEST = 600
_MONTHS = range(23400, 26401)  # as the database has them


def _month(value: object) -> int:
    # A number is how the database keeps a month.
    if isinstance(value, int) and value in _MONTHS:
        return value
    return fields.month(str(value))


Month = Annotated[int, BeforeValidator(_month), PlainSerializer(month_text, return_type=str)]
Number = Annotated[str, AfterValidator(fields.number)]
Count = Annotated[int, Field(ge=0, le=_LONGEST)]
Yen = Annotated[int, Field(ge=0, le=99_999_999)]


class Strict(BaseModel):
    """What is handed in: no field beside the known ones."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Account(Strict):
    """Where the pension is to go."""

    bank: Annotated[str, AfterValidator(lambda text: fields.digits(text, 4))]
    branch: Annotated[str, AfterValidator(lambda text: fields.digits(text, 3))]
    kind: Annotated[str, AfterValidator(fields.account_kind)]
    account: Annotated[str, AfterValidator(lambda text: fields.digits(text, 7))]
    payee: Annotated[str, AfterValidator(fields.payee)]

    @property
    def place(self) -> int:
        """Bank, branch and account as one number."""
        return int(self.bank + self.branch + self.account)


class Credit(Strict):
    """Equal months of the national pension."""

    kind: Kind
    first: Month
    months: Annotated[int, Field(ge=1, le=_LONGEST)]


class Earned(Strict):
    """Equal months as an employee; the bonus is of each month."""

    first: Month
    months: Annotated[int, Field(ge=1, le=_LONGEST)]
    standard: Yen
    bonus: Yen = 0


class Averages(Strict):
    """Averages a month already revalued for a fiscal year (平均標準報酬月額, 平均標準報酬額), with their months."""

    year: Annotated[int, Field(ge=1986, le=2100)]
    early: Yen = 0
    early_months: Count = 0
    late: Yen = 0
    late_months: Count = 0


class Spouse(Strict):
    """A spouse as the claim tells: what can be got of an own pension, from which month on, and the number if known."""

    birth: date
    number: Number | None = None
    employees_months: Count = 0
    pension_from: Month | None = None
    is_suspended: bool = False
    has_disability: bool = False


class Deceased(Strict):
    """Who died; months and pay of the claim are theirs. `grade`: of a disability pension; `first_visit` while insured."""

    birth: date
    death: date
    is_insured: bool = False
    first_visit: date | None = None
    grade: Annotated[int, Field(ge=1, le=3)] | None = None
    wants_long: bool = False


class Share(Strict):
    """A divorce split (離婚時の年金分割): days, the share agreed on, and the other's pay in the marriage.

    `share` None: of a dependent spouse alone (3号分割); `dependent`: the months of that, as runs.
    """

    role: Literal["first", "second"]
    divorced: date
    requested: date
    first: Month
    months: Annotated[int, Field(ge=1, le=_LONGEST)]
    share: Annotated[str, Field(pattern=r"^0\.[0-9]{1,7}$")] | None = None
    other: tuple[Earned, ...] = ()
    other_birth: date
    dependent: tuple[tuple[Month, Annotated[int, Field(ge=1, le=_LONGEST)]], ...] = ()


class Claim(Strict):
    """One claim; `begun` is the first month of the right."""

    receipt: Annotated[str, AfterValidator(fields.words)]
    kind: Literal[
        "old_age",
        "special",
        "disability",
        "survivors",
        "widows",
        "disability_lump",
        "death_lump",
    ]
    number: Number
    code: Annotated[str, AfterValidator(fields.code)]
    birth: date
    begun: Month
    account: Account
    credits: tuple[Credit, ...] = ()
    earned: tuple[Earned, ...] = ()
    averages: tuple[Averages, ...] = ()
    split: Share | None = None
    claim_months: Annotated[int, Field(ge=-60, le=120)] = 0
    additional_months: Count = 0
    employees_months: Count = 0
    basic_months: Count = 0
    sex: Sex | None = None
    is_first_category: bool = True
    worked_while_waiting: bool = False
    first_visit: date | None = None
    recognised: date | None = None
    grade: Annotated[int, Field(ge=1, le=3)] | None = None
    has_basic: bool = True
    has_spouse: bool = False
    spouse: Spouse | None = None
    has_transfer: bool = False
    children: Annotated[int, Field(ge=0, le=20)] = 0
    child_births: Annotated[tuple[date, ...], Field(max_length=20)] = ()
    relation: Relation | None = None
    deceased: Deceased | None = None
    heads: Annotated[int, Field(ge=1, le=20)] = 1
    own: Yen | None = None
    marriage_years: Annotated[int, Field(ge=0, le=90)] | None = None

    @property
    def pension(self) -> int:
        """The certificate's number."""
        return int(self.number.replace("-", "") + self.code)

    def content(self) -> str:
        """As the database keeps it: what was said, nothing more, so that a field more changes no claim of before."""
        return self.model_dump_json(exclude_defaults=True)

    def with_facts(self, facts: dict[str, Any]) -> Claim:
        """With some facts changed; raises pydantic.ValidationError."""
        return Claim.model_validate(self.model_dump() | facts)

"""A claim (裁定請求) as it is handed in, and the yearly figures that the formulas of nenkin.benefits give it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from nenkin.benefits.ages import first_day, month_number
from nenkin.benefits.award import Award, DisabilityCase, OldAgeCase, award_disability, award_old_age
from nenkin.benefits.credits import Credits, Kind
from nenkin.benefits.credits import Run as Months
from nenkin.benefits.earnings import Earnings
from nenkin.benefits.eligibility import is_eligible
from nenkin.benefits.refusals import InvalidCase
from nenkin.benefits.revaluation import Pay
from nenkin.benefits.rules import Rules
from nenkin.payments import fields

__all__ = ["Account", "Claim", "Figure", "figures_of"]

_CODES = {"old_age": ("1150",), "disability": ("1350", "5350")}
_LONGEST = 600


def _month(text: object) -> int:
    return fields.month(str(text))


Month = Annotated[int, BeforeValidator(_month)]
Number = Annotated[str, AfterValidator(fields.number)]
Count = Annotated[int, Field(ge=0, le=_LONGEST)]
Yen = Annotated[int, Field(ge=0, le=99_999_999)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Account(_Strict):
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


class Credit(_Strict):
    """Equal months of the national pension."""

    kind: Kind
    first: Month
    months: Annotated[int, Field(ge=1, le=_LONGEST)]


class Earned(_Strict):
    """Equal months as an employee; the bonus is of each month."""

    first: Month
    months: Annotated[int, Field(ge=1, le=_LONGEST)]
    standard: Yen
    bonus: Yen = 0


class Claim(_Strict):
    """One claim; `begun` is the first month of the right."""

    receipt: Annotated[str, AfterValidator(fields.words)]
    kind: Literal["old_age", "disability"]
    number: Number
    code: Annotated[str, AfterValidator(fields.code)]
    birth: date
    begun: Month
    account: Account
    credits: tuple[Credit, ...] = ()
    earned: tuple[Earned, ...] = ()
    claim_months: Annotated[int, Field(ge=-60, le=120)] = 0
    additional_months: Count = 0
    employees_months: Count = 0
    basic_months: Count = 0
    grade: Annotated[int, Field(ge=1, le=3)] | None = None
    has_basic: bool = True
    has_spouse: bool = False
    children: Annotated[int, Field(ge=0, le=20)] = 0

    @property
    def pension(self) -> int:
        """The certificate's number."""
        return int(self.number.replace("-", "") + self.code)


@dataclass(frozen=True, slots=True)
class Figure:
    """Yen a year from a month on, with the award that they come from."""

    month: int
    award: Award


def figures_of(rules: Rules, claim: Claim, decided: date) -> list[Figure]:
    """A figure from the first month on and from each April since, to the day decided.

    Raises InvalidCase, NotCovered (NoRule) as the formulas do, and where months are too few or the code is another's.
    """
    codes = _CODES[claim.kind]
    if claim.code not in codes:
        raise InvalidCase("code", claim.code, f"of {claim.kind} it is one of {', '.join(codes)}")
    credit = rules.exemptions.credits(
        Months(one.kind, one.first, one.months) for one in claim.credits
    )
    if claim.kind == "old_age" and not is_eligible(
        rules, first_day(claim.begun), claim.birth, credit, claim.employees_months
    ):
        raise InvalidCase(
            "credits",
            f"{credit.eligible} months",
            f"at least {rules.eligibility.at(first_day(claim.begun))} for an old-age pension",
        )
    found: list[Figure] = []
    for month in _starts(claim.begun, decided):
        award = _award(rules, claim, credit, first_day(month))
        if award.total == 0 and not found:
            raise InvalidCase("credits, earned", 0, "nothing is due of these months")
        found.append(Figure(month, award))
    return found


def _starts(begun: int, decided: date) -> Iterator[int]:
    yield begun
    last = month_number(decided.year, decided.month)
    for year in range(begun // 12, last // 12 + 1):
        april = month_number(year, 4)
        if begun < april <= last:
            yield april


def _award(rules: Rules, claim: Claim, credit: Credits, day: date) -> Award:
    earnings = _earnings(rules, claim, day) if claim.earned else None
    if claim.kind == "disability":
        if claim.grade is None:
            raise InvalidCase("grade", None, "a disability pension has one of 1 to 3")
        case = DisabilityCase(
            claim.birth,
            claim.grade,
            has_basic=claim.has_basic,
            children=claim.children,
            earnings=earnings,
            has_spouse=claim.has_spouse,
        )
        return award_disability(rules, day, case)
    return award_old_age(
        rules,
        day,
        OldAgeCase(
            claim.birth,
            credit,
            claim_months=claim.claim_months,
            additional_months=claim.additional_months,
            earnings=earnings,
            employees_months=claim.employees_months,
            basic_months=claim.basic_months,
            employees_claim_months=claim.claim_months if earnings else 0,
            has_spouse=claim.has_spouse,
            children=claim.children,
        ),
    )


def _earnings(rules: Rules, claim: Claim, day: date) -> Earnings:
    pays = [
        Pay(one.first + place, one.standard, one.bonus)
        for one in claim.earned
        for place in range(one.months)
    ]
    if len({pay.month for pay in pays}) != len(pays):
        raise InvalidCase("earned", f"{len(pays)} months", "each month stands once")
    return rules.revaluation.earnings(day, claim.birth, pays)

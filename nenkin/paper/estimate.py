"""The pension estimate (年金見込額試算): what a record, and what would follow it, give at 60, 65 and 70."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from nenkin.benefits.ages import add_months, age_on, attained, month_of
from nenkin.benefits.award import Award, OldAgeCase, award_old_age
from nenkin.benefits.earnings import Earnings
from nenkin.benefits.eligibility import is_eligible
from nenkin.benefits.refusals import InvalidCase, NotCovered
from nenkin.dated import NoRule
from nenkin.paper.level import Levels, MissingPay
from nenkin.paper.months import Tally, pays, tally
from nenkin.paper.record import Period, Record, Run

__all__ = ["CLAIM_AGES", "Estimate", "Option", "Plan", "estimate", "worth"]

CLAIM_AGES = (60, 65, 70)
_NORMAL = 65
_LAST_NATIONAL = 60


@dataclass(frozen=True, slots=True)
class Plan:
    """What is supposed of the months to come: `as_now`, `paid` (category 1, paid in full) or `none`, until an age."""

    future: str = "as_now"
    until_age: int = 60


@dataclass(frozen=True, slots=True)
class Option:
    """A claim at an age: yen a year, basic with the additional one and employees'; `sentence`: what is not told."""

    age: int
    starts: date
    basic: int | None = None
    employees: int | None = None
    sentence: str = ""

    @property
    def total(self) -> int | None:
        """Both, where both are known."""
        return None if self.basic is None or self.employees is None else self.basic + self.employees


@dataclass(frozen=True, slots=True)
class Estimate:
    """The sheet's figures: of whom, on what day, at which year's level, under what plan, and each option."""

    record: Record
    day: date
    age: int
    level: date
    plan: Plan
    now: Tally
    supposed: Tally
    eligible: int
    needed: int
    options: tuple[Option, ...]


def estimate(levels: Levels, record: Record, plan: Plan, today: date) -> Estimate:
    """The estimate on a day; raises NotCovered for who is paid by the law before 1986."""
    birth = record.birth
    later = project(record, plan, today)
    now = tally(record, today)
    whole = tally(later, today, _end(birth, _NORMAL))
    level = levels.day(birth, today, whole.employees > 0)
    credit = levels.rules.exemptions.credits(whole.credits)
    return Estimate(
        record,
        today,
        age_on(birth, today),
        level,
        plan,
        now,
        whole,
        credit.eligible,
        levels.rules.eligibility.at(level),
        tuple(_option(levels, later, level, age, today) for age in CLAIM_AGES),
    )


def project(record: Record, plan: Plan, today: date) -> Record:
    """The record with the months to come that a plan supposes: the same category and standard go on, all is paid."""
    last = max((run.last for run in record.runs), default=month_of(today) - 1)
    first = max(last + 1, month_of(attained(record.birth, 20)))
    category = {"none": 0, "paid": 1}.get(plan.future)
    is_open = record.periods and record.periods[-1].lost is None
    if category is None:
        category = record.periods[-1].category if is_open else 0
    age = plan.until_age if category == 2 else min(plan.until_age, _LAST_NATIONAL)
    end = month_of(attained(record.birth, age))
    closed = _closed(record.periods, first)
    if not category or end <= first:
        return replace(record, periods=closed)
    kind = {1: "paid", 2: "employees", 3: "dependant"}[category]
    runs = (*record.runs, Run(first, end - 1, kind, None, False))
    return replace(record, runs=runs, periods=record.periods if category == 2 else closed)


def worth(
    levels: Levels, record: Record, held: Tally, level: date, claim_months: int = 0
) -> tuple[int, int | None, str]:
    """Yen a year of the basic pension, of the employees' pension, and the sentence that says why that one is None."""
    rules = levels.rules
    case = OldAgeCase(
        record.birth,
        rules.exemptions.credits(held.credits),
        claim_months=claim_months,
        additional_months=held.additional,
    )
    basic = award_old_age(rules, level, case).basic
    if not held.employees:
        return basic, 0, ""
    end = held.runs[-1].last + 1
    try:
        earned = levels.earnings(level, record.birth, pays(record, end), _bonuses(record, end))
        made = _with_earnings(levels, level, case, held, earned)
    except MissingPay as error:
        return basic, None, f"標準報酬の記録がない月が{error.months}月あり、計算できません。"
    except NoRule:
        return basic, None, "再評価率などの率が登録されていない期間・生年月日で、計算できません。"
    return basic, made.employees, ""


def _with_earnings(
    levels: Levels, level: date, case: OldAgeCase, held: Tally, earned: Earnings
) -> Award:
    whole = replace(
        case,
        earnings=earned,
        employees_months=held.employees,
        basic_months=held.employees_basic,
        employees_claim_months=case.claim_months,
    )
    return award_old_age(levels.rules, level, whole)


def _option(levels: Levels, record: Record, level: date, age: int, today: date) -> Option:
    birth = record.birth
    claimed = attained(birth, age)
    starts = add_months(claimed.replace(day=1), 1)
    if age < _NORMAL and claimed < today:
        return Option(
            age, starts, sentence=f"{age}歳を過ぎているため、この時期の請求はできません。"
        )
    held = tally(record, today, _end(birth, min(age, _NORMAL)))
    credit = levels.rules.exemptions.credits(held.credits)
    if not is_eligible(levels.rules, level, birth, credit, held.employees):
        needed = levels.rules.eligibility.at(level)
        return Option(
            age, starts, sentence=f"受給資格期間が{credit.eligible}月で、{needed}月に足りません。"
        )
    try:
        basic, employees, sentence = worth(levels, record, held, level, (age - _NORMAL) * 12)
    except (InvalidCase, NotCovered):
        return Option(
            age, starts, sentence="この生年月日では、この時期の請求の率が登録されていません。"
        )
    return Option(age, starts, basic, employees, sentence)


def _end(birth: date, age: int) -> int:
    """The month in which an age is attained: months before it are counted."""
    return month_of(attained(birth, age))


def _closed(periods: Sequence[Period], month: int) -> tuple[Period, ...]:
    """The periods with the open one ended where supposed months begin."""
    if not periods or periods[-1].lost is not None:
        return tuple(periods)
    last = periods[-1]
    ended = max(date(month // 12, month % 12 + 1, 1), add_months(last.acquired.replace(day=1), 1))
    return (*periods[:-1], last._replace(lost=ended))


def _bonuses(record: Record, end: int) -> Sequence[tuple[int, int]]:
    return [(month, bonus) for month, bonus in record.bonuses if month < end]

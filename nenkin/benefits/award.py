"""A whole award from one person's record: old age, disability and survivors, each with its named lines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from nenkin.benefits.additions import old_age_additions, transfer_addition
from nenkin.benefits.ages import attained
from nenkin.benefits.claims import claim_permille, claimed
from nenkin.benefits.credits import Credits
from nenkin.benefits.disability import disability_basic, disability_employees
from nenkin.benefits.earnings import Earnings
from nenkin.benefits.employees import fixed_part, old_age_proportional, transitional
from nenkin.benefits.figures import Figures
from nenkin.benefits.old_age import additional, old_age_basic
from nenkin.benefits.refusals import NotCovered
from nenkin.benefits.rounding import Exact, half_up
from nenkin.benefits.rules import Rules
from nenkin.benefits.survivors import (
    Relation,
    Term,
    beside_own_pension,
    require_relation,
    survivors_amount,
)
from nenkin.benefits.survivors_basic import survivors_basic_of_child, survivors_basic_of_spouse
from nenkin.benefits.widows import middle_aged_addition, transitional_addition

__all__ = [
    "Award",
    "DisabilityCase",
    "OldAgeCase",
    "SurvivorsCase",
    "award_disability",
    "award_old_age",
    "award_special",
    "award_survivors",
]


@dataclass(frozen=True, slots=True)
class Award:
    """Yen a year of the basic and the employees' pension, which are rounded and paid each for itself, and their lines."""

    basic: int
    employees: int
    lines: tuple[tuple[str, Exact], ...] = ()

    @property
    def total(self) -> int:
        """Both."""
        return self.basic + self.employees


@dataclass(frozen=True, slots=True)
class OldAgeCase:
    """What an old-age award needs; months of claim below 0 are early, above 0 late.

    `employees_months`: for the fixed part and the 240-month tests, without deemed months; `basic_months`: of them since
    1961-04 at ages 20 to 59. `has_transfer`: a spouse's addition passed on.
    `worked_while_waiting`: in-work reduction would have stopped some of what a late claim raises.
    `awarded`: None for an award made now.
    """

    birth: date
    credits: Credits
    claim_months: int = 0
    additional_months: int = 0
    earnings: Earnings | None = None
    former_earnings: Earnings | None = None
    employees_months: int = 0
    basic_months: int = 0
    employees_claim_months: int = 0
    has_spouse: bool = False
    children: int = 0
    has_transfer: bool = False
    worked_while_waiting: bool = False
    awarded: date | None = None


def award_old_age(rules: Rules, day: date, case: OldAgeCase) -> Award:
    """The award at 65 or over (or claimed early) as of a day; NotCovered, InvalidCase as its parts."""
    figures = rules.on(day)
    birth, awarded = case.birth, case.awarded
    basic = old_age_basic(figures, birth, case.credits, case.claim_months, awarded)
    lines: list[tuple[str, Exact]] = [("basic", basic)]
    total = basic
    if case.additional_months:
        extra = additional(figures, birth, case.additional_months, case.claim_months, awarded)
        lines.append(("additional", extra))
        total += extra
    if case.has_transfer:
        passed = transfer_addition(figures, birth, case.employees_months, awarded)
        lines.append(("transfer", passed))
        total += passed
    if case.earnings is None:
        return Award(total, 0, tuple(lines))
    part = _proportional(rules, figures, case)
    extra_part = transitional(figures, birth, case.employees_months, case.basic_months)
    lines += [("proportional", part), ("transitional", extra_part)]
    value = part + extra_part
    if case.employees_claim_months:
        if case.employees_claim_months > 0 and case.worked_while_waiting:
            raise NotCovered("late_claim_in_work", "worked_while_waiting", True)
        if figures.choices.at("employees_claim", day) == "refused":
            raise NotCovered(
                "employees_claim", "employees_claim_months", case.employees_claim_months
            )
        permille = claim_permille(figures, birth, case.employees_claim_months)
        value = claimed(figures, value, permille)
    return _employees(figures, case, value, total, lines)


def award_special(
    rules: Rules, day: date, case: OldAgeCase, *, with_fixed: bool, with_proportional: bool = True
) -> Award:
    """The special old-age pension before 65: the parts whose start age is reached; additions go with the fixed part."""
    figures = rules.on(day)
    lines: list[tuple[str, Exact]] = []
    value: Exact = 0
    if with_proportional and case.earnings is not None:
        part = _proportional(rules, figures, case)
        lines.append(("proportional", part))
        value += part
    if not with_fixed:
        return Award(0, half_up(value, unit=figures.unit(case.awarded)), tuple(lines))
    fixed = figures.amount(fixed_part(figures, case.birth, case.employees_months))
    lines.append(("fixed", fixed))
    return _employees(figures, case, value + fixed, 0, lines)


@dataclass(frozen=True, slots=True)
class DisabilityCase:
    """What a disability award needs: grade 1 to 3; `has_basic`: the national pension's is payable too."""

    birth: date
    grade: int
    has_basic: bool = True
    children: int = 0
    earnings: Earnings | None = None
    has_spouse: bool = False
    awarded: date | None = None


def award_disability(rules: Rules, day: date, case: DisabilityCase) -> Award:
    """The award as of a day; NotCovered, InvalidCase as its parts."""
    figures = rules.on(day)
    lines: list[tuple[str, Exact]] = []
    basic = employees = 0
    if case.has_basic:
        basic = disability_basic(figures, case.birth, case.grade, case.children, case.awarded)
        lines.append(("basic", basic))
    if case.earnings is not None:
        employees = disability_employees(
            figures,
            case.birth,
            case.grade,
            case.earnings,
            has_basic=case.has_basic,
            has_spouse=case.has_spouse,
            awarded=case.awarded,
        )
        lines.append(("employees", employees))
    return Award(basic, employees, tuple(lines))


@dataclass(frozen=True, slots=True)
class SurvivorsCase:
    """What a survivors' award to a widow or one child needs.

    `basic_children`: children with whom a widow (or, for a child, in all) has the basic pension; 0: none payable.
    `has_widows_addition`: the one of middle age, or from 65 on the transitional one by birth. `own`: her own old-age
    employees' pension from 65 on, without additions; `is_own_first`: by the rule since 2007-04.
    """

    birth: date
    relation: Relation
    deceased_birth: date
    counted: Term
    basic_children: int = 0
    earnings: Earnings | None = None
    heads: int = 1
    has_widows_addition: bool = False
    own: int | None = None
    is_own_first: bool = True
    awarded: date | None = None


def award_survivors(rules: Rules, day: date, case: SurvivorsCase) -> Award:
    """The award as of a day, the own pension beside it already taken off; NotCovered, InvalidCase as its parts."""
    require_relation(case.relation)
    figures = rules.on(day)
    is_child = case.relation is Relation.CHILD
    basic = 0
    if is_child and case.basic_children:
        basic = survivors_basic_of_child(figures, case.basic_children, case.awarded)
    elif case.basic_children:
        basic = survivors_basic_of_spouse(figures, case.birth, case.basic_children, case.awarded)
    lines: list[tuple[str, Exact]] = [("basic", basic)] if basic else []
    if case.earnings is None:
        return Award(basic, 0, tuple(lines))
    addition = 0
    if case.has_widows_addition and not is_child:
        addition = _widows_addition(figures, case) if not basic else 0
        lines.append(("widow's addition", addition))
    amount = survivors_amount(
        figures,
        case.deceased_birth,
        case.earnings,
        case.counted,
        heads=case.heads,
        addition=addition,
        awarded=case.awarded,
    )
    lines.append(("survivors", amount))
    if case.own is not None and case.is_own_first and not is_child:
        whole, amount = beside_own_pension(
            figures, amount, case.own, has_survivors_basic=basic > 0, awarded=case.awarded
        )
        lines.append(("own", case.own))
        lines.append(("whole", whole))
    return Award(basic, amount, tuple(lines))


def _widows_addition(figures: Figures, case: SurvivorsCase) -> int:
    """None of either kind is paid beside a survivors' basic pension; the caller asks only without one."""
    if figures.day >= attained(case.birth, 65):
        return transitional_addition(figures, case.birth, case.awarded)
    return middle_aged_addition(figures, case.birth)


def _proportional(rules: Rules, figures: Figures, case: OldAgeCase) -> Exact:
    earnings = case.earnings or Earnings()
    return figures.amount(
        old_age_proportional(rules, figures, case.birth, earnings, case.former_earnings)
    )


def _employees(
    figures: Figures, case: OldAgeCase, value: Exact, basic: int, lines: list[tuple[str, Exact]]
) -> Award:
    employees = half_up(value, unit=figures.unit(case.awarded))
    if case.has_spouse or case.children:
        extra = old_age_additions(
            figures, case.birth, has_spouse=case.has_spouse, children=case.children
        )
        lines.append(("additions", extra))
        employees += extra
    return Award(basic, employees, tuple(lines))

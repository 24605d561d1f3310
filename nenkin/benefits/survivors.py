"""The survivors' employees' pension (遺族厚生年金): its amount, and beside an own old-age pension."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from nenkin.benefits.ages import add_months
from nenkin.benefits.credits import Credits
from nenkin.benefits.earnings import Earnings, floored, proportional
from nenkin.benefits.figures import Figures
from nenkin.benefits.refusals import InvalidCase, NotCovered
from nenkin.benefits.rounding import Exact, half_up
from nenkin.benefits.rules import Rules

__all__ = [
    "FreeChoice",
    "Relation",
    "Term",
    "beside_own_pension",
    "free_choice",
    "is_own_pension_first",
    "is_short_term",
    "require_relation",
    "survivors_amount",
    "survivors_proportional",
    "term",
]

_LONG_TERM_MONTHS = 300
_LAST_FREE_CHOICE_BIRTH = date(1942, 4, 1)
_FIRST_OWN_PENSION_FIRST = date(2007, 4, 1)


class Term(StrEnum):
    """By which rule a death counts (厚年法58)."""

    SHORT = "short"  # insured, within 5 years of a first visit while insured, or disability of grade 1 or 2
    LONG = "long"  # 25 years of months


class Relation(StrEnum):
    """Who survives."""

    WIFE = "wife"
    CHILD = "child"
    HUSBAND = "husband"
    PARENT = "parent"
    GRANDPARENT = "grandparent"


def require_relation(relation: Relation) -> None:
    """NotCovered for those whose age terms are not among the rules."""
    if relation not in (Relation.WIFE, Relation.CHILD):
        raise NotCovered("husbands_and_parents", "relation", relation)


def is_short_term(
    death: date,
    *,
    is_insured: bool,
    first_visit: date | None = None,
    disability_grade: int | None = None,
) -> bool:
    """Whether a death counts short-term: insured, within 5 years of a first visit while insured, or with grade 1 or 2."""
    within = first_visit is not None and death < add_months(first_visit, 60)
    return is_insured or within or disability_grade in (1, 2)


def term(
    rules: Rules, death: date, credit: Credits, *, is_short: bool, wants_long: bool = False
) -> Term | None:
    """Short-term where that applies, unless the family asks for the long term and it applies too; None: no right."""
    months = credit.paid + credit.exempt + credit.deferred
    if rules.choices.at("long_term_periods", death) == "with_counted":
        months += credit.counted
    is_long = months >= _LONG_TERM_MONTHS
    if is_short and not (wants_long and is_long):
        return Term.SHORT
    return Term.LONG if is_long else None


def survivors_proportional(
    figures: Figures, deceased_birth: date, earnings: Earnings, counted: Term
) -> Exact:
    """3/4 of A + B, exact: short-term as of 300 months by the youngest's multipliers, long-term real months by birth."""
    births = figures.births
    if counted is Term.SHORT:
        value = floored(figures, earnings, births.latest)
    else:
        value = proportional(figures, earnings, births.of(births.multipliers, deceased_birth))
    return figures.amount(Fraction(figures.amount(value) * 3, 4))


def survivors_amount(
    figures: Figures,
    deceased_birth: date,
    earnings: Earnings,
    counted: Term,
    *,
    heads: int = 1,
    addition: int = 0,
    awarded: date | None = None,
) -> int:
    """Yen a year of one recipient (no. 1 of 厚年法60): by heads, then with a widow's `addition`, then rounded."""
    if heads < 1:
        raise InvalidCase("heads", heads, "at least 1")
    if addition and heads > 1:
        raise InvalidCase("addition", addition, "a widow's addition is of one recipient")
    value = survivors_proportional(figures, deceased_birth, earnings, counted)
    return half_up(value + heads * addition, heads, figures.unit(awarded))


def is_own_pension_first(rules: Rules, day: date, right_since: date, birth: date) -> bool:
    """Whether at 65 or over the own pension is paid first: from 2007-04, but for old rights of births to 1942-04-01."""
    if rules.choices.at("own_pension_first", day) != "own_first":
        return False
    return right_since >= _FIRST_OWN_PENSION_FIRST or birth > _LAST_FREE_CHOICE_BIRTH


def beside_own_pension(
    figures: Figures,
    first_amount: int,
    own: int,
    *,
    has_survivors_basic: bool = False,
    awarded: date | None = None,
) -> tuple[int, int]:
    """A spouse of 65 or over: the whole amount, and what of it is paid beside the own pension, which goes first.

    `first_amount`: no. 1 with a transitional widow's addition; `own`: the own old-age employees' pension without
    spouse's addition. The whole is the higher of no. 1 and 2/3 of it + 1/2 of the own (厚年法60, 64の2).
    """
    whole = first_amount
    if not has_survivors_basic:
        whole = max(whole, _two_thirds(figures, first_amount, own, awarded))
    return whole, max(0, whole - own)


@dataclass(frozen=True, slots=True)
class FreeChoice:
    """What an old right may choose among, each beside the own basic pension: survivors', own, or 2/3 and 1/2."""

    survivors: int
    own: int
    mixed: int


def free_choice(
    figures: Figures, first_amount: int, own: int, awarded: date | None = None
) -> FreeChoice:
    """The three amounts of the rule before 2007-04 (平16附則44)."""
    return FreeChoice(first_amount, own, _two_thirds(figures, first_amount, own, awarded))


def _two_thirds(figures: Figures, first_amount: int, own: int, awarded: date | None) -> int:
    two_thirds = figures.amount(Fraction(first_amount * 2, 3))
    half = figures.amount(Fraction(own, 2))
    return half_up(two_thirds + half, unit=figures.unit(awarded))

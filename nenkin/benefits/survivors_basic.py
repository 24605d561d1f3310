"""The survivors' basic pension (遺族基礎年金): to a spouse with children, or to children."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from nenkin.benefits.figures import Figures
from nenkin.benefits.refusals import InvalidCase
from nenkin.benefits.rounding import half_up
from nenkin.benefits.rules import Rules

__all__ = ["has_right_with_children", "survivors_basic_of_child", "survivors_basic_of_spouse"]


def survivors_basic_of_spouse(
    figures: Figures, birth: date, children: int, awarded: date | None = None
) -> int:
    """Yen a year: the full basic pension and additions for all children; none without a child (国年法38, 39)."""
    if children < 1:
        return 0
    return half_up(figures.full(birth), unit=figures.unit(awarded)) + figures.children(children)


def survivors_basic_of_child(figures: Figures, children: int, awarded: date | None = None) -> int:
    """Yen a year of each child where no spouse is paid: the full pension with additions from the second on, by heads.

    The full pension is that of the young (国年法39の2).
    """
    if children < 1:
        raise InvalidCase("children", children, "at least 1")
    total = figures.new.full
    if children > 1:
        figures.require_additions()
        total += figures.child_amount + (children - 2) * figures.later_child_amount
    return half_up(Fraction(total, children), unit=figures.unit(awarded))


def has_right_with_children(rules: Rules, death: date, *, is_husband: bool) -> bool:
    """Whether a spouse with children has the right: a wife always, a husband for deaths since 2014-04-01."""
    return not is_husband or rules.choices.at("husband_survivors_basic", death) == "granted"

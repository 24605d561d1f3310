"""The day on which a disability is recognised (障害認定日), and from when a pension on a later claim runs (事後重症)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from nenkin.benefits.ages import add_months, attained, first_day, month_of
from nenkin.benefits.refusals import InvalidCase

if TYPE_CHECKING:
    from nenkin.benefits.rules import Rules

__all__ = ["FixedState", "RecognitionKind", "later_claim_start", "recognition_day"]

# 1 year and 6 months after the first visit (厚年法47).
_USUAL_MONTHS = 18


@dataclass(frozen=True, slots=True)
class RecognitionKind:
    """How many months after the event, and how many at least after the first visit, a state counts as fixed."""

    after_event: int
    after_first_visit: int

    @classmethod
    def parse(cls, row: Mapping[str, str]) -> RecognitionKind:
        """From a row of recognition_days."""
        months = int(row["months"])
        return cls(months, 0) if row["counts_from"] == "event" else cls(0, months)


@dataclass(frozen=True, slots=True)
class FixedState:
    """A state that came to rest early: its kind in recognition_days, and the day of operation or first dialysis."""

    kind: str
    day: date


def recognition_day(
    rules: Rules, birth: date, first_visit: date, fixed: FixedState | None = None
) -> date:
    """18 months after the first visit, or earlier by a fixed state; for a first visit before 20 not before turning 20.

    InvalidCase for an unknown kind or a state before the first visit.
    """
    day = add_months(first_visit, _USUAL_MONTHS)
    if fixed is not None:
        kind = rules.recognition.get(fixed.kind)
        if kind is None:
            known = ", ".join(sorted(rules.recognition))
            raise InvalidCase("kind", fixed.kind, f"one of {known}")
        if fixed.day < first_visit:
            raise InvalidCase("day", fixed.day, f"not before the first visit of {first_visit}")
        rest = add_months(fixed.day, kind.after_event)
        day = min(day, max(rest, add_months(first_visit, kind.after_first_visit)))
    twenty = attained(birth, 20)
    if first_visit < twenty:
        is_birthday = rules.choices.at("twentieth", first_visit) == "birthday"
        day = max(day, twenty + timedelta(days=1) if is_birthday else twenty)
    return day


def later_claim_start(rules: Rules, birth: date, claimed: date) -> date:
    """The first day of the first month paid on a later claim; InvalidCase from the day on which 65 is attained."""
    end = attained(birth, 65)
    if claimed >= end:
        raise InvalidCase(
            "claimed", claimed, f"a later claim is made before {end}, when 65 is attained"
        )
    is_next = rules.choices.at("later_claim_start", claimed) == "month_after_claim"
    return first_day(month_of(claimed) + is_next)

"""Whether contributions were in order before the first visit (保険料納付要件)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from nenkin.benefits.ages import attained, month_of
from nenkin.benefits.credits import Kind, Run
from nenkin.benefits.rules import Rules

__all__ = ["ContributionTest", "contribution_test"]

_YEAR = 12


@dataclass(frozen=True, slots=True)
class ContributionTest:
    """Months insured and in order up to the month before last, and by which rule they are enough."""

    insured: int
    in_order: int
    by_two_thirds: bool
    by_last_year: bool

    @property
    def is_met(self) -> bool:
        """Whether either rule is met."""
        return self.by_two_thirds or self.by_last_year


def contribution_test(
    rules: Rules, birth: date, first_visit: date, runs: Iterable[Run]
) -> ContributionTest:
    """By what was on record on the day before the first visit (or death), up to the month before last.

    Two thirds paid or exempt, or no unpaid month in the last year where the visit was before 65 (国年法30, 昭60附則20).
    What was recorded later counts as unpaid. Who had no insured month passes.
    """
    eve = first_visit - timedelta(days=1)
    end = month_of(first_visit) - 1  # the month after the last that counts
    insured = in_order = recent_unpaid = 0
    for run in runs:
        if run.kind is Kind.COUNTED:
            continue
        months = max(0, min(run.end, end) - run.first)
        insured += months
        is_late = run.recorded is not None and run.recorded > eve
        if run.kind is Kind.UNPAID or is_late:
            recent_unpaid += max(0, min(run.end, end) - max(run.first, end - _YEAR))
        else:
            in_order += months
    holds = rules.choices.at("one_year_rule", first_visit) == "holds"
    by_year = holds and recent_unpaid == 0 and first_visit < attained(birth, 65)
    return ContributionTest(insured, in_order, 3 * in_order >= 2 * insured, by_year)

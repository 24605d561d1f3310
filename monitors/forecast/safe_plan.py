"""The plan whose whole night is safe enough: durations are planned longer until the simulation confirms it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from monitors.forecast.odds import Futures, Odds, odds_of
from monitors.night.night import Night
from monitors.night.plan import Plan
from monitors.planning.failures import NoPlan, PlanFailed

__all__ = ["LEVELS", "QuantilePlanner", "SafePlan", "Try", "find_safe_plan", "lowest_safe"]

LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
"""Quantiles of each job's duration that are planned with, of which the search takes three."""

SEARCHED = 4_000
"""Nights for each plan of a search, of which the best is then run through all."""

QuantilePlanner = Callable[[float], Plan]
"""Plans the night with a quantile of each job's duration; raises NoPlan or PlanFailed."""


@dataclass(frozen=True, slots=True)
class Try:
    """A quantile that was planned with: the planned end and what the simulation said; None where there is no plan."""

    quantile: float
    planned: int | None
    p_met: float | None
    finish: float | None


@dataclass(frozen=True, slots=True)
class SafePlan:
    """A plan with its odds, and what else was tried."""

    plan: Plan
    odds: Odds
    tried: tuple[Try, ...]


def find_safe_plan(
    night: Night, level: float, planner: QuantilePlanner, futures: Futures
) -> SafePlan:
    """The plan with the earliest end that is kept with probability `level`, among those that keep every deadline so often.

    Where none does, the one that keeps them most often. NoPlan or PlanFailed where not even the lowest quantile has one.
    """
    few = futures.first(SEARCHED)
    found: list[tuple[Plan, Odds]] = []
    tried: list[Try] = []
    refusals: list[PlanFailed] = []

    def is_safe(quantile: float) -> bool:
        try:
            plan = planner(quantile)
        except PlanFailed as refusal:
            refusals.append(refusal)
            tried.append(Try(quantile, None, None, None))
            return True
        odds = odds_of(night, plan, few, level)
        found.append((plan, odds))
        tried.append(Try(quantile, plan.finish, odds.p_met, odds.finish))
        return odds.is_reached

    lowest_safe(LEVELS, is_safe)
    if not found:
        raise next((r for r in refusals if isinstance(r, NoPlan)), refusals[-1])
    plan, odds = min(found, key=_worth)
    if len(futures.minutes) > len(few.minutes):
        odds = odds_of(night, plan, futures, level)
    noted = replace(plan, wanted=level, probability=round(odds.p_met, 4))
    return SafePlan(noted, odds, tuple(sorted(tried, key=lambda one: one.quantile)))


def lowest_safe(levels: tuple[float, ...], is_safe: Callable[[float], bool]) -> float | None:
    """The lowest level that is safe, by halves, as if all above a safe one were; None where none was found."""
    low, high = 0, len(levels)
    while low < high:
        middle = (low + high) // 2
        if is_safe(levels[middle]):
            high = middle
        else:
            low = middle + 1
    return levels[low] if low < len(levels) else None


def _worth(one: tuple[Plan, Odds]) -> tuple[bool, float, float]:
    """Safe ones first, the earliest of them; of the others the safest."""
    plan, odds = one
    if odds.is_reached:
        return False, odds.finish, float(plan.finish)
    return True, -odds.p_met, odds.finish

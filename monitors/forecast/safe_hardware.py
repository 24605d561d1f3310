"""The least hardware with which the whole night is safe enough, confirmed by simulation, and what that confidence costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from monitors.forecast.odds import Futures, Odds, odds_of
from monitors.forecast.safe_plan import LEVELS, SEARCHED, lowest_safe
from monitors.night.hardware import LeastHardware, PoolNeed
from monitors.night.night import Night
from monitors.night.plan import Plan
from monitors.planning.failures import NoPlan, PlanFailed

__all__ = ["SafeHardware", "find_safe_hardware", "sized"]

QuantileInvestor = Callable[[float], LeastHardware]
"""The cheapest pools by plan, with a quantile of each job's duration; raises NoPlan or PlanFailed."""
SizedPlanner = Callable[[Night, float], Plan]
"""Plans a night of other pools with a quantile; raises NoPlan or PlanFailed."""


@dataclass(frozen=True, slots=True)
class SafeHardware:
    """The cheapest pools by plan alone with their odds, and the cheapest found that the simulation confirms.

    Where `odds` are not reached, no pools that were tried are enough, and these came nearest.
    """

    planned: LeastHardware
    planned_odds: Odds
    pools: tuple[PoolNeed, ...]
    plan: Plan
    odds: Odds

    @property
    def yen(self) -> float:
        """What the confirmed pools cost a year."""
        return _yen(self.pools)

    @property
    def price_yen(self) -> float:
        """What the confidence costs a year: the confirmed pools against those that are enough by plan."""
        return self.yen - self.planned.yen

    @property
    def saved_yen(self) -> float:
        """What the confirmed pools save a year against starting everything as early as possible."""
        return self.planned.earliest_yen - self.yen


@dataclass(frozen=True, slots=True)
class _Sizing:
    pools: tuple[PoolNeed, ...]
    plan: Plan
    odds: Odds


def find_safe_hardware(
    night: Night,
    quantile: float,
    level: float,
    investor: QuantileInvestor,
    planner: SizedPlanner,
    futures: Futures,
    *,
    until: int | None = None,
) -> SafeHardware:
    """Plan durations longer until the pools that this asks for are confirmed, then take away what is not needed.

    `quantile` is that of the plan by which the cheapest pools are compared. NoPlan or PlanFailed where it has none.
    """
    few = futures.first(SEARCHED)
    found: list[_Sizing] = []
    planned = investor(quantile)
    answers: dict[float, bool] = {}

    def is_safe(one: float) -> bool:
        if one not in answers:
            answers[one] = try_quantile(one)
        return answers[one]

    def try_quantile(one: float) -> bool:
        try:
            needs = planned.pools if one == quantile else investor(one).pools
            pictured = sized(night, {need.name: need.needed for need in needs})
            plan = planner(pictured, one)
        except NoPlan:
            return True
        except PlanFailed:
            # Found for these pools once, and not again in the time.
            return False
        found.append(_Sizing(needs, plan, odds_of(pictured, plan, few, level, until=until)))
        return found[-1].odds.is_reached

    # The cheapest pools get their best: the plan that uses all the time there is, or a short one on the same pools.
    is_safe(quantile)
    pictured = sized(night, {need.name: need.needed for need in planned.pools})
    spread = odds_of(pictured, planned.plan, few, level, until=until)
    found.append(_Sizing(planned.pools, planned.plan, spread))
    own = max(found, key=lambda one: one.odds.p_met)
    planned_odds = _judged(night, own, futures, level, until).odds
    lowest_safe(LEVELS, is_safe)
    safe = [one for one in found if one.odds.is_reached]
    if not safe:
        found += _grown(night, max(found, key=lambda one: one.odds.p_met), few, level, until)
        safe = [one for one in found if one.odds.is_reached]
    if not safe:
        best = max(found, key=lambda one: (one.odds.p_met, -_yen(one.pools)))
        return SafeHardware(planned, planned_odds, best.pools, best.plan, best.odds)
    trail = _trimmed(night, min(safe, key=lambda one: _yen(one.pools)), few, level, until)
    best = trail[-1]
    # What the fewer nights allowed is taken back as far as all of them do not.
    for one in reversed(trail):
        best = _judged(night, one, futures, level, until)
        if best.odds.is_reached:
            break
    return SafeHardware(planned, planned_odds, best.pools, _noted(best), best.odds)


def sized(night: Night, units: Mapping[str, int]) -> Night:
    """The night with so many units of some pools, all night long."""
    pools = tuple(
        replace(pool, steps=((0, units[pool.name]),)) if pool.name in units else pool
        for pool in night.pools
    )
    return replace(night, pools=pools)


def _grown(
    night: Night, one: _Sizing, futures: Futures, level: float, until: int | None
) -> list[_Sizing]:
    """More of every pool in steps of a quarter, until enough or four times as much."""
    grown = []
    for step in range(1, 7):
        pools = tuple(replace(n, needed=-(-n.needed * 5**step // 4**step)) for n in one.pools)
        grown.append(_judged(night, _Sizing(pools, one.plan, one.odds), futures, level, until))
        if grown[-1].odds.is_reached:
            break
    return grown


def _trimmed(
    night: Night, one: _Sizing, futures: Futures, level: float, until: int | None
) -> list[_Sizing]:
    """Take units away pool by pool, the dearest first, as long as the odds hold, in steps that are halved; all stages."""
    trail = [one]
    for name in [n.name for n in sorted(one.pools, key=lambda n: -n.needed * n.yen_per_unit)]:
        least = max(1, *(job.demands.get(name, 0) for job in night.jobs))
        step = max(1, _units(one, name) // 4)
        while step:
            fewer = _units(trail[-1], name) - step
            if fewer >= least:
                tried = _judged(night, _with(trail[-1], name, fewer), futures, level, until)
                if tried.odds.is_reached:
                    trail.append(tried)
                    continue
            step //= 2
    return trail


def _units(one: _Sizing, name: str) -> int:
    return next(need.needed for need in one.pools if need.name == name)


def _with(one: _Sizing, name: str, units: int) -> _Sizing:
    pools = tuple(replace(n, needed=units) if n.name == name else n for n in one.pools)
    return replace(one, pools=pools)


def _judged(
    night: Night, one: _Sizing, futures: Futures, level: float, until: int | None
) -> _Sizing:
    pictured = sized(night, {need.name: need.needed for need in one.pools})
    return replace(one, odds=odds_of(pictured, one.plan, futures, level, until=until))


def _noted(one: _Sizing) -> Plan:
    units = {**one.plan.hardware, **{need.name: need.needed for need in one.pools}}
    return replace(
        one.plan,
        hardware=units,
        wanted=one.odds.level,
        probability=round(one.odds.p_met, 4),
    )


def _yen(pools: tuple[PoolNeed, ...]) -> float:
    return sum(need.needed * need.yen_per_unit for need in pools)

"""The least hardware that keeps every deadline of a night, and what it saves a year."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from monitors.night.conversion import as_project
from monitors.night.earliest import earliest_schedule
from monitors.night.night import Night
from monitors.night.plan import Plan
from monitors.night.planning import as_plan
from monitors.planning.investment import Investment, least_hardware, peaks_of
from monitors.planning.project import Project

__all__ = ["Investor", "LeastHardware", "PoolNeed", "find_least_hardware", "investor_for"]

Investor = Callable[[Project, int], Investment]


@dataclass(frozen=True, slots=True)
class PoolNeed:
    """Units of one pool: what there is, what the cheapest plan needs, what starting everything early takes."""

    name: str
    there: int
    needed: int
    earliest: int
    yen_per_unit: float


@dataclass(frozen=True, slots=True)
class LeastHardware:
    """Yen a year: of the cheapest plan found, of its proven lower bound, of starting everything early, of today's.

    Early means as early as those pools allow that are not bought by the unit (disks, connections, tapes, exclusion).
    """

    until: int
    pools: tuple[PoolNeed, ...]
    yen: float
    bound_yen: float
    earliest_yen: float
    today_yen: float
    plan: Plan

    @property
    def saved_yen(self) -> float:
        """What planning saves a year against starting everything as early as possible."""
        return self.earliest_yen - self.yen

    @property
    def saved_percent(self) -> float:
        """The same, in percent of starting everything early."""
        return 100 * self.saved_yen / self.earliest_yen if self.earliest_yen else 0.0

    @property
    def gap_percent(self) -> float:
        """How far the plan may be from the cheapest there is, in percent of the bound."""
        return 100 * (self.yen - self.bound_yen) / self.bound_yen if self.bound_yen else 0.0


def investor_for(cpu_seconds: float, *, seed: int = 1, repeatable: bool = False) -> Investor:
    """The search for least hardware with a budget of processor seconds."""

    def find(project: Project, deadline: int) -> Investment:
        return least_hardware(
            project, deadline, cpu_seconds=cpu_seconds, seed=seed, repeatable=repeatable
        )

    return find


def find_least_hardware(
    night: Night,
    confidence: float,
    investor: Investor,
    *,
    until: int | None = None,
    estate: str = "",
) -> LeastHardware:
    """The cheapest peaks with which all ends by `until` (default: the opening); NoPlan where none are enough."""
    bought = [pool for pool in night.pools if pool.unit_cost_yen]
    end = night.opening if until is None else until
    project = as_project(night, confidence, plenty=[pool.name for pool in bought], until=until)
    # Some deadlines lie behind the opening; every task has one.
    found = investor(project, max(task.latest_end or 0 for task in project.tasks))
    places = {resource.name: place for place, resource in enumerate(project.resources)}
    earliest = peaks_of(project, earliest_schedule(project).starts)
    needs = tuple(
        PoolNeed(
            pool.name,
            max(units for _, units in pool.steps),
            found.capacities[places[pool.name]],
            earliest[places[pool.name]],
            pool.unit_cost_yen,
        )
        for pool in bought
    )
    return LeastHardware(
        until=end,
        pools=needs,
        yen=sum(need.needed * need.yen_per_unit for need in needs),
        bound_yen=found.bound,
        earliest_yen=sum(need.earliest * need.yen_per_unit for need in needs),
        today_yen=sum(need.there * need.yen_per_unit for need in needs),
        plan=as_plan(night, project, found.schedule, confidence, estate=estate),
    )

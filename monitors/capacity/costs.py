"""What an estate costs by its contracts: by contract, by year, hardware and software apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from inventory import Estate
from inventory.capacity import Contract

__all__ = ["PARTS", "ContractCost", "Costs", "costs_of", "quantity_of"]

PARTS = ("hardware", "software", "network", "premises", "people")
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class ContractCost:
    """A contract in yen: how many of what it counts there are, a year, once, and by year of the comparison."""

    name: str
    title: str
    title_ja: str
    kind: str
    supplier: str
    per: str | None
    quantity: float
    yen_yearly: int
    yen_once: int
    yen_by_year: tuple[int, ...]
    parts: Mapping[str, int]
    """Percent of it by part."""
    source: str
    is_assumed: bool


@dataclass(frozen=True, slots=True)
class Costs:
    """The contracts of an estate over some fiscal years (from April), dearest first, and their sums in yen."""

    years: tuple[int, ...]
    contracts: tuple[ContractCost, ...]
    by_year: tuple[int, ...]
    by_part: Mapping[str, tuple[int, ...]]
    """By part, the yen of each year."""
    total: int

    @property
    def assumed_share(self) -> float:
        """Which share of the total rests on assumptions."""
        assumed = sum(sum(one.yen_by_year) for one in self.contracts if one.is_assumed)
        return assumed / self.total if self.total else 0.0


def costs_of(estate: Estate, first_year: int, years: int) -> Costs:
    """Add up an estate's contracts over fiscal years.

    A contract costs from the month in which it begins; one that ends is renewed on the same terms, because what it covers is
    needed on. What is paid once is paid in the year in which the contract begins, or in the first where that lies before.
    """
    every = tuple(range(first_year, first_year + years))
    rows = [_cost(estate, contract, every) for contract in estate.capacity.contracts.values()]
    rows.sort(key=lambda row: (-sum(row.yen_by_year), row.name))
    by_part = {
        part: tuple(
            sum(_share(row.yen_by_year[index], row.parts, part) for row in rows)
            for index in range(years)
        )
        for part in PARTS
    }
    by_year = tuple(sum(row.yen_by_year[index] for row in rows) for index in range(years))
    return Costs(every, tuple(rows), by_year, by_part, sum(by_year))


def quantity_of(estate: Estate, contract: Contract) -> float:
    """How many hosts, cores, sites, lines or megabits a second a contract counts; 1 where it counts nothing."""
    covers = contract.covers
    if contract.per is None:
        return 1
    if contract.per in ("host", "core"):
        hosts = [
            host
            for host in estate.hosts.values()
            if host.role in covers.roles and _is_at(estate, host.site, contract)
        ]
        if contract.per == "host":
            return len(hosts)
        machines = estate.capacity.machines
        return sum(machines[host.role].cores for host in hosts if host.role in machines)
    if contract.per == "site":
        return sum(_is_at(estate, name, contract) for name in estate.sites)
    lines = [
        line
        for line in estate.lines
        if line.network in covers.networks and _is_at(estate, line.site, contract)
    ]
    return len(lines) if contract.per == "line" else sum(line.capacity_mbps for line in lines)


def _is_at(estate: Estate, site: str | None, contract: Contract) -> bool:
    covers = contract.covers
    if not covers.sites and not covers.kinds:
        return True
    return site is not None and (site in covers.sites or estate.sites[site].kind in covers.kinds)


def _cost(estate: Estate, contract: Contract, years: tuple[int, ...]) -> ContractCost:
    quantity = quantity_of(estate, contract)
    yearly = round(quantity * contract.yen_yearly)
    once = round(quantity * contract.yen_once)
    begun = max(fiscal_year(contract.since), years[0])
    by_year = tuple(
        round(yearly * _months(contract, year) / _MONTHS) + (once if year == begun else 0)
        for year in years
    )
    return ContractCost(
        name=contract.name,
        title=contract.title,
        title_ja=contract.title_ja,
        kind=contract.kind,
        supplier=contract.supplier,
        per=contract.per,
        quantity=round(quantity, 3),
        yen_yearly=yearly,
        yen_once=once,
        yen_by_year=by_year,
        parts=contract.parts,
        source=contract.source,
        is_assumed=contract.is_assumed,
    )


def fiscal_year(day: date) -> int:
    """The Japanese fiscal year of a day: from April to March, named by its April."""
    return day.year if day.month >= 4 else day.year - 1


def _months(contract: Contract, year: int) -> int:
    """How many months of a fiscal year a contract (or what it is renewed by) runs."""
    begun = (contract.since.year - year) * _MONTHS + contract.since.month - 4
    return _MONTHS - min(max(begun, 0), _MONTHS)


def _share(yen: int, parts: Mapping[str, int], part: str) -> int:
    """A part's yen; what rounding leaves goes to the last part, so that parts add up."""
    named = [one for one in PARTS if parts.get(one)]
    if part not in named:
        return 0
    if part != named[-1]:
        return yen * parts[part] // 100
    return yen - sum(yen * parts[one] // 100 for one in named[:-1])

"""Two estates side by side: what they have, promise, depend on and cost, and what going from one to the other costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from inventory import Estate
from monitors.capacity.costs import Costs, costs_of
from monitors.capacity.resources import Resources, resources_of
from monitors.capacity.single_points import SinglePoint, single_points

__all__ = ["Comparison", "EstateFigures", "Fee", "Promise", "compare"]


@dataclass(frozen=True, slots=True)
class Promise:
    """A service's promise in both estates; None = the estate does not have it."""

    service: str
    title: str
    title_ja: str
    tier: int
    rto_s: tuple[int | None, int | None]
    rpo_s: tuple[int | None, int | None]
    homes: tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Fee:
    """What ending a contract early costs, because the other estate does not have it."""

    contract: str
    supplier: str
    until: date
    yen: int
    source: str


@dataclass(frozen=True, slots=True)
class EstateFigures:
    """One of the two."""

    name: str
    title: str
    title_ja: str
    resources: Resources
    singles: tuple[SinglePoint, ...]
    costs: Costs
    cut_off: Mapping[str, tuple[str, ...]] | None
    """By single failure of the network: whom it cuts off, as the network's model computes it; None = not computed."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A against B: B's cost less A's, with the fees of going from A to B, and when B has paid for itself."""

    a: EstateFigures
    b: EstateFigures
    promises: tuple[Promise, ...]
    years: tuple[int, ...]
    fees: tuple[Fee, ...]
    fee_yen: int
    saved_by_year: tuple[int, ...]
    """Yen by which B is cheaper in each year, the fees in the first; negative = dearer."""
    saved_total: int
    pays_in_year: int | None
    """The first fiscal year in which B's savings have paid for its extra costs; None = not within the years."""
    gained: tuple[str, ...]
    """Single points of A that B does not have."""
    lost: tuple[str, ...]
    """Single points of B that A does not have."""


def compare(
    a: Estate,
    b: Estate,
    first_year: int,
    years: int = 5,
    cut_off: tuple[Mapping[str, tuple[str, ...]], Mapping[str, tuple[str, ...]]] | None = None,
) -> Comparison:
    """Compare two estates over fiscal years; the change from A to B is made at the beginning of the first."""
    left = _figures(a, first_year, years, cut_off[0] if cut_off else None)
    right = _figures(b, first_year, years, cut_off[1] if cut_off else None)
    fees = tuple(_fees(a, b, date(first_year, 4, 1)))
    fee_yen = sum(fee.yen for fee in fees)
    saved = [
        before - after
        for before, after in zip(left.costs.by_year, right.costs.by_year, strict=True)
    ]
    saved[0] -= fee_yen
    of_a, of_b = ({_key(point) for point in one.singles} for one in (left, right))
    return Comparison(
        a=left,
        b=right,
        promises=tuple(_promises(a, b)),
        years=left.costs.years,
        fees=fees,
        fee_yen=fee_yen,
        saved_by_year=tuple(saved),
        saved_total=sum(saved),
        pays_in_year=_pays_in(saved, first_year),
        gained=tuple(p.sentence for p in left.singles if _key(p) not in of_b),
        lost=tuple(p.sentence for p in right.singles if _key(p) not in of_a),
    )


def _figures(
    estate: Estate, first_year: int, years: int, cut_off: Mapping[str, tuple[str, ...]] | None
) -> EstateFigures:
    return EstateFigures(
        name=estate.name,
        title=estate.title,
        title_ja=estate.title_ja,
        resources=resources_of(estate),
        singles=tuple(single_points(estate)),
        costs=costs_of(estate, first_year, years),
        cut_off=cut_off,
    )


def _key(point: SinglePoint) -> tuple[str, str, tuple[str, ...]]:
    # Of what is declared single, the kind of place matters and not how many there are of it.
    is_place = point.kind in ("site", "area")
    return point.kind, point.thing, point.loses if is_place else ()


def _promises(a: Estate, b: Estate) -> list[Promise]:
    found = []
    for name in {**a.services, **b.services}:
        first, second = a.services.get(name), b.services.get(name)
        one = first or second
        assert one is not None
        found.append(
            Promise(
                service=name,
                title=one.title,
                title_ja=one.title_ja,
                tier=one.tier,
                rto_s=(
                    None if first is None else first.rto_s,
                    None if second is None else second.rto_s,
                ),
                rpo_s=(
                    None if first is None else first.rpo_s,
                    None if second is None else second.rpo_s,
                ),
                homes=(first.home_order if first else (), second.home_order if second else ()),
            )
        )
    return sorted(found, key=lambda promise: (promise.tier, promise.service))


def _fees(a: Estate, b: Estate, changed: date) -> list[Fee]:
    return [
        Fee(name, contract.supplier, contract.until, contract.cancellation_yen, contract.source)
        for name, contract in a.capacity.contracts.items()
        if name not in b.capacity.contracts
        and contract.cancellation_yen
        and contract.since <= changed < contract.until
    ]


def _pays_in(saved: list[int], first_year: int) -> int | None:
    total = 0
    for number, yen in enumerate(saved):
        total += yen
        if total >= 0:
            return first_year + number
    return None

"""How full each line is: the demand of the busiest hour, laid on the ways that the questions take."""

from __future__ import annotations

from collections.abc import Iterable

from inventory import Estate
from netconfig.model.findings import Overload
from netconfig.model.plan import Plan
from netconfig.model.questions import Question
from netconfig.model.walk import Trace

__all__ = ["Loads"]

_Key = tuple[int, int]  # (wire, the router that sends over it)


class Loads:
    """Loads of the lines in kbit/s by direction; `move` lays a question's traffic elsewhere, `back` takes all moves back."""

    def __init__(self, estate: Estate, plan: Plan) -> None:
        self._estate, self._plan = estate, plan
        capacity = {line.name: round(line.capacity_mbps * 1000) for line in estate.lines}
        self._capacity = {
            number: capacity[wire.name]
            for number, wire in enumerate(plan.wires)
            if wire.name in capacity
        }
        self._base: dict[_Key, float] = {}
        self._delta: dict[_Key, float] = {}
        self._kept: dict[int, dict[_Key, float]] = {}
        self._limit = estate.demand.limit_percent / 100
        transfers: dict[tuple[str, str], int] = {}
        for one in estate.demand.transfers:
            ends = (one.source, one.target)
            transfers[ends] = transfers.get(ends, 0) + one.kbps
        self._transfers = transfers

    def keep(self, number: int, question: Question, ways: tuple[Trace, Trace] | None) -> None:
        """Lay the undisturbed traffic of a question."""
        load = self._load(question, ways)
        if load:
            self._kept[number] = load
            for key, kbps in load.items():
                self._base[key] = self._base.get(key, 0.0) + kbps

    def move(self, number: int, question: Question, ways: tuple[Trace, Trace] | None) -> None:
        """Lay a question's traffic on other ways than the undisturbed ones."""
        for key, kbps in self._kept.get(number, {}).items():
            self._delta[key] = self._delta.get(key, 0.0) - kbps
        for key, kbps in self._load(question, ways).items():
            self._delta[key] = self._delta.get(key, 0.0) + kbps

    def back(self) -> None:
        """Forget all moves."""
        self._delta.clear()

    def overloads(self, failure: str) -> Iterable[Overload]:
        """The lines that carry too much now; after moves only those that carry more than undisturbed."""
        found = []
        for key in self._delta or self._base:
            kbps = self._base.get(key, 0.0) + self._delta.get(key, 0.0)
            capacity = self._capacity[key[0]]
            if kbps > capacity * self._limit and (not self._delta or self._delta[key] > 0.5):
                wire = self._plan.wires[key[0]]
                sender = self._plan.names[key[1]]
                direction = "in" if sender in self._plan.around.providers else "out"
                percent = round(100 * kbps / capacity)
                found.append(
                    Overload(failure, wire.name, direction, round(kbps), capacity, percent)
                )
        return found

    def _load(self, question: Question, ways: tuple[Trace, Trace] | None) -> dict[_Key, float]:
        if ways is None or question.is_forbidden or question.source.kind != "lan":
            return {}
        demand = self._estate.demand
        if question.target is None:
            share = demand.shares.get(question.service, 0) / 100
            site = self._estate.sites[question.source.site]
            up = site.seats * demand.seat.up_kbps + site.printers * demand.printer.up_kbps
            down = site.seats * demand.seat.down_kbps + site.printers * demand.printer.down_kbps
            up, down = share * up, share * down
        elif question.target.kind != "lan":
            return {}
        else:
            up = float(self._transfers.get((question.source.site, question.target.site), 0))
            down = 0.0
        found: dict[_Key, float] = {}
        for trace, kbps in zip(ways, (up, down), strict=True):
            if kbps:
                for router, wire in zip(trace.routers, trace.wires, strict=False):
                    if wire in self._capacity:
                        found[wire, router] = found.get((wire, router), 0.0) + kbps
        return found
